"""BEGAN's loss on an autoencoder's reconstruction errors."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_above, check_in_range
from tfgan_it.information.arrays import upcast
from tfgan_it.losses.games.adversarial import AdversarialLoss
from tfgan_it.step import Step
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class BoundaryEquilibrium(AdversarialLoss):
    """The discriminator reconstructs real samples well and generated ones badly, in balance.

    With L(v) = mean |v - AE(v)| and the logits f(v) = -L(v), as from
    `networks.autoencoder_discriminator`:

        discriminator: L(x) - k L(G)
        generator:     L(G)
        k <- clip(k + lambda_k (gamma E L(x) - E L(G)), 0, 1), from k = 0

    L is one number a sample: the mean of several logits (see `tfgan_it.logits`). `convergence` is
    M = E L(x) + |gamma E L(x) - E L(G)|, which falls as training improves. The logits are distances
    and not a log-ratio, so that `js_nats` is meaningless here.

    Args:
        gamma: Target of the ratio E L(G) / E L(x), in [0, 1]; higher values give more diversity.
        lambda_k: Step size of k.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If `gamma` is outside [0, 1] or `lambda_k` is not above 0.

    Source: Berthelot et al., 2017, "BEGAN: Boundary Equilibrium Generative Adversarial Networks".

    Example:

    >>> loss = BoundaryEquilibrium(gamma=0.5)
    >>> float(loss.k)
    0.0
    """

    own_metric_names = ("k", "convergence")

    def __init__(self, gamma: float = 0.5, lambda_k: float = 1e-3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_in_range(self, "gamma", gamma, 0, 1)
        check_above(self, "lambda_k", lambda_k, 0)
        self.gamma, self.lambda_k = gamma, lambda_k
        self.k = self.add_state("k")

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes L(x) - k L(G)."""
        return self.k * upcast(fake_logits) - upcast(real_logits)

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes L(G)."""
        return -fake_logits

    def update(self, step: Step) -> dict[str, Tensor]:
        """Updates k from the means over the global batch."""
        real = -step.runtime.mean(step.outputs.real_scores)
        fake = -step.runtime.mean(step.outputs.generated_scores)
        balance = self.gamma * real - fake
        self.k.assign(ops.clip(self.k + self.lambda_k * balance, 0.0, 1.0))
        return {"k": ops.convert_to_tensor(self.k), "convergence": real + ops.abs(balance)}
