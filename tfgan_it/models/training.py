"""The train step: the one place where discriminator and generator updates alternate."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.components import StepContext
from tfgan_it.datasets.images import scale_images
from tfgan_it.distribution import clipped_globally, has_many_workers
from tfgan_it.losses import jensen_shannon_lower_bound
from tfgan_it.models.game import Game
from tfgan_it.regularizers import Regularizer
from tfgan_it.seeds import StatelessSeed, replica_rows

# Streams of random numbers within one step. A number that is used once keeps its meaning: another
# would change what every seed gives.
_LATENTS, _DISCRIMINATOR, _GENERATOR, _AUGMENTATION, _EVALUATION = range(5)


class AdversarialTraining(Game):
    """`train_step` and `test_step` of a two-player game.

    Expects of the subclass, all built: `generator`, `discriminator`, their averages or None
    (`generator_average`, `discriminator_average`), `latent`, `seed` and `step`. A system is a
    composition of networks, latent, loss and regularisers; what a subclass may add is one term
    that both players minimise, `shared_loss`.
    """

    def discriminate(self, images: Any, training: bool = False) -> dict[str, Any]:
        """The discriminator's outputs by name; `logits` are float32 `(batch,)`."""
        if self.discriminator_average is None or training:
            network = self._as_stepped(self.discriminator) if training else self.discriminator
            outputs = network(images, training=training)
        else:
            outputs = self.discriminator_average.apply(self.discriminator, images)
        if not isinstance(outputs, dict):
            outputs = {"logits": outputs}
        logits = ops.cast(outputs["logits"], "float32")
        return {**outputs, "logits": ops.reshape(logits, (-1,))}

    def _as_stepped(self, network: keras.Model) -> Callable[..., Any]:
        """How the train step calls a network."""
        if not self.compile_networks:
            return network
        return tf.function(network.__call__, jit_compile=True, autograph=False)

    def shared_loss(self, context: StepContext) -> tuple[Any, dict[str, Any]]:
        """A term that both players minimise, `(batch,)` or scalar, and what is reported of it."""
        return 0.0, {}

    def train_step(self, data: Any) -> dict[str, Any]:
        """`discriminator_steps` discriminator updates, then one generator update.

        The batch holds the images of all discriminator updates. The last update's generated images
        serve the generator's as well: the discriminator's update does not change them, and a
        second pass would cost a tenth of the step.
        """
        images = self._real_images(data)
        # Without this, what needs no image, such as the count of steps, would run once more as the
        # data run out.
        with tf.control_dependencies([images]):
            return self._play(images)

    def _play(self, images: Any) -> dict[str, Any]:
        # Every n-th image, and not a block: so replicas' shares make up those of one device.
        n = self.discriminator_steps
        for index in range(n):
            real = images[index::n]
            last = index == n - 1
            latents = self._draw(self.latent.sample, ops.shape(real)[0], self.step, _LATENTS, index)
            with tf.GradientTape() as generator_tape:
                # A pass that no generator update follows leaves no trace in its statistics.
                generate = self._as_stepped(self.generator)
                generate = generate if last else _without_updates(generate)
                fake = generate(latents, training=True)
            self._update_discriminator(real, latents, ops.stop_gradient(fake), index)
        self._update_generator(generator_tape, latents, real, fake)
        if self.generator_average is not None:
            self.generator_average.update(self.generator, self.step - self.first_step)
        if self.discriminator_average is not None:
            self.discriminator_average.update(self.discriminator, self.step - self.first_step)
        self.step.assign(self.step + 1)
        return self._logs()

    def test_step(self, data: Any) -> dict[str, Any]:
        """The same quantities on unseen images and fresh latents, with the networks at rest."""
        real = self._real_images(data)
        with tf.control_dependencies([real]):
            return self._test(real)

    def _test(self, real: Any) -> dict[str, Any]:
        # The samples seen so far, on all replicas, tell the batches of one evaluation apart; the
        # last of them may be one that replicas cannot share evenly.
        position = ops.cast(_global_sum(self._trackers["js_nats"].count), "int64")
        rows = ops.shape(real)[0]
        latents = self._draw(self.latent.sample, rows, position, _EVALUATION, even=False)
        fake = self(latents)
        real_outputs, fake_outputs = self.discriminate(real), self.discriminate(fake)
        logits = real_outputs["logits"], fake_outputs["logits"]
        self._report(
            discriminator_loss=self.adversarial_loss.discriminator_loss(*logits),
            generator_loss=self.adversarial_loss.generator_loss(*logits),
            js_nats=jensen_shannon_lower_bound(*logits),
        )
        context = self._context(None, fake, latents, real_outputs, fake_outputs, self.discriminate)
        self._report(**self.shared_loss(context)[1])
        return self._logs()

    def _logs(self) -> dict[str, Any]:
        logs = self.get_metrics_result()
        if has_many_workers(self.distribute_strategy):  # Keras averages them over an axis.
            return {name: ops.reshape(value, (1,)) for name, value in logs.items()}
        return logs

    def _update_discriminator(self, real: Any, latents: Any, fake: Any, index: int) -> None:
        stream = (_DISCRIMINATOR, index)
        discriminate = self._discriminate_in_training(*stream)
        with tf.GradientTape() as tape:
            with tf.GradientTape(persistent=True) as slopes:
                slopes.watch([real, fake])
                outputs = discriminate(real), discriminate(fake)
            logits = outputs[0]["logits"], outputs[1]["logits"]

            def slope(of: str) -> Any:
                index = ("real", "fake").index(of)
                return slopes.gradient(logits[index], (real, fake)[index])

            context = self._context(
                real, fake, latents, *outputs, discriminate, *stream, slope=slope
            )
            losses = self.adversarial_loss.discriminator_loss(*logits)
            shared, _ = self.shared_loss(context)
            loss = self._total(
                self.discriminator, context, losses, shared, self.discriminator_regularizers
            )
            loss = self.discriminator_optimizer.scale_loss(loss)
        self._apply(self.discriminator_optimizer, tape, loss, self.discriminator_variables)
        self._report(discriminator_loss=losses, js_nats=jensen_shannon_lower_bound(*logits))
        for component in self.components:
            self._report(**component.update(context))

    def _update_generator(self, tape: tf.GradientTape, latents: Any, real: Any, fake: Any) -> None:
        # The generator's update leaves no trace on the discriminator, its statistics included.
        discriminate = _without_updates(self._discriminate_in_training(_GENERATOR))
        real_logits = None
        if self.adversarial_loss.generator_needs_real:
            real_logits = discriminate(real)["logits"]
        with tape:
            outputs = discriminate(fake)
            context = self._context(None, fake, latents, None, outputs, discriminate, _GENERATOR)
            losses = self.adversarial_loss.generator_loss(real_logits, outputs["logits"])
            shared, quantities = self.shared_loss(context)
            loss = self._total(self.generator, context, losses, shared, self.generator_regularizers)
            loss = self.generator_optimizer.scale_loss(loss)
        self._apply(self.generator_optimizer, tape, loss, self.generator_variables)
        self._report(generator_loss=losses, **quantities)

    def _apply(
        self,
        optimizer: keras.optimizers.Optimizer,
        tape: tf.GradientTape,
        loss: Any,
        variables: list[keras.Variable],
    ) -> None:
        gradients = tape.gradient(loss, variables)
        if self.distribute_strategy.num_replicas_in_sync > 1:
            gradients = clipped_globally(gradients, optimizer)
        optimizer.apply(gradients, variables)

    def _discriminate_in_training(self, *stream: int) -> Callable[[Any], dict[str, Any]]:
        """The discriminator as a step sees it: in training, on augmented images."""
        calls = itertools.count()

        def discriminate(images: Any) -> dict[str, Any]:
            if self.augmentation is not None:
                call = next(calls)

                def draw(sample: Callable[..., Any]) -> Any:
                    rows = ops.shape(images)[0]
                    return self._draw(sample, rows, self.step, _AUGMENTATION, *stream, call)

                images = self.augmentation.augment(images, draw)
            return self.discriminate(images, training=True)

        return discriminate

    def _total(
        self,
        network: keras.Model,
        context: StepContext,
        losses: Any,
        shared: Any,
        regularizers: list[Regularizer],
    ) -> Any:
        terms = [ops.mean(losses), *(regularizer.term(context) for regularizer in regularizers)]
        terms += network.losses  # Of Keras's own regularisers of weights.
        terms.append(ops.mean(shared))
        # Optimisers sum gradients over replicas: this makes the sum a mean over the global batch.
        return sum(terms) / self.distribute_strategy.num_replicas_in_sync

    def _context(
        self,
        real: Any,
        fake: Any,
        latents: Any,
        real_outputs: dict[str, Any] | None,
        fake_outputs: dict[str, Any],
        discriminate: Callable[[Any], dict[str, Any]],
        *stream: int,
        slope: Callable[[str], Any] | None = None,
    ) -> StepContext:
        calls = itertools.count()
        return StepContext(
            real=real,
            fake=fake,
            latents=latents,
            real_outputs=real_outputs,
            fake_outputs=fake_outputs,
            discriminate=discriminate,
            slope=slope,
            gradient=_gradient,
            draw=lambda function: self._draw(
                function, ops.shape(fake)[0], self.step, *stream, next(calls)
            ),
            mean=_global_mean,
            when=self._when,
            rows=ops.cast(ops.shape(fake)[0], "float32")
            * self.distribute_strategy.num_replicas_in_sync,
            step=self.step - self.first_step,
        )

    def _when(self, condition: Any, function: Callable[[], Any]) -> Any:
        if self.distribute_strategy.num_replicas_in_sync == 1:
            return ops.cond(condition, function, lambda: ops.zeros(()))
        # Replicas cannot meet inside a branch.
        return ops.where(condition, function(), 0.0)

    def _draw(
        self, sample: Callable[[int, Any], Any], rows: Any, *path: Any, even: bool = True
    ) -> Any:
        return replica_rows(lambda n: sample(n, seed=StatelessSeed(self.seed, *path)), rows, even)

    def _real_images(self, data: Any) -> Any:
        # Labels that come along are never shown to the model.
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return scale_images(images)

    def _report(self, **values: Any) -> None:
        for name, value in values.items():
            self._trackers[name].update_state(value)


def _without_updates(network: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with keras.StatelessScope():
            return network(*args, **kwargs)

    return call


def _global_sum(x: Any) -> Any:
    # Added to, for a variable itself has no device where workers reduce.
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, x + 0.0)


def _global_mean(x: Any) -> Any:
    mean = ops.mean(ops.cast(x, "float32"))
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, mean)


def _gradient(function: Callable[[Any], Any], x: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = ops.sum(function(x))
    return tape.gradient(total, x)
