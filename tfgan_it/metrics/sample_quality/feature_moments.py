"""Means and covariances of features, which can be merged."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np

from tfgan_it.metrics.sample_quality.measurement import features_of


@dataclasses.dataclass(frozen=True)
class FeatureMoments:
    """Number, mean and scatter matrix of features; moments of parts merge to those of the whole.

    Attributes:
        n: Number of samples.
        mean: Mean, float64 `(d,)`.
        scatter: sum_i (x_i - mean) (x_i - mean)', float64 `(d, d)`.

    Source: Chan et al., 1983, "Algorithms for Computing the Sample Variance", for merging.

    Example:

    >>> x = np.arange(12.0).reshape(6, 2) ** 2
    >>> parts = FeatureMoments.of(x[:2]) + FeatureMoments.of(x[2:])
    >>> np.allclose(parts.covariance, np.cov(x, rowvar=False))
    True
    """

    n: int
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def of(cls, features: Any) -> FeatureMoments:
        """Computes the moments of features `(n, d)`, in float64."""
        features = np.asarray(features, "float64")
        mean = features.mean(axis=0)
        centred = features - mean
        return cls(len(features), mean, centred.T @ centred)

    def __add__(self, other: FeatureMoments) -> FeatureMoments:
        n, difference = self.n + other.n, other.mean - self.mean
        between = self.n * other.n / n * np.outer(difference, difference)
        mean = self.mean + other.n / n * difference
        return FeatureMoments(n, mean, self.scatter + other.scatter + between)

    @property
    def covariance(self) -> np.ndarray:
        """Unbiased covariance, `(d, d)`."""
        return self.scatter / (self.n - 1)

    def shrunk(self) -> FeatureMoments:
        """Returns the moments with the covariance (1 - r) S + r tr(S)/d I of the smallest risk.

        r is the oracle approximating shrinkage of a Gaussian, which needs no samples.

        Source: Chen et al., 2010, "Shrinkage Algorithms for MMSE Covariance Estimation".
        """
        n, d = self.n, len(self.mean)
        empirical = self.scatter / n
        mean_variance = np.trace(empirical) / d
        squares = np.sum(empirical**2) / d**2
        numerator = squares + mean_variance**2
        denominator = (n + 1) * (squares - mean_variance**2 / d)
        shrinkage = 1.0 if denominator <= 0 else min(numerator / denominator, 1.0)
        shrunk = (1 - shrinkage) * empirical + shrinkage * mean_variance * np.eye(d)
        return FeatureMoments(n, self.mean, shrunk * (n - 1))


def moments_of(features: Iterable[Any]) -> FeatureMoments:
    """Computes the moments of batches of features, one batch at a time.

    Args:
        features: Batches `(batch, d)`.

    Raises:
        ValueError: If there are no batches, or features are not finite.

    Example:

    >>> moments_of([[[0.0], [1.0]], [[2.0]]]).mean
    array([1.])
    """
    parts = [FeatureMoments.of(features_of("features", batch, 1)) for batch in features]
    if not parts:
        raise ValueError("features has no batches: give at least one.")
    return reduce(FeatureMoments.__add__, parts)
