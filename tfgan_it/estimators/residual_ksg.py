"""Mutual information by nearest neighbours, after removing linear dependence."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.base import BaseEstimator

from tfgan_it.estimators import checks, copies, copulas
from tfgan_it.estimators.ksg import KSG
from tfgan_it.estimators.preprocessing import standardize
from tfgan_it.keywords import CheckedKeywords

# Nats by which a direction may be below KSG, beside chance.
_TOLERANCE = 0.1


class ResidualKSG(CheckedKeywords, BaseEstimator):
    """I(x; y) of continuous x and y: `KSG` between x and the residual of y's linear regression.

        I(x; y) = I(x; r) + H(y) - H(r),    r = y - B x

    holds for any B, because (x, y) -> (x, y - B x) preserves volumes. B is the least-squares
    solution, and the estimate is the mean of this and of the same with x and y exchanged. `KSG` is
    biased for high information in many dimensions. Here the entropies of y and r
    (`KozachenkoLeonenko`, with the copula) account for the linear part, and for Gaussians x and r
    are independent: with 5,000 pairs of five dimensions on each side the error is about .03 nats
    for any correlation.

    Coordinates are first replaced by normal scores, so that increasing maps of coordinates, such as
    heavy tails, do not matter. Dependence without a linear part is as difficult as for `KSG`. The
    identity needs densities: on a curve or surface, H(y) is minus infinity and its estimate far too
    low. A direction well below `KSG` of the ranks is therefore replaced by it, and `fit` warns.
    Constant columns are omitted, and copies of pairs are treated as by `KSG`. If y's normal scores
    are a linear function of x's, the information is infinite.

    Args:
        neighbors: Number of neighbours k.
        variant: Variant of `KSG`, 1 or 2.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: the identity is elementary; see KSG and the entropies. The scores are those of Bell and
    Doksum, 1965, "Some New Distribution-Free Statistics", quantiles of a sorted uniform sample with
    a fixed seed: evenly spaced values would not have the entropy of random ones.

    Example: correlation .9 in each of three dimensions, -3/2 ln(1 - .9^2) = 2.49 nats.

    >>> random = np.random.default_rng(0)
    >>> x = random.standard_normal((2000, 3))
    >>> y = 0.9 * x + math.sqrt(0.19) * random.standard_normal((2000, 3))
    >>> bool(abs(ResidualKSG().fit(x, y).estimate() - 2.49) < 0.1)
    True
    """

    def __init__(self, neighbors: int = 3, variant: int = 1, base: float = math.e) -> None:
        self.neighbors = neighbors
        self.variant = variant
        self.base = base

    def fit(self, x: Any, y: Any) -> ResidualKSG:
        """Fits the regressions and computes the information.

        Args:
            x: Samples `(n,)` or `(n, d_x)`.
            y: Samples `(n,)` or `(n, d_y)`.

        Raises:
            ValueError: As for `KSG`, or if there are not more than d_x + d_y + 2 samples, or so
                many ties in x or y that they have no density.
        """
        x, y = checks.pairs(x, y)
        k, unit = checks.neighbors(self.neighbors, len(x)), checks.unit(self.base)
        x, y = (part[:, ~checks.constant(part)] for part in (x, y))
        if x.shape[1] and y.shape[1]:
            kept = copies.distinct(np.hstack([x, y]), k, "ResidualKSG", "pairs")
            x, y = x[kept], y[kept]
        n, dimensions = len(x), x.shape[1] + y.shape[1]
        if n <= dimensions + 2:
            raise ValueError(
                f"ResidualKSG: {n} pairs are too few for {dimensions} dimensions: give at least "
                f"{dimensions + 3}."
            )
        nats = 0.0
        if x.shape[1] and y.shape[1]:
            nats = self._both_ways(_random_scores(x), _random_scores(y), k)
        self.value_ = nats / unit
        return self

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_

    def _both_ways(self, x: np.ndarray, y: np.ndarray, k: int) -> float:
        ways = [self._one_way(x, y, k), self._one_way(y, x, k)]
        plain = KSG(k, self.variant, "ranks").fit(x, y).estimate()
        # KSG errs downwards, so that an estimate below it by more than chance has no density.
        lowest = plain - _TOLERANCE - 3 / math.sqrt(len(x))
        if min(ways) < lowest:
            warnings.warn(
                "ResidualKSG: the entropies contradict the dependence, as if x or y lay on a curve "
                "or surface and had no density: the estimate is, wholly or partly, that of KSG.",
                RuntimeWarning,
                stacklevel=3,
            )
        return sum(way if way >= lowest else plain for way in ways) / 2

    def _one_way(self, x: np.ndarray, y: np.ndarray, k: int) -> float:
        entropy = _entropy(y, k)
        if entropy == -math.inf:
            raise ValueError(
                "ResidualKSG: values of one side are tied, or one column determines another: add "
                "noise of the size of the rounding, or use Ross for labels."
            )
        n, d = x.shape
        # The factor corrects for the degrees of freedom of least squares.
        residual = (y - x @ np.linalg.lstsq(x, y)[0]) * math.sqrt((n - 1) / (n - 1 - d))
        if np.any(residual.std(axis=0) < 1e-12):
            return math.inf
        information = KSG(k, self.variant).fit(x, residual).estimate()
        return information + entropy - _entropy(residual, k)


def _entropy(x: np.ndarray, k: int) -> float:
    return copulas.entropy(x, max(k, min(10, len(x) - 1)) if x.shape[1] == 1 else k)


def _random_scores(x: np.ndarray) -> np.ndarray:
    # A sample for each column: otherwise the errors of their entropies would add up.
    scores = ndtri(np.sort(np.random.default_rng(0).random(x.shape), axis=0))
    places = np.arange(1, len(x) + 1)
    columns = [np.interp(rankdata(a), places, b) for a, b in zip(x.T, scores.T, strict=True)]
    return standardize(np.stack(columns, axis=1))
