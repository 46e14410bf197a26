"""The kernel distance of features: an unbiased squared maximum mean discrepancy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.metrics.sample_quality.measurement import Measurement, pair_of_features

# Rows of a block of the kernel matrix: 1000 x 50,000 float64 are 400 MB.
_ROWS = 1000


def kernel_distance(
    real: Any,
    generated: Any,
    *,
    subsets: int | None = None,
    subset_size: int = 1000,
    seed: int = 0,
) -> Measurement:
    """Computes the unbiased squared MMD with the kernel k(x, y) = (x'y / d + 1)^3.

        mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{ij} k(x_i, y_j)

    It is unbiased at any n, so that equal distributions give 0 on average and values below 0 occur.

    Args:
        real: Features of real samples, `(m, d)`.
        generated: Features of generated samples, `(n, d)`.
        subsets: None for all pairs, in time n^2 d and blocks of 1,000 rows; or the number of random
            subsets to average over, 100 in the literature.
        subset_size: Number of samples in a subset.
        seed: Seed of the subsets.

    Returns:
        A `Measurement` named `kernel_distance`. The standard error is that of the jackknife over
        samples, which is of first order: with equal distributions it is too small. With subsets it
        is their standard deviation / sqrt(subsets), although subsets share samples.

    Raises:
        ValueError: If features are not finite numbers, differ in width, or there are fewer than 3
            samples or fewer than a subset holds.

    Source: Binkowski et al., 2018, "Demystifying MMD GANs".

    Example: all features are one point, and the other sample is another: k(x, x) + k(y, y) - 2
    k(x, y) with x = (0), y = (1) is 1 + 8 - 2.

    >>> kernel_distance([[0.0]] * 4, [[1.0]] * 4).value
    7.0
    """
    x, y = pair_of_features(real, generated, least=3)
    n, n_real = len(y), len(x)
    if subsets is None:
        value, error = _exact(x, y)
        return Measurement("kernel_distance", value, error, n, n_real)
    check_integer("kernel_distance", "subsets", subsets, 1)
    check_integer("kernel_distance", "subset_size", subset_size, 3)
    if subset_size > min(n, n_real):
        raise ValueError(
            f"kernel_distance: subset_size is {subset_size}, of {min(n, n_real)} samples: give at "
            f"most {min(n, n_real)}."
        )
    random = np.random.default_rng(check_integer("kernel_distance", "seed", seed, 0))
    values = []
    for _ in range(subsets):
        rows = [random.choice(len(part), subset_size, replace=False) for part in (x, y)]
        values.append(_exact(x[rows[0]], y[rows[1]])[0])
    error = float(np.std(values, ddof=1)) / math.sqrt(subsets) if subsets > 1 else None
    return Measurement("kernel_distance", float(np.mean(values)), error, n, n_real)


def _exact(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Returns the distance of all pairs, and the standard error of the jackknife."""
    m, n = len(x), len(y)
    xx, yy = _row_sums(x, x) - _diagonal(x), _row_sums(y, y) - _diagonal(y)
    xy, yx = _row_sums(x, y), _row_sums(y, x)
    value = xx.sum() / (m * (m - 1)) + yy.sum() / (n * (n - 1)) - 2 * xy.sum() / (m * n)
    # The value without sample i of x, then without sample j of y.
    without_x = (xx.sum() - 2 * xx) / ((m - 1) * (m - 2)) - 2 * (xy.sum() - xy) / ((m - 1) * n)
    without_y = (yy.sum() - 2 * yy) / ((n - 1) * (n - 2)) - 2 * (yx.sum() - yx) / ((n - 1) * m)
    variance = (m - 1) * np.var(without_x) + (n - 1) * np.var(without_y)
    return float(value), float(math.sqrt(variance))


def _row_sums(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    blocks = (a[start : start + _ROWS] @ b.T for start in range(0, len(a), _ROWS))
    return np.concatenate([((block / a.shape[1] + 1) ** 3).sum(axis=1) for block in blocks])


def _diagonal(a: np.ndarray) -> np.ndarray:
    return ((a * a).sum(axis=1) / a.shape[1] + 1) ** 3
