"""f-divergences of distributions over K outcomes, by name or by f."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.information.f_divergences import DIVERGENCES, f_divergence
from tfgan_it.information.log_probs import LogProbs
from tfgan_it.losses.probabilities import ProbabilityLoss
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class DiscreteFDivergence(ProbabilityLoss):
    """D_f(p || q) = sum q f(p/q), p true and q predicted, f convex with f(1) = 0.

        kl                 KL(p || q)
        reverse_kl         KL(q || p)
        jensen_shannon     JS(p, q), at most ln 2
        pearson            sum (p - q)^2 / q
        neyman             sum (p - q)^2 / p
        squared_hellinger  sum (sqrt p - sqrt q)^2, at most 2
        total_variation    1/2 sum |p - q|, at most 1
        gan                2 JS(p, q) - ln 4, the minimax GAN's value at its optimal discriminator

    The `FDivergence` of the same name is a lower bound on each. Where q = 0 < p, a term is
    p lim f(u)/u, u to infinity.

    Args:
        divergence: One of the names, or f itself: a function of a tensor u = p/q >= 0, written with
            keras.ops. Register it with `keras.saving.register_keras_serializable` to save it with
            the loss. f(0) must be the limit there, finite or +inf.
        slope_at_infinity: lim f(u)/u for a custom f: infinite for KL, 1/2 for the total variation.
        **kwargs: As for `ProbabilityLoss`: `from_logits`, `base` (all values are divided by
            ln(base), also those without a logarithm), and those of `keras.losses.Loss`.

    Raises:
        ValueError: If the name is unknown, f is not convex or f(1) != 0; as for `ProbabilityLoss`.

    Source: Ali and Silvey, 1966, "A General Class of Coefficients of Divergence of One Distribution
    from Another"; Csiszar, 1967, "Information-Type Measures of Difference of Probability
    Distributions and Indirect Observations". The normalisations are those of `FDivergence`.

    Example:

    >>> p, q = [[0.5, 0.5]], [[0.25, 0.75]]
    >>> print(f"{float(DiscreteFDivergence('total_variation').estimate(p, q)):.4f}")
    0.2500
    >>> print(f"{float(DiscreteFDivergence(lambda u: ops.square(u - 1)).estimate(p, q)):.4f}")
    0.3333
    """

    def __init__(
        self,
        divergence: str | Callable[[Tensor], Tensor] = "kl",
        slope_at_infinity: float = math.inf,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if callable(divergence):
            _check_generator(type(self).__name__, divergence)
        else:
            check_choice("divergence", divergence, DIVERGENCES)
        check_at_least(self, "slope_at_infinity", slope_at_infinity, -math.inf, infinite=True)
        self.divergence, self.slope_at_infinity = divergence, float(slope_at_infinity)

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes D_f(p || q), `(batch,)`."""
        return f_divergence(p, q, self.divergence, self.slope_at_infinity)


def _check_generator(owner: str, f: Callable[[Tensor], Tensor]) -> None:
    """Checks at 201 ratios that f is convex and that f(1) = 0."""
    u = np.geomspace(1e-3, 1e3, 201)
    values = ops.convert_to_numpy(f(ops.convert_to_tensor(u, "float64")))
    if abs(values[100]) > 1e-6:
        raise ValueError(
            f"{owner}: f(1) must be 0, got {values[100]:.6g}; subtract it from your function."
        )
    slopes = np.diff(values) / np.diff(u)
    if (np.diff(slopes) < -1e-3 * (1 + np.abs(slopes[1:]))).any():
        where = u[1 + int(np.argmin(np.diff(slopes)))]
        raise ValueError(
            f"{owner}: f must be convex, got one that bends down near u = {where:.6g}; "
            f"use a convex function of u = p/q or one of {', '.join(sorted(DIVERGENCES))}."
        )
