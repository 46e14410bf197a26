"""Memorisation: whether generated samples lie closer to the training samples than test samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.stats import rankdata

from tfgan_it.checks import check_integer
from tfgan_it.metrics.sample_quality.measurement import (
    Measurement,
    block_jackknife,
    pair_of_features,
)

# Rows of a block of distances.
_ROWS = 1000


def nearest_training(training: Any, samples: Any) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest training sample to each sample.

    Args:
        training: Features of the training samples, or flattened pixels, `(m, d)`.
        samples: Features of other samples, `(n, d)`.

    Returns:
        Euclidean distances, float64 `(n,)`, and indices of the training samples, int64 `(n,)`.

    Raises:
        ValueError: If features are not finite numbers or differ in width.

    Example:

    >>> distances, indices = nearest_training([[0.0], [5.0]], [[1.0], [4.5], [5.0]])
    >>> distances.tolist(), indices.tolist()
    ([1.0, 0.5, 0.0], [0, 1, 1])
    """
    training, samples = pair_of_features(training, samples, least=1)
    mean = training.mean(axis=0)
    training, samples = training - mean, samples - mean
    half_norms = np.einsum("ij,ij->i", training, training) / 2
    indices = np.concatenate(
        [
            np.argmin(half_norms - samples[start : start + _ROWS] @ training.T, axis=1)
            for start in range(0, len(samples), _ROWS)
        ]
    )
    # The difference is exact where the product cancels: copies have distance 0.
    return np.linalg.norm(samples - training[indices], axis=1), indices


def nearest_distance_ratio(
    training: Any, test: Any, generated: Any, *, blocks: int = 10
) -> Measurement:
    """Computes the mean distance to the nearest training sample, relative to that of test samples.

        mean_j min_i |g_j - t_i| / mean_j min_i |x_j - t_i|

    g are generated samples, x test samples and t training samples. It is 1 for samples of the data
    distribution, 0 for copies, and above 1 for samples away from the data.

    Args:
        training: Features of the training samples, `(m, d)`.
        test: Features of test samples, `(k, d)`.
        generated: Features of generated samples, `(n, d)`.
        blocks: Number of blocks of the jackknife; 0 for no standard error.

    Raises:
        ValueError: If features are not finite numbers or differ in width, or every test sample is
            a training sample.

    Example:

    >>> random = np.random.default_rng(0)
    >>> training, test = random.normal(size=(2, 500, 2))
    >>> nearest_distance_ratio(training, test, training).value
    0.0
    """
    ours, theirs = _distances(training, test, generated)
    if not theirs.any():
        raise ValueError("nearest_distance_ratio: every test sample is a copy of a training one.")

    def ratio(generated: np.ndarray, test: np.ndarray) -> float:
        return float(generated.mean() / test.mean())

    error = block_jackknife(ratio, [ours, theirs], blocks)
    return Measurement(
        "nearest_distance_ratio", ratio(ours, theirs), error, len(ours), len(training)
    )


def data_copying_test(
    training: Any,
    test: Any,
    generated: Any,
    *,
    cells: int = 10,
    least: int = 10,
    seed: int = 0,
) -> Measurement:
    """Computes the statistic C_T of a test for data-copying, a mean z-score over cells.

    In each cell of a k-means partition of the training samples, the Mann-Whitney test compares the
    distances to the nearest training sample in the cell of generated and of test samples; C_T is
    the mean of the z-scores, weighted by the shares of the test samples. Below -3 the generator
    copies; above 3 it underfits; it is about 0 where neither is seen.

    Args:
        training: Features of the training samples, `(m, d)`.
        test: Features of test samples, `(k, d)`.
        generated: Features of generated samples, `(n, d)`.
        cells: Number of cells.
        least: Smallest number of test samples, and of generated ones, of a cell that counts.
        seed: Seed of k-means.

    Returns:
        A `Measurement` named `data_copying`, without a standard error: it is itself in units of
        one.

    Raises:
        ValueError: If features are not finite numbers or differ in width, or no cell has enough
            samples.

    Source: Meehan et al., 2020, "A Non-Parametric Test to Detect Data-Copying in Generative
    Models". Departure: ties get mean ranks, with the corrected variance.

    Example:

    >>> random = np.random.default_rng(0)
    >>> training, test, new = random.normal(size=(3, 1000, 2))
    >>> data_copying_test(training, test, training).value < -10
    True
    >>> abs(data_copying_test(training, test, new).value) < 3
    True
    """
    from sklearn.cluster import KMeans  # Slow to import.

    training, test = pair_of_features(training, test, least=1)
    _, generated = pair_of_features(training, generated, least=1)
    cells = check_integer("data_copying_test", "cells", cells, 1)
    least = check_integer("data_copying_test", "least", least, 1)
    if len(training) < cells:
        raise ValueError(
            f"data_copying_test: {len(training)} training samples for cells={cells}: give fewer."
        )
    partition = KMeans(cells, n_init=1, random_state=seed).fit(training)
    labels = [partition.predict(part) for part in (training, test, generated)]
    scores, weights = [], []
    for cell in range(cells):
        members, real, ours = (
            part[label == cell]
            for part, label in zip((training, test, generated), labels, strict=True)
        )
        if min(len(real), len(ours)) < least or not len(members):
            continue
        scores.append(
            _mann_whitney_z(nearest_training(members, ours)[0], nearest_training(members, real)[0])
        )
        weights.append(len(real))
    if not scores:
        raise ValueError(
            f"data_copying_test: no cell has {least} test and {least} generated samples: give more "
            "samples, or fewer cells."
        )
    value = float(np.average(scores, weights=weights))
    return Measurement("data_copying", value, None, len(generated), len(test))


def _distances(training: Any, test: Any, generated: Any) -> tuple[np.ndarray, np.ndarray]:
    return nearest_training(training, generated)[0], nearest_training(training, test)[0]


def _mann_whitney_z(a: np.ndarray, b: np.ndarray) -> float:
    """Computes the z-score of the rank sum of a, negative if a is smaller; 0 if all are tied."""
    n, m = len(a), len(b)
    ranks = rankdata(np.concatenate([a, b]))
    u = ranks[:n].sum() - n * (n + 1) / 2
    _, ties = np.unique(ranks, return_counts=True)
    correction = float(np.sum(ties**3 - ties)) / ((n + m) * (n + m - 1))
    variance = n * m / 12 * (n + m + 1 - correction)
    return 0.0 if variance <= 0 else float((u - n * m / 2) / math.sqrt(variance))
