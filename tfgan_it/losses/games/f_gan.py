"""The f-GAN family: games whose value is an f-divergence."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_choice
from tfgan_it.information.arrays import upcast
from tfgan_it.information.f_divergences import DIVERGENCES
from tfgan_it.losses.games.adversarial import AdversarialLoss
from tfgan_it.step import Step
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class FDivergence(AdversarialLoss):
    """min_G max_f E g(f(x)) - E f*(g(f(G))): the generator minimises an f-divergence.

        discriminator: -g(f(x)) + f*(g(f(G)))
        generator:     -f*(g(f(G))), or -g(f(G)) if `alternative`

    g is the output activation that maps logits into the domain of the conjugate f*. The maximum
    over f is D_f(p || q), reached at g(f) = f'(p/q). Any other f gives less, so that
    `divergence_nats`, the metric of training, is a lower bound on D_f. For several logits a sample
    it is the mean of their values, each a bound for the input region of its logit.

    Exponentials are exact up to e^40, and above continue as their tangent: the losses of all logits
    are finite with finite gradients that do not vanish, but no bound where a tangent is used.

    Args:
        divergence: `kl`, `reverse_kl`, `jensen_shannon`, `pearson`, `neyman`, `squared_hellinger`,
            `total_variation` or `gan` (2 JS - ln 4), see `information.DIVERGENCES`.
        alternative: Whether the generator's loss omits the conjugate: the fixed point is the same,
            and the gradient does not vanish when the discriminator wins.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the divergence is unknown; the message gives the nearest.

    Source: Nowozin et al., 2016, "f-GAN: Training Generative Neural Samplers using Variational
    Divergence Minimization", tables 1, 2 and 6. Departures: `jensen_shannon` is JS itself, half
    of the paper's.

    Example: a confident critic of distributions that do not overlap.

    >>> loss = FDivergence("total_variation")
    >>> print(f"{float(loss.estimate(ops.array([9.0]), ops.array([-9.0]))):.4f}")
    1.0000
    """

    own_metric_names = ("divergence_nats",)

    def __init__(self, divergence: str = "kl", alternative: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_choice("divergence", divergence, DIVERGENCES)
        self.divergence, self.alternative = divergence, alternative

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes -g(f(x)) + f*(g(f(G))), nats."""
        d = DIVERGENCES[self.divergence]
        real_logits, fake_logits = upcast(real_logits), upcast(fake_logits)
        return d.conjugate_of_activation(fake_logits) - d.activation(real_logits)

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes -f*(g(f(G))), or -g(f(G)) if `alternative`, nats."""
        d = DIVERGENCES[self.divergence]
        loss = d.activation if self.alternative else d.conjugate_of_activation
        return -loss(upcast(fake_logits))

    def estimate(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes E g(f(x)) - E f*(g(f(G))), a lower bound on D_f(p || q), a scalar in nats."""
        return -ops.mean(self.discriminator_loss(real_logits, fake_logits))

    def update(self, step: Step) -> dict[str, Tensor]:
        """Computes `divergence_nats` of this batch."""
        return {"divergence_nats": -self._per_sample(self.discriminator_loss, step)}
