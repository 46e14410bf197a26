"""Mutual information between what a generator is fed and what it makes, maximised."""

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
    """-beta I(z; G(z)), by a critic that is trained together with the generator; for its list.

    Both maximise a lower bound or an estimate of the mutual information of latents (or codes alone)
    and generated samples. Of a deterministic generator it is infinite, so what is maximised is a
    surrogate of the entropy of what it makes; what is reported, `mutual_information_nats`, is the
    value of the loss. Where `clipped`, the gradient in the generator's weights is scaled down to
    the norm of the adversarial one, so that it never takes the game over.

    Args:
        loss: A loss on score matrices that can be maximised with any critic, or its name:
            `smile`, whose gradient is that of `jensen_shannon_nwj` and whose value can be read;
            `info_nce`, `nwj`, `mine`, `donsker_varadhan`.
        critic: A layer that gives `(rows, columns)` scores of latents and samples, or its name.
        beta: The term's weight.
        source: `latents`, all columns; or `codes`, all but the noise.
        clipped: Whether the gradient is scaled down.
        **kwargs: As for `Term`.

    Raises:
        ValueError: a loss that is minimised, that needs a conditional density or a reference; an
            unknown name; codes of a latent that has none.

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
        # Not `loss`, which is what a term adds to its player's loss.
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
        """Builds the critic for the game's latent and images."""
        latent, self.codes_of = model.latent, None
        if latent is None:
            raise ValueError("MutualInformation needs a model with a latent, got None.")
        columns = latent.dimension
        if self.source == "codes":
            if latent.codes is None:
                raise ValueError(f"MutualInformation: no codes in {latent!r}.")
            self.codes_of, columns = latent.codes_from_latents, latent.codes.dimension
        if not self.critic.built:
            with seeded_initializers(model.seed + 1):  # Not the numbers of the networks.
                self.critic.build([None, columns], [None, *model.sample_shape])

    def value(self, step: Step) -> Tensor:
        """-beta I, `(batch,)`."""
        source = self.codes_of(step.batch.latents) if self.codes_of else step.batch.latents
        scores = self.critic(source, step.batch.generated)
        before = [variable + 0.0 for variable in self.loss_memory]
        losses = self.bound.call(None, scores)
        applies = self.applies(step.runtime.step)
        if applies is not None:  # Replicas come here also where the term is not applied.
            for variable, value in zip(self.loss_memory, before, strict=True):
                variable.assign(ops.where(applies, variable, value))
        step.runtime.report(mutual_information_nats=-losses * math.log(self.bound.base))
        return self.beta * losses

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; a critic is built for a game, by that game's seed."""
        config = super().get_config()
        if isinstance(config["critic"], dict):
            config["critic"].pop("build_config", None)
        return config
