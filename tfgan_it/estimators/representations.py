"""Few numbers that say of a sample what it knows of its partner.

No function of x knows more of y than x does, so that an estimate of I(f(x); g(y)) that is not too
high is not too high for I(x; y) either, however f and g were found; provided that they were found
on other pairs, or by few choices. In few dimensions nearest neighbours are near.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable

import numpy as np
from scipy import stats

from tfgan_it.estimators.preprocessing import normal_scores, standardize

_LEGENDRE = 4  # Degree of the polynomials of ranks by which dependent columns are found.
_CHANCE = 1e-3  # That any two independent columns are taken for dependent ones.
CONTRASTS = ("cube", "logcosh")
_MOST_STEPS = 100
_FREQUENCIES = 150
_WIDTHS, _RIDGES = (0.6, 1.2, 2.5), (0.01, 0.1)


def dependent_columns(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Finds columns of x and of y that depend on each other, in some of many ways.

    The statistic of a pair is n times the sum of squared correlations of Legendre polynomials of
    their ranks up to degree 4: chi-squared of 16 degrees of freedom without dependence.

    Args:
        x: Samples, float64 `(n, d_x)`.
        y: Samples, float64 `(n, d_y)`.

    Returns:
        The statistic where it is beyond chance, else 0, float64 `(d_x, d_y)`.

    Source: after Kallenberg and Ledwina, 1999, "Data-Driven Rank Tests for Independence".
    """
    statistic = np.zeros((x.shape[1], y.shape[1]))
    for a in _polynomials(x):
        for b in _polynomials(y):
            statistic += np.square(a.T @ b) / len(x)
    beyond = stats.chi2(_LEGENDRE**2).isf(_CHANCE / statistic.size)
    return np.where(statistic > beyond, statistic, 0)


def _polynomials(x: np.ndarray) -> list[np.ndarray]:
    u = (2 * stats.rankdata(x, axis=0) - 1) / len(x) - 1
    rows = np.polynomial.legendre.legvander(u, _LEGENDRE)
    return [standardize(rows[..., degree]) for degree in range(1, _LEGENDRE + 1)]


def components(x: np.ndarray, contrast: str) -> np.ndarray:
    """Turns and scales the columns so that they are as independent as linear maps make them.

    Args:
        x: Samples, float64 `(n, d)`; a single column is returned as it is.
        contrast: One of `CONTRASTS`: `cube` for short tails, `logcosh` for long ones.

    Source: Hyvarinen, 1999, "Fast and Robust Fixed-Point Algorithms for Independent Component
    Analysis".
    """
    if x.shape[1] == 1:
        return x
    from sklearn.decomposition import FastICA  # Slow to import.
    from sklearn.exceptions import ConvergenceWarning

    ica = FastICA(whiten="unit-variance", fun=contrast, random_state=0, max_iter=_MOST_STEPS)
    with warnings.catch_warnings():  # Gaussian columns have no components: any turn will do.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(ica.fit_transform(standardize(x)))


@dataclasses.dataclass(frozen=True, eq=False)
class CanonicalFeatures:
    """Functions of x and of y that correlate most: regularised CCA of random Fourier features.

    Args:
        width: Width of the Gaussian kernel, in units of the square root of the dimension.
        ridge: Added to the variances, in units of their mean.
        frequencies: Number of frequencies of each side, each with a cosine and a sine; the columns
            themselves are features too.
        seed: Seed of the frequencies.

    Source: Lopez-Paz, Sra, Smola, Ghahramani and Schoelkopf, 2014, "Randomized Nonlinear Component
    Analysis".
    """

    width: float
    ridge: float
    frequencies: int = _FREQUENCIES
    seed: int = 0

    def __call__(
        self, x: np.ndarray, y: np.ndarray, new_x: np.ndarray, new_y: np.ndarray, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fits the functions on pairs, and returns the first `count` of each of new pairs."""
        of_x, of_y = self._features(x.shape[1], 0), self._features(y.shape[1], 1)
        mean_x, white_x = self._whitening(of_x(x))
        mean_y, white_y = self._whitening(of_y(y))
        a, b = (of_x(x) - mean_x) @ white_x, (of_y(y) - mean_y) @ white_y
        left, _, right = np.linalg.svd(a.T @ b, full_matrices=False)
        return (
            (of_x(new_x) - mean_x) @ (white_x @ left[:, :count]),
            (of_y(new_y) - mean_y) @ (white_y @ right[:count].T),
        )

    def _features(self, dimension: int, side: int) -> Callable[[np.ndarray], np.ndarray]:
        random = np.random.default_rng([self.seed, side])
        scale = self.width * np.sqrt(dimension)
        frequencies = random.standard_normal((dimension, self.frequencies)) / scale

        def features(x: np.ndarray) -> np.ndarray:
            angles = x @ frequencies
            return np.hstack([x, np.cos(angles), np.sin(angles)])

        return features

    def _whitening(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        variances, directions = np.linalg.eigh(np.cov(features.T).reshape((features.shape[1],) * 2))
        kept = variances > 1e-10 * variances[-1]
        variances, directions = variances[kept], directions[:, kept]
        return features.mean(axis=0), directions / np.sqrt(
            variances + self.ridge * variances.mean()
        )


def best_features(
    x: np.ndarray, y: np.ndarray, count: int, random: np.random.Generator
) -> CanonicalFeatures:
    """Returns the width and the ridge whose functions correlate most on held-out pairs."""
    order = random.permutation(len(x))
    fitted, held_out = order[: 2 * len(x) // 3], order[2 * len(x) // 3 :]

    def score(features: CanonicalFeatures) -> float:
        f, g = features(x[fitted], y[fitted], x[held_out], y[held_out], count)
        correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(f.T, g.T, strict=True)]
        return float(-np.log(1 - np.clip(correlations, 0, 0.999) ** 2).sum())

    choices = [CanonicalFeatures(width, ridge) for width in _WIDTHS for ridge in _RIDGES]
    return max(choices, key=score)


def scores(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the normal scores of both, on which the functions are fitted."""
    return normal_scores(x), normal_scores(y)
