"""Calibration of a binary classifier: Platt's method, and the calibration error."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata


def platt_calibration(f: np.ndarray, g: np.ndarray) -> tuple[float, float]:
    """Fits Platt's scale and offset of a logit by maximum likelihood with his softened targets.

    Both sets have equal weight, independent of their sizes.

    Args:
        f: Logits of real samples, `(n,)`.
        g: Logits of generated samples, `(m,)`.

    Returns:
        The scale, at least 0, and the offset: the calibrated logit is scale f + offset.

    Source: Platt, 1999, "Probabilistic Outputs for Support Vector Machines".

    Example: the sets are separable, and the softened targets 3/4 and 1/4 keep the logit finite.

    >>> scale, offset = platt_calibration(np.array([1.0, 1.0]), np.array([-1.0, -1.0]))
    >>> f"{scale:.3f} {abs(offset):.3f}"
    '1.099 0.000'
    """
    targets = (len(f) + 1) / (len(f) + 2), 1 / (len(g) + 2)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scale, offset = parameters
        value, slope = 0.0, np.zeros(2)
        for logits, target in zip((f, g), targets, strict=True):
            calibrated = scale * logits + offset
            value += np.mean(np.logaddexp(0, calibrated) - target * calibrated)
            excess = np.exp(-np.logaddexp(0, -calibrated)) - target
            slope += [np.mean(excess * logits), np.mean(excess)]
        return value, slope

    bounds = [(0, None), (None, None)]
    optimum = minimize(loss, [1.0, 0.0], jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-10)
    scale, offset = map(float, optimum.x)
    return scale, offset


def calibration_error(
    probabilities: Any, labels: Any, bins: int = 15, weights: Any = None
) -> float:
    """Computes the expected calibration error of binary predictions, in bins of equal mass.

        sum_b w_b |mean label in b - mean probability in b|

    Args:
        probabilities: Predicted probabilities of label 1, `(n,)`.
        labels: Labels 0 or 1, `(n,)`.
        bins: Number of bins, whose numbers of samples differ by at most one; except that equal
            probabilities are in the same bin.
        weights: Weights of the samples, `(n,)`; equal by default.

    Source: Guo et al., 2017; Nguyen and O'Connor, 2015, "Posterior Calibration and Exploratory
    Analysis for Natural Language Processing Models", for the equal mass.

    Example:

    >>> round(calibration_error([0.2, 0.2, 0.9, 0.9], [0, 1, 1, 1], bins=2), 3)
    0.2
    """
    probabilities, labels = np.asarray(probabilities, "float64"), np.asarray(labels, "float64")
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, "float64")
    # Equal probabilities have the same rank, and therefore the same bin.
    ranks = (rankdata(probabilities) - 0.5) / len(probabilities)
    excess = np.bincount((bins * ranks).astype(int), weights * (labels - probabilities))
    return float(np.abs(excess).sum() / weights.sum())
