"""The Vendi score: e to the entropy of a similarity matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfgan_it.information import shannon_entropy
from tfgan_it.metrics.sample_quality.measurement import Measurement, block_jackknife, features_of


def vendi_score(features: Any, blocks: int = 10) -> Measurement:
    """Computes e^H of the eigenvalues of K / n, where K_ij is the cosine of features i and j.

        exp(-sum_i l_i ln l_i)

    It is an effective number of different samples: n for orthogonal features, 1 for copies of one.
    It needs no real samples; compare it with the score of as many of them. The eigenvalues are
    those of the smaller of K / n and its counterpart `(d, d)`, in time n d min(n, d).

    Args:
        features: Features of generated samples, `(n, d)`.
        blocks: Number of blocks of the jackknife, each of which costs as much as the value; 0 for
            no standard error.

    Raises:
        ValueError: If features are not finite numbers, or one is zero and has no direction.

    Source: Friedman and Dieng, 2023, "The Vendi Score: A Diversity Evaluation Metric for Machine
    Learning".

    Example:

    >>> round(vendi_score(np.eye(5)).value, 6)
    5.0
    """
    x = features_of("features", features, 1)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    if not norms.all():
        raise ValueError(
            f"vendi_score: the features of sample {norms.argmin()} are all zero, which has no "
            "cosine with others."
        )
    unit = x / norms
    return Measurement("vendi_score", _score(unit), block_jackknife(_score, [unit], blocks), len(x))


def _score(unit: np.ndarray) -> float:
    gram = unit @ unit.T if len(unit) < unit.shape[1] else unit.T @ unit
    values = np.clip(np.linalg.eigvalsh(gram / len(unit)), 0.0, None)
    return math.exp(float(shannon_entropy(values / values.sum())))
