"""Information bottlenecks in a discriminator or a generator, with a fixed or a dual weight."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor

PLAYERS = ("discriminator", "generator")


@keras.saving.register_keras_serializable(package="tfgan_it")
class Bottleneck(Term):
    """beta (I - I_c): the weighted information that passes a bottleneck in a network, in nats.

        I = E KL(N(mu, sigma^2) || N(0, I)),   an upper bound on the mutual information
        beta <- max(0, beta + alpha (I - I_c)) after each discriminator update

    In the discriminator, I is the mean over real and generated samples. The network must output
    `bottleneck`, the KL of each sample, as `layers.GaussianBottleneck` computes it. Without
    `information_limit` beta is constant, and the term is beta I. The term reports
    `<player>_bottleneck_nats` and, with a limit, `<player>_bottleneck_beta`.

    Args:
        player: Player whose network has the bottleneck and whose loss has the term:
            `discriminator` or `generator`.
        beta: Weight of a nat, or its initial value.
        information_limit: Limit I_c in nats; None for a fixed weight.
        alpha: Step size of the dual variable.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the player is unknown or a number negative; when called, if `bottleneck` is
            missing.

    Source: Peng et al., 2019, "Variational Discriminator Bottleneck: Improving Imitation Learning,
    Inverse RL, and GANs by Constraining Information Flow"; a fixed weight in a generator: Jeon et
    al., 2021, "IB-GAN: Disentangled Representation Learning with Information Bottleneck Generative
    Adversarial Networks".

    Example:

    >>> Bottleneck(information_limit=0.1)
    Bottleneck(information_limit=0.1)
    """

    def __init__(
        self,
        player: str = "discriminator",
        beta: float = 0.0,
        information_limit: float | None = None,
        alpha: float = 1e-5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("player", player, PLAYERS)
        check_at_least(self, "beta", beta, 0)
        check_at_least(self, "alpha", alpha, 0)
        check_at_least(self, "information_limit", information_limit, 0, optional=True)
        self.player, self.players = player, (player,)
        self.alpha, self.information_limit = alpha, information_limit
        self.metric_names = (f"{player}_bottleneck_nats",)
        if information_limit is not None:
            self.metric_names += (f"{player}_bottleneck_beta",)
        self.beta = self.add_state("beta", beta)

    def information(self, step: Step) -> Tensor:
        """Computes the KL of each sample, nats, `(batch,)`; of real and generated, the mean."""
        if self.player == "generator":
            return _kl(step.outputs.generator, "generator")
        sides = (step.outputs.required_real, step.outputs.generated)
        return 0.5 * sum(_kl(outputs, "discriminator") for outputs in sides)

    def value(self, step: Step) -> Tensor:
        """Computes beta (I - I_c), `(batch,)`."""
        return self.beta * (self.information(step) - (self.information_limit or 0.0))

    def update(self, step: Step) -> dict[str, Tensor]:
        """Updates beta from I over the global batch, and returns both."""
        information = self.information(step)
        values = {self.metric_names[0]: information}
        if self.information_limit is not None:
            excess = step.runtime.mean(information) - self.information_limit
            self.beta.assign(ops.maximum(0.0, self.beta + self.alpha * excess))
            values[self.metric_names[1]] = ops.convert_to_tensor(self.beta)
        return values


def _kl(outputs: dict[str, Tensor], player: str) -> Tensor:
    if "bottleneck" not in outputs:
        raise ValueError(
            f"Bottleneck: the {player} must give 'bottleneck', the KL of each sample in nats (see "
            f"layers.GaussianBottleneck), got {', '.join(sorted(outputs))}."
        )
    return ops.reshape(ops.cast(outputs["bottleneck"], "float32"), (-1,))
