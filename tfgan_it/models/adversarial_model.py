"""The train step, which alternates discriminator and generator updates."""

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
    """The train step, for players and terms.

    The subclass provides `generator`, `discriminator`, `latent`, `seed` and `step`, all built, and
    `call_generator`, `discriminate` and `prepare`. It may override `sample_batch`, which generates
    the samples of a step.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets", algorithm 1. Departures: both
    players may minimise further terms.
    """

    def train_step(self, data: Nest) -> dict[str, Nest]:
        """Runs `discriminator_steps` discriminator updates, then one generator update.

        `data` holds the samples of all discriminator updates. The generator's update reuses the
        generated samples of the last one: the discriminator's update does not change them, and a
        second pass would cost a tenth of the step.
        """
        data, n = self.prepare(data), self.discriminator_steps
        discriminator, generator = self.players
        # Otherwise operations that need no data, such as counting steps, would run once more when
        # the data end.
        with tf.control_dependencies(tree.flatten(data)):
            for index in range(n):
                # Every n-th sample, not a block, so that the replicas' shares form one device's.
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
            return self.logs(self.metric_names)

    def test_step(self, data: Nest) -> dict[str, Nest]:
        """Computes the players' metrics on unseen samples and new latents, in inference mode."""
        batch = self.prepare(data)
        with tf.control_dependencies(tree.flatten(batch)):
            # The number of samples seen on all replicas distinguishes the batches of an
            # evaluation. Replicas may be unable to share the last batch evenly.
            position = ops.cast(global_sum(self.tracker("js_nats").count), "int64")
            prior = self.sample_prior(batch, position, Stream.EVALUATION, even=False)
            generated = self.sample_batch(batch, prior, self.call_generator, None, training=False)
            step = self.make_step("evaluation", batch, prior, generated)
            for part in self.parts:
                self.report(**part.evaluate(step))
            return self.logs(self.evaluation_metric_names)

    def sample_prior(self, batch: Nest, *path: Tensor, even: bool = True) -> Tensor:
        """Draws latents `(batch, dimension)` for a batch; None for a model without a latent."""
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
        """Generates the samples of a batch, differentiable in the generator's update.

        Args:
            batch: Dict of `samples` and `conditions` of this update.
            prior: Draws from the latent, `(batch, dimension)`.
            generate: Function `generate(inputs, conditions)` that returns the generator's outputs
                by name.
            draw: As for `Runtime.draw`; None in an evaluation.
            training: Whether this is an update.
        """
        return GeneratedSamples(generate(prior, batch.get("conditions")), prior)

    def make_step(
        self, phase: Phase, batch: Nest, prior: Tensor, generated: GeneratedSamples, index: int = 0
    ) -> Step:
        """Calls the discriminator and collects what the terms of `phase` need."""
        real, outputs, conditions = batch["samples"], generated.outputs, batch.get("conditions")
        discriminates, latents = phase == "discriminator", generated.latents
        if discriminates:
            outputs, latents = detached(outputs), latents if latents is None else detached(latents)
        fake = outputs["samples"]
        if discriminates and generated.shown_to_discriminator is not None:
            fake = generated.shown_to_discriminator
        stream = (Stream.DISCRIMINATOR, index) if discriminates else (Stream.GENERATOR,)
        networks = bind_networks(self, phase, conditions, stream)
        real_outputs = None
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(tree.flatten([real, fake]))
            if phase != "generator" or self.adversarial_loss.generator_needs_real:
                real_outputs = networks.discriminate(real)
            step_outputs = Outputs(real_outputs, networks.discriminate(fake), outputs)
            scores = {"generated": step_outputs.generated_scores}
            scores |= {"real": step_outputs.real_scores} if discriminates else {}
        inputs = {"generated": fake, "real": real}
        if discriminates:
            networks = dataclasses.replace(
                networks,
                input_gradient=lambda source: tape.gradient(scores[source], inputs[source]),
            )
        return Step(
            phase,
            Batch.of(batch, fake, latents, prior, generated),
            step_outputs,
            networks,
            make_runtime(self, batch_size_of(fake), stream),
        )
