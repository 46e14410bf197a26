"""Mutual information between a generator's latents and its samples, maximised."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.layers import pair_critics
from tfgan_it.losses import information_bound
from tfgan_it.losses.information_bound import InformationBound
from tfgan_it.seeds import seeded_initializers
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor

SOURCES = ("latents", "codes")


@keras.saving.register_keras_serializable(package="tfgan_it")
class MutualInformation(Term):
    """-beta I(z; G(z)), with a critic that the generator's optimiser trains.

    Generator and critic maximise a lower bound or an estimate of the mutual information between
    latents (or only the codes) and generated samples. It is infinite for a deterministic generator,
    so that the term acts as a surrogate of the samples' entropy. It reports
    `mutual_information_nats`, the value of the bound. If `clipped`, the gradient in the generator's
    weights is scaled down to the norm of the adversarial one, so that it never dominates.

    Args:
        loss: A loss on score matrices that is maximised with any critic, or its name: `smile`,
            which has the gradient of `jensen_shannon_nwj` and a value of bounded variance;
            `info_nce`, `nwj`, `mine`, `donsker_varadhan`.
        critic: A layer that computes `(rows, columns)` scores of latents and samples, or its name.
        beta: Weight of the term.
        source: `latents`, all columns; or `codes`, all but the noise.
        clipped: Whether to scale the gradient down.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the loss is minimised or needs a conditional density or a reference; if a
            name is unknown; if `source` is `codes` and the latent has none.

    Source: Kumar et al., 2019, "Maximum Entropy Generators for Energy-Based Models"
    (Jensen-Shannon, not clipped); Belghazi et al., 2018, "Mutual Information Neural Estimation",
    section 5.1 (MINE, clipped).

    Example:

    >>> MutualInformation("info_nce", beta=0.5)
    MutualInformation(loss='info_nce', beta=0.5)
    """

    metric_names = ("mutual_information_nats",)
    players = ("generator",)

    def __init__(
        self,
        loss: str | InformationBound = "smile",
        critic: str | keras.layers.Layer = "separable",
        beta: float = 1.0,
        source: str = "latents",
        clipped: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("source", source, SOURCES)
        check_at_least(self, "beta", beta, 0)
        # Not named `loss`, which is a method of Term.
        self.bound, self.critic = information_bound.get(loss), pair_critics.get(critic)
        if not self.bound.maximize or self.bound.conditional or self.bound.needs_reference:
            raise ValueError(
                "MutualInformation: the loss must be one that is maximised with any critic, "
                "donsker_varadhan, info_nce, jensen_shannon_nwj, mine, nwj or smile (nearest: "
                f"info_nce), got {type(self.bound).__name__} with maximize={self.bound.maximize}."
            )
        self.beta, self.source, self.clipped = beta, source, clipped
        self.loss_memory = list(self.bound.variables)

    def build_for(self, model: BuiltGAN) -> None:
        """Builds the critic for the model's latent and samples."""
        latent, self.codes_of = model.latent, None
        if latent is None:
            raise ValueError("MutualInformation needs a model with a latent, got None.")
        columns = latent.dimension
        if self.source == "codes":
            if latent.codes is None:
                raise ValueError(f"MutualInformation: no codes in {latent!r}.")
            self.codes_of, columns = latent.codes_from_latents, latent.codes.dimension
        if not self.critic.built:
            with seeded_initializers(model.seed + 1):  # A seed other than the networks'.
                self.critic.build([None, columns], [None, *model.sample_shape])

    def value(self, step: Step) -> Tensor:
        """Computes -beta I, `(batch,)`."""
        source = self.codes_of(step.batch.latents) if self.codes_of else step.batch.latents
        scores = self.critic(source, step.batch.generated)
        previous = [variable + 0.0 for variable in self.loss_memory]
        losses = self.bound.call(None, scores)
        applies = self.applies(step.runtime.step)
        if applies is not None:  # Replicas compute the value at every step.
            for variable, value in zip(self.loss_memory, previous, strict=True):
                variable.assign(ops.where(applies, variable, value))
        step.runtime.report(mutual_information_nats=-losses * math.log(self.bound.base))
        return self.beta * losses

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, with the critic unbuilt: its seed is the model's."""
        config = super().get_config()
        if isinstance(config["critic"], dict):
            config["critic"].pop("build_config", None)
        return config
