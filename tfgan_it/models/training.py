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
from tfgan_it.distribution import add_clipped_gradients, clip_global_gradients, has_many_workers
from tfgan_it.losses import jensen_shannon_lower_bound
from tfgan_it.models.game import Game
from tfgan_it.seeds import StatelessSeed, layer_noise, shard_for_replica

# Streams of random numbers within one step. A number that is used once keeps its meaning: another
# would change what every seed gives.
_LATENTS, _DISCRIMINATOR, _GENERATOR, _AUGMENTATION, _EVALUATION, _LAYERS, _FAKES = range(7)


class AdversarialTraining(Game):
    """`train_step` and `test_step` of a two-player game.

    Expects of the subclass, all built: `generator`, `discriminator`, their averages or None
    (`generator_average`, `discriminator_average`), `latent`, `seed` and `step`. A system is a
    composition of networks, latent, loss and regularisers; what a subclass may add is one term
    that both players minimise, `shared_loss`, and another way to make a step's samples,
    `generate_in_training`.
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

    def generate_in_training(
        self,
        latents: Any,
        real: Any,
        generate: Callable[[Any], dict[str, Any]],
        draw: Callable[[Callable[..., Any]], Any],
    ) -> tuple[Any, dict[str, Any]]:
        """A step's latents and what the generator makes of them, differentiable in its update.

        Args:
            latents: Drawn from the latent.
            real: The step's real images.
            generate: Calls the generator, and gives its outputs by name.
            draw: As `StepContext.draw`.
        """
        return latents, generate(latents)

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
            rows = ops.shape(real)[0]
            clipped = any(regularizer.clipped for regularizer in self.generator_regularizers)
            with tf.GradientTape(persistent=clipped) as generator_tape:
                drawn = self._draw(self.latent.sample, rows, self.step, _LATENTS, index)
                # A pass that no generator update follows leaves no trace in its statistics.
                latents, generated = self.generate_in_training(
                    drawn,
                    real,
                    self._generate(updates=last),
                    self._counted_draw(rows, _FAKES, index),
                )
            self._update_discriminator(
                real, ops.stop_gradient(latents), _detached(generated), index
            )
        self._update_generator(generator_tape, drawn, latents, real, generated)
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
        generated = {"images": self(latents)}
        fake = generated["images"]
        real_outputs, fake_outputs = self.discriminate(real), self.discriminate(fake)
        logits = real_outputs["logits"], fake_outputs["logits"]
        context = self._context(
            "evaluation", real, generated, latents, real_outputs, fake_outputs, self.discriminate
        )
        self._report(
            discriminator_loss=self.adversarial_loss.discriminator_loss(*logits),
            generator_loss=self.adversarial_loss.generator_loss(*logits),
            js_nats=jensen_shannon_lower_bound(*logits),
            **self.shared_loss(context)[1],
        )
        return self._logs()

    def _logs(self) -> dict[str, Any]:
        logs = self.get_metrics_result()
        if has_many_workers(self.distribute_strategy):  # Keras averages them over an axis.
            return {name: ops.reshape(value, (1,)) for name, value in logs.items()}
        return logs

    def _update_discriminator(
        self, real: Any, latents: Any, generated: dict[str, Any], index: int
    ) -> None:
        fake = generated["images"]
        stream = (_DISCRIMINATOR, index)
        discriminate = self._discriminate_in_training(*stream, noisy=True)
        with tf.GradientTape() as tape:
            with tf.GradientTape(persistent=True) as slopes:
                slopes.watch([real, fake])
                outputs = discriminate(real), discriminate(fake)
            logits = outputs[0]["logits"], outputs[1]["logits"]

            def slope(of: str) -> Any:
                index = ("real", "fake").index(of)
                return slopes.gradient(logits[index], (real, fake)[index])

            context = self._context(
                "discriminator",
                real,
                generated,
                latents,
                *outputs,
                discriminate,
                *stream,
                slope=slope,
            )
            losses = self.adversarial_loss.discriminator_loss(*logits)
            shared, _ = self.shared_loss(context)
            terms = [part.term(context) for part in self.discriminator_regularizers]
            terms = [ops.mean(losses), *terms, *self.discriminator.losses, ops.mean(shared)]
            loss = self._total(self.discriminator_optimizer, terms)
        gradients = tape.gradient(loss, self.discriminator_variables)
        self._apply(self.discriminator_optimizer, gradients, self.discriminator_variables)
        self._report(discriminator_loss=losses, js_nats=jensen_shannon_lower_bound(*logits))
        for component in self.components:
            self._report(**component.update(context))

    def _update_generator(
        self,
        tape: tf.GradientTape,
        drawn: Any,
        latents: Any,
        real: Any,
        generated: dict[str, Any],
    ) -> None:
        # The generator's update leaves no trace on the discriminator, its statistics included.
        discriminate = _without_updates(self._discriminate_in_training(_GENERATOR))
        real_logits = None
        if self.adversarial_loss.generator_needs_real:
            real_logits = discriminate(real)["logits"]
        with tape:
            outputs = discriminate(generated["images"])
            context = self._context(
                "generator", real, generated, latents, None, outputs, discriminate, _GENERATOR
            )
            losses = self.adversarial_loss.generator_loss(real_logits, outputs["logits"])
            shared, quantities = self.shared_loss(context)
            terms: dict[bool, list[Any]] = {False: [], True: []}
            for part in self.generator_regularizers:
                terms[part.clipped].append(part.term(context))
            others = [ops.mean(losses), *terms[False], *self.generator.losses, ops.mean(shared)]
            if self.latent_variables:
                others.append(_score(self.latent.log_prob(drawn), losses))
            loss = self._total(self.generator_optimizer, others)
            clipped = self._total(self.generator_optimizer, terms[True])
        variables = self.generator_variables
        gradients = tape.gradient(loss, variables)
        if terms[True]:
            gradients = add_clipped_gradients(gradients, tape.gradient(clipped, variables))
        self._apply(self.generator_optimizer, gradients, variables)
        self._report(generator_loss=losses, **quantities)

    def _apply(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: list[Any],
        variables: list[keras.Variable],
    ) -> None:
        if self.distribute_strategy.num_replicas_in_sync > 1:
            gradients = clip_global_gradients(gradients, optimizer)
        optimizer.apply(gradients, variables)

    def _discriminate_in_training(
        self, *stream: int, noisy: bool = False
    ) -> Callable[[Any], dict[str, Any]]:
        """The discriminator as a step sees it: in training, on augmented images.

        Args:
            *stream: Of the random numbers.
            noisy: Whether random layers draw; only its own update sees them do so.
        """
        calls, layer_calls = itertools.count(), itertools.count()

        def layer_draw(sample: Callable[..., Any], rows: Any) -> Any:
            return self._draw(sample, rows, self.step, _LAYERS, *stream, next(layer_calls))

        def discriminate(images: Any) -> dict[str, Any]:
            if self.augmentation is not None:
                call = next(calls)

                def draw(sample: Callable[..., Any]) -> Any:
                    rows = ops.shape(images)[0]
                    return self._draw(sample, rows, self.step, _AUGMENTATION, *stream, call)

                images = self.augmentation.augment(images, draw)
            with layer_noise(layer_draw if noisy else None):
                return self.discriminate(images, training=True)

        return discriminate

    def _total(self, optimizer: keras.optimizers.Optimizer, terms: list[Any]) -> Any:
        # Optimisers sum gradients over replicas: this makes the sum a mean over the global batch.
        return optimizer.scale_loss(sum(terms) / self.distribute_strategy.num_replicas_in_sync)

    def _generate(self, updates: bool = False) -> Callable[[Any], dict[str, Any]]:
        """The generator as a step sees it, in training."""
        generate = self._as_stepped(self.generator)
        generate = generate if updates else _without_updates(generate)
        return lambda latents: by_name(generate(latents, training=True))

    def _context(
        self,
        player: str,
        real: Any,
        generated: dict[str, Any],
        latents: Any,
        real_outputs: dict[str, Any] | None,
        fake_outputs: dict[str, Any],
        discriminate: Callable[[Any], dict[str, Any]],
        *stream: int,
        slope: Callable[[str], Any] | None = None,
    ) -> StepContext:
        fake = generated["images"]
        generate = self._generate()
        return StepContext(
            player=player,
            real=real,
            fake=fake,
            latents=latents,
            generator_outputs=generated,
            real_outputs=real_outputs,
            fake_outputs=fake_outputs,
            discriminate=discriminate,
            generate=generate if player == "generator" else lambda x: _detached(generate(x)),
            slope=slope,
            gradient=_gradient,
            draw=self._counted_draw(ops.shape(fake)[0], *stream),
            mean=_global_mean,
            when=self._when,
            rows=ops.cast(ops.shape(fake)[0], "float32")
            * self.distribute_strategy.num_replicas_in_sync,
            step=self.step - self.first_step,
            report=self._report,
        )

    def _when(self, condition: Any, function: Callable[[], Any]) -> Any:
        if self.distribute_strategy.num_replicas_in_sync == 1:
            return ops.cond(condition, function, lambda: ops.zeros(()))
        # Replicas cannot meet inside a branch.
        return ops.where(condition, function(), 0.0)

    def _counted_draw(self, rows: Any, *stream: int) -> Callable[[Callable[..., Any]], Any]:
        """A `draw` that gives other numbers at each call."""
        calls = itertools.count()
        return lambda function: self._draw(function, rows, self.step, *stream, next(calls))

    def _draw(
        self, sample: Callable[[int, Any], Any], rows: Any, *path: Any, even: bool = True
    ) -> Any:
        return shard_for_replica(
            lambda n: sample(n, seed=StatelessSeed(self.seed, *path)), rows, even
        )

    def _real_images(self, data: Any) -> Any:
        # Labels that come along are never shown to the model.
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return scale_images(images)

    def _report(self, applies: Any = None, **values: Any) -> None:
        for name, value in values.items():
            weight = None
            if applies is not None:
                weight = ops.broadcast_to(ops.cast(applies, "float32"), ops.shape(value))
            self._trackers[name].update_state(value, weight)


def by_name(outputs: Any) -> dict[str, Any]:
    """A generator's outputs by name: its images alone are `{"images": ...}`."""
    return outputs if isinstance(outputs, dict) else {"images": outputs}


def _detached(outputs: dict[str, Any]) -> dict[str, Any]:
    return {name: ops.stop_gradient(output) for name, output in outputs.items()}


def _without_updates(network: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with keras.StatelessScope():
            return network(*args, **kwargs)

    return call


def _score(log_prior: Any, losses: Any) -> Any:
    """0, with the gradient E (l - mean l) d ln p, which is that of E l in the weights of p.

    A sample that was not made from what was drawn adds noise, but no bias.
    """
    losses = ops.reshape(ops.stop_gradient(losses), (-1,))
    # One loss of a pack is that of each of its samples.
    log_prior = ops.sum(ops.reshape(log_prior, (ops.shape(losses)[0], -1)), axis=-1)
    return ops.mean((losses - _global_mean(losses)) * (log_prior - ops.stop_gradient(log_prior)))


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
