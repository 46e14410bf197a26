"""The Inception score: e to the mutual information of samples and predicted classes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.information import shannon_entropy
from tfgan_it.metrics.sample_quality.measurement import Measurement, block_jackknife


def inception_score(probabilities: Any, splits: int = 1, blocks: int = 10) -> Measurement:
    """Computes e^I(x; y) = exp(H(mean_i p(y|x_i)) - mean_i H(p(y|x_i))).

    p(y|x) is a classifier's, such as `LabelClassifier`'s. The logarithm is
    `metrics.LabelInformation`, in nats. It is between 1 and the number of classes, and says nothing
    of variety within a class. It is biased downwards by few samples.

    Args:
        probabilities: p(y|x_i) of n generated samples, `(n, K)`, each row summing to 1.
        splits: Number of consecutive parts whose scores are averaged; 10 in the literature.
        blocks: Number of blocks of the jackknife for a single split; 0 for no standard error.

    Returns:
        A `Measurement` named `inception_score`. With several splits, the standard error is their
        standard deviation / sqrt(splits).

    Raises:
        ValueError: If rows are not probabilities, or there are fewer samples than splits.

    Source: Salimans et al., 2016, "Improved Techniques for Training GANs".

    Example:

    >>> inception_score(np.eye(4)).value
    4.0
    """
    p = np.asarray(probabilities, "float64")
    if p.ndim != 2 or not len(p):
        raise ValueError(f"inception_score: probabilities must be (n, classes), got {p.shape}.")
    valid = (p >= 0).all(axis=1) & (abs(p.sum(axis=1) - 1) < 1e-3)
    if not valid.all():
        raise ValueError(
            "inception_score: rows must be at least 0 and sum to 1, row "
            f"{valid.argmin()} sums to {p[valid.argmin()].sum():g}."
        )
    splits = check_integer("inception_score", "splits", splits, 1)
    if len(p) < splits:
        raise ValueError(f"inception_score: {len(p)} samples are fewer than splits={splits}.")
    if splits == 1:
        return Measurement(
            "inception_score", _score(p), block_jackknife(_score, [p], blocks), len(p)
        )
    edges = [index * len(p) // splits for index in range(splits + 1)]
    scores = [_score(p[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
    error = float(np.std(scores, ddof=1)) / math.sqrt(splits)
    return Measurement("inception_score", float(np.mean(scores)), error, len(p))


def _score(p: np.ndarray) -> float:
    information = shannon_entropy(p.mean(axis=0)) - np.mean(shannon_entropy(p))
    return math.exp(float(information))
