"""Weights of the data for the next generator of a mixture."""

from __future__ import annotations

import numpy as np

from tfgan_it.checks import check_in_range
from tfgan_it.typing import Tensor


def boosting_weights(ratios: Tensor, beta: float) -> np.ndarray:
    """Computes the weights of the data for the next generator.

        w_i = (lambda - (1 - beta) r_i)_+ / (beta n),   lambda such that sum w_i = 1

    Args:
        ratios: Density ratios r_i of the current mixture to the data at each of `n` points.
        beta: Weight of the next generator in the mixture, in (0, 1].

    Returns:
        float64 `(n,)`, at least 0, summing to 1; larger where the current mixture's density is too
        low.

    Raises:
        ValueError: If ratios are negative or not finite, or beta is outside (0, 1].

    Source: Tolstikhin et al., 2017, "AdaGAN: Boosting Generative Models", theorem 1 and
    algorithm 3.

    Example: the second point is covered well, the third not at all.

    >>> boosting_weights([1.0, 2.0, 0.0], beta=0.5).round(3).tolist()
    [0.333, 0.0, 0.667]
    """
    ratios = np.asarray(ratios)
    ratios = ratios.astype("float64") if ratios.dtype.kind in "iuf" else np.zeros(0)
    if not (ratios.ndim == 1 and ratios.size and np.isfinite(ratios).all() and (ratios >= 0).all()):
        raise ValueError("boosting_weights: give ratios, all finite and at least 0.")
    check_in_range("boosting_weights", "beta", beta, 0, 1, "(]")
    ordered = (1 - beta) * np.sort(ratios)
    # Entry m - 1 is lambda under the assumption that only the m smallest ratios have weight.
    thresholds = (beta * len(ratios) + np.cumsum(ordered)) / np.arange(1, len(ratios) + 1)
    threshold = thresholds[np.flatnonzero(thresholds > ordered)[-1]]
    weights = np.maximum(threshold - (1 - beta) * ratios, 0)
    return weights / weights.sum()
