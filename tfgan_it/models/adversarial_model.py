"""The train step: the one place where discriminator and generator updates alternate."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial

import tensorflow as tf
from keras import ops, tree

from tfgan_it.models.compilation import CompiledPlayers
from tfgan_it.models.runtime import (
    Stream,
    batch_size_of,
    bind_networks,
    bind_sampling,
    detached,
    draw,
    global_sum,
    make_runtime,
)
from tfgan_it.step import Batch, GeneratedSamples, Outputs, Phase, Step
from tfgan_it.typing import Draw, Nest, Tensor


class AdversarialModel(CompiledPlayers):
    """Algorithm 1 of Goodfellow et al., 2014, "Generative Adversarial Nets", for players and terms.

    Expects of the subclass, all built: `generator`, `discriminator`, `latent`, `seed` and `step`;
    `call_generator`, `discriminate` and `prepare`. What a system may replace is `sample_batch`, how
    generated samples come about.
    """

    def train_step(self, data: Nest) -> dict[str, Nest]:
        """`discriminator_steps` discriminator updates, then one generator update.

        `data` holds the samples of all discriminator updates. The last update's generated samples
        serve the generator's as well: the discriminator's update does not change them, and a second
        pass would cost a tenth of the step.
        """
        data, n = self.prepare(data), self.discriminator_steps
        discriminator, generator = self.players
        # Without this, what needs no data, such as the count of steps, would run once more as the
        # data run out.
        with tf.control_dependencies(tree.flatten(data)):
            for index in range(n):
                # Every n-th sample, and not a block: so replicas' shares make up one device's.
                batch = tree.map_structure(lambda x, first=index: x[first::n], data)
                with generator.tape() as tape:
                    prior = self.sample_prior(batch, self.step, Stream.LATENTS, index)
                    generated = self.sample_batch(batch, prior, *bind_sampling(self, batch, index))
                both = batch, prior, generated
                step = discriminator.minimize(
                    partial(self.make_step, "discriminator", *both, index)
                )
                for part in self.parts:
                    self.report(**part.update(step))
            generator.minimize(partial(self.make_step, "generator", *both), tape)
            self.update_averages()
            self.step.assign(self.step + 1)
            return self.logs()

    def test_step(self, data: Nest) -> dict[str, Nest]:
        """The players' metrics on unseen samples and fresh latents, in inference mode."""
        batch = self.prepare(data)
        with tf.control_dependencies(tree.flatten(batch)):
            # The samples seen so far, on all replicas, tell the batches of one evaluation apart;
            # the last of them may be one that replicas cannot share evenly.
            position = ops.cast(global_sum(self.tracker("js_nats").count), "int64")
            prior = self.sample_prior(batch, position, Stream.EVALUATION, even=False)
            generated = self.sample_batch(batch, prior, self.call_generator, None, training=False)
            step = self.make_step("evaluation", batch, prior, generated)
            for part in self.parts:
                self.report(**part.evaluate(step))
            return self.logs()

    def sample_prior(self, batch: Nest, *path: Tensor, even: bool = True) -> Tensor:
        """Latents `(batch, dimension)` for a batch; None where there is no latent."""
        n = batch_size_of(batch["samples"])
        return self.latent and draw(self, self.latent.sample, n, *path, even=even)

    def sample_batch(
        self,
        batch: Nest,
        prior: Tensor,
        generate: Callable[..., dict[str, Nest]],
        draw: Draw | None,
        training: bool = True,
    ) -> GeneratedSamples:
        """A batch's generated samples, differentiable in the generator's update.

        Args:
            batch: `samples` and `conditions` of this update.
            prior: Draws from the latent, `(batch, dimension)`.
            generate: `generate(inputs, conditions)` is the generator's outputs by name.
            draw: As `Runtime.draw`; None in an evaluation.
            training: Whether this is an update.
        """
        return GeneratedSamples(generate(prior, batch.get("conditions")), prior)

    def make_step(
        self, phase: Phase, batch: Nest, prior: Tensor, generated: GeneratedSamples, index: int = 0
    ) -> Step:
        """Calls the discriminator, and shows what comes about to the terms of `phase`."""
        real, outputs, conditions = batch["samples"], generated.outputs, batch.get("conditions")
        own, latents = phase == "discriminator", generated.latents
        if own:
            outputs, latents = detached(outputs), latents if latents is None else detached(latents)
        fake = outputs["samples"]
        if own and generated.shown_to_discriminator is not None:
            fake = generated.shown_to_discriminator
        stream = (Stream.DISCRIMINATOR, index) if own else (Stream.GENERATOR,)
        networks = bind_networks(self, phase, conditions, stream)
        seen = None
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(tree.flatten([real, fake]))
            if phase != "generator" or self.adversarial_loss.generator_needs_real:
                seen = networks.discriminate(real)
            judged = Outputs(seen, networks.discriminate(fake), outputs)
            scores = {"generated": judged.generated_scores}
            scores |= {"real": judged.real_scores} if own else {}
        inputs = {"generated": fake, "real": real}
        return Step(
            phase,
            Batch.of(batch, fake, latents, prior, generated),
            judged,
            dataclasses.replace(
                networks, input_gradient=lambda of: tape.gradient(scores[of], inputs[of])
            ),
            make_runtime(self, batch_size_of(fake), stream),
        )
