"""The least-squares loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_finite
from tfgan_it.information.arrays import upcast
from tfgan_it.losses.games.adversarial import AdversarialLoss
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class LeastSquares(AdversarialLoss):
    """The discriminator regresses on labels; the generator moves its samples towards one of them.

        discriminator: 1/2 (f(x) - b)^2 + 1/2 (f(G) - a)^2
        generator:     1/2 (f(G) - c)^2

    The optimal discriminator is (b p + a q) / (p + q). With b - c = 1 and b - a = 2, such as
    (a, b, c) = (-1, 1, 0), the generator then minimises half the integral of (p - q)^2 / (p + q),
    the Pearson chi-squared divergence between p + q and 2 q.

    Args:
        a: Label of generated samples.
        b: Label of real samples.
        c: Label that the generator aims at for its samples.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If a and b are equal.

    Source: Mao et al., 2017, "Least Squares Generative Adversarial Networks". It takes raw outputs,
    as in the paper: after a sigmoid it would saturate again.

    Example:

    >>> print(LeastSquares().discriminator_loss(ops.array([1.0]), ops.array([2.0])).numpy())
    [2.]
    """

    def __init__(self, a: float = 0.0, b: float = 1.0, c: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name, label in (("a", a), ("b", b), ("c", c)):
            check_finite(self, name, label)
        if a == b:
            raise ValueError(f"LeastSquares: the labels a and b must differ, got {a} for both.")
        self.a, self.b, self.c = a, b, c

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes 1/2 (f(x) - b)^2 + 1/2 (f(G) - a)^2."""
        real_logits, fake_logits = upcast(real_logits), upcast(fake_logits)
        return 0.5 * (ops.square(real_logits - self.b) + ops.square(fake_logits - self.a))

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes 1/2 (f(G) - c)^2."""
        return 0.5 * ops.square(upcast(fake_logits) - self.c)
