"""What a term can read of a training step: four small, frozen objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

from keras import tree

from tfgan_it.logits import score
from tfgan_it.typing import Draw, Nest, Tensor

Phase = Literal["discriminator", "generator", "evaluation"]
OutputsByName = dict[str, Nest]


def all_samples() -> slice:
    """Every sample of a batch."""
    return slice(None)


@dataclasses.dataclass(frozen=True)
class GeneratedSamples:
    """What `sample_batch` returns: the generator's outputs by name, and attributes of `Batch`.

    `shown_to_discriminator` replaces the samples in the discriminator's update.
    """

    outputs: dict[str, Nest]
    latents: Tensor | None = None
    from_prior: slice = dataclasses.field(default_factory=all_samples)
    reconstructed: slice | None = None
    shown_to_discriminator: Nest | None = None


@dataclasses.dataclass(frozen=True)
class Batch:
    """The samples of a step. Each is a tensor `(batch, ...)`, or a nest of such tensors.

    Attributes:
        samples: Real samples.
        conditions: Conditions that both networks receive; None without conditions.
        generated: Generated samples. They pass no gradient in the discriminator's phase.
        latents: Latents of the generated samples, `(batch, dimension)`; None if the generator's
            input is something else.
        prior_latents: The step's draw from the prior. It equals `latents` unless a model generates
            some of its samples from other latents, such as encoded ones.
        from_prior: Which samples are generated from `prior_latents`.
        reconstructed: Which samples are reconstructions of the real samples at their positions.
    """

    samples: Nest
    conditions: Nest
    generated: Nest
    latents: Tensor
    prior_latents: Tensor
    from_prior: slice = dataclasses.field(default_factory=all_samples)
    reconstructed: slice | None = None

    @classmethod
    def of(
        cls,
        data: dict[str, Nest],
        fake: Nest,
        latents: Tensor,
        prior_latents: Tensor,
        generated: GeneratedSamples,
    ) -> Batch:
        """Joins the data and the samples that were generated for them."""
        return cls(
            data["samples"],
            data.get("conditions"),
            fake,
            latents,
            prior_latents,
            generated.from_prior,
            generated.reconstructed,
        )


@dataclasses.dataclass(frozen=True)
class Outputs:
    """The outputs of the networks, by name.

    Attributes:
        real: The discriminator's outputs on real samples. None in the generator's phase, unless the
            adversarial loss needs them.
        generated: The discriminator's outputs on generated samples.
        generator: The generator's outputs; `samples` are the generated samples.
    """

    real: OutputsByName | None
    generated: OutputsByName
    generator: OutputsByName

    @property
    def beside_scores(self) -> list[Tensor]:
        """The discriminator's outputs other than logits, which a loss may not use."""
        outputs = [{**(self.real or {}), "logits": ()}, {**self.generated, "logits": ()}]
        return tree.flatten(outputs)

    @property
    def required_real(self) -> OutputsByName:
        """`real`, in a phase that computes it."""
        assert self.real is not None, "the generator's phase has no real outputs"
        return self.real

    @property
    def real_scores(self) -> Tensor:
        """f of each real sample, `(batch,)`: the mean of its logits."""
        return score(self.required_real["logits"])

    @property
    def generated_scores(self) -> Tensor:
        """f of each generated sample, `(batch,)`: the mean of its logits."""
        return score(self.generated["logits"])


@dataclasses.dataclass(frozen=True)
class Networks:
    """The networks as this step calls them: in training mode, on this batch's conditions.

    Attributes:
        discriminate: Maps samples to the discriminator's outputs by name, with augmentation.
        discriminate_unaugmented: The same without augmentation; it leaves the discriminator's
            statistics unchanged.
        generate: Maps generator inputs to its outputs by name. They pass no gradient in the
            discriminator's phase.
        input_gradient: `input_gradient("real")` is d sum_i f(x_i) / dx, itself differentiable, from
            the pass that computed `Outputs.real`; likewise `input_gradient("generated")`. Only for
            the discriminator's phase.
        gradient: `gradient(function, x)` is d sum(function(x)) / dx, itself differentiable.
    """

    discriminate: Callable[[Nest], OutputsByName]
    discriminate_unaugmented: Callable[[Nest], OutputsByName]
    generate: Callable[[Nest], OutputsByName]
    input_gradient: Callable[[str], Nest]
    gradient: Callable[[Callable[[Nest], Tensor], Nest], Nest]


@dataclasses.dataclass(frozen=True)
class Runtime:
    """What depends on the run: random numbers, replicas, the step count, metrics.

    Attributes:
        draw: `draw(function)` is this replica's share of `function(n, seed=...)`, random numbers
            for each of the n samples of the global batch. Each call gets a new seed.
        mean: Computes the mean of a tensor over the global batch, all replicas together; a scalar.
        cond: `cond(condition, function)` is the scalar `function()` if the condition holds, else 0.
        global_batch_size: Number of samples on all replicas together, float32 scalar.
        step: Number of generator updates so far, int64 scalar.
        report: `report(name=value)` updates the mean that `fit` reports under that name, which is
            one of the term's `metric_names`.
    """

    draw: Draw
    mean: Callable[[Tensor], Tensor]
    cond: Callable[[Tensor, Callable[[], Tensor]], Tensor]
    global_batch_size: Tensor
    step: Tensor
    report: Callable[..., None]


@dataclasses.dataclass(frozen=True)
class Step:
    """One player's update, or an evaluation, as terms see it.

    Attributes:
        phase: `discriminator` or `generator`, the player that is updated; or `evaluation`.
        batch: The samples.
        outputs: Outputs of the networks on them.
        networks: The networks, for further calls.
        runtime: Random numbers, replicas, the step count, metrics.
    """

    phase: Phase
    batch: Batch
    outputs: Outputs
    networks: Networks
    runtime: Runtime

    def reporting_where(self, applies: Tensor) -> Step:
        """Returns the same step; its reports count only if `applies`, a bool scalar, is True."""
        report = self.runtime.report

        def report_where(**values: Any) -> None:
            report(applies=applies, **values)

        return dataclasses.replace(
            self, runtime=dataclasses.replace(self.runtime, report=report_where)
        )
