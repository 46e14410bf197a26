"""Entropy and mutual information of Gaussians, from their covariances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import digamma
from sklearn.base import BaseEstimator

from tfgan_it.checks import check_choice
from tfgan_it.estimators import checks, preprocessing
from tfgan_it.information import diagonal_gaussian_entropy


class CCA(BaseEstimator):
    """I(x; y) by canonical correlations, exact where x and y are Gaussian together.

        I = -1/2 sum_i ln(1 - rho_i^2) - bias(n, d_x, d_y)

    rho_i the canonical correlations of the sample. For Gaussians the first term is too high by

        bias = 1/2 sum_{i < d_y} psi((n - 1 - i) / 2) - psi((n - 1 - d_x - i) / 2)

    on average, whatever the correlations, which is about d_x d_y / 2n. With it taken off, the
    estimate may be a little below 0. What it says of other distributions is the information of
    the Gaussian with their covariance. With `preprocessing="normal_scores"` it is exact wherever
    increasing maps of single coordinates make x and y Gaussian.

    Constant columns, and those that are linear functions of others on the same side, are left out.
    Where y is a linear function of x, up to rounding, the information is infinite.

    Args:
        preprocessing: Preprocessing of x and of y: `normal_scores`, `ranks`, `asinh`, a function of
            `(n, d)`, or None; `standardize` changes nothing here.
        correction: `wishart`: the bias above is taken off; or None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        correlations_: rho_i, descending, float64 `(min(d_x, d_y),)`.

    Source: Gelfand and Yaglom, 1959, "Calculation of the Amount of Information about a Random
    Function Contained in Another Such Function"; Goodman, 1963, "The Distribution of the
    Determinant of a Complex Wishart Distributed Matrix", for the bias; Ince et al., 2017, "A
    Statistical Framework for Neuroimaging Data Analysis Based on Mutual Information Estimated via
    a Gaussian Copula", for normal scores.

    Example:

    >>> x = np.array([1.0, 2.0, 3.0, 4.0])
    >>> y = np.array([1.0, 2.0, 4.0, 3.0])
    >>> cca = CCA(correction=None).fit(x, y)
    >>> cca.correlations_.round(3).tolist(), round(cca.estimate(), 3)
    ([0.8], 0.511)
    """

    def __init__(
        self,
        preprocessing: str | preprocessing.Transform | None = None,
        correction: str | None = "wishart",
        base: float = math.e,
    ) -> None:
        self.preprocessing = preprocessing
        self.correction = correction
        self.base = base

    def fit(self, x: Any, y: Any) -> CCA:
        """Finds the canonical correlations.

        Args:
            x: `(n,)` or `(n, d_x)`.
            y: `(n,)` or `(n, d_y)`.

        Raises:
            ValueError: samples that are not right (see `checks`), not more than d_x + d_y + 1 of
                them, another preprocessing, correction or base.
        """
        x, y = checks.pairs(x, y)
        unit = checks.unit(self.base)
        corrected = _corrected(self.correction, type(self).__name__)
        transform = preprocessing.get(self.preprocessing)
        x, y = _orthonormal(transform(x)), _orthonormal(transform(y))
        n, d_x, d_y = len(x), x.shape[1], y.shape[1]
        if n <= d_x + d_y + 1:
            raise ValueError(
                f"CCA: {n} pairs are too few for {d_x} + {d_y} dimensions, any would correlate "
                f"perfectly: give at least {d_x + d_y + 2}."
            )
        cosines = np.linalg.svd(x.T @ y, compute_uv=False)
        self.correlations_ = np.minimum(cosines, 1.0)
        # What is left of y, or of x, by its own sine: 1 - rho^2 cancels where rho is near 1.
        short, long = (x, y) if d_x <= d_y else (y, x)
        sines = np.linalg.svd(short - long @ (long.T @ short), compute_uv=False)
        if np.any(sines < 1e-12):
            self.value_ = math.inf
            return self
        bias = 0.0
        if corrected and d_x and d_y:
            bias = _log_determinant_bias(n, d_x) + _log_determinant_bias(n, d_y)
            bias = (bias - _log_determinant_bias(n, d_x + d_y)) / 2
        # -1/2 sum ln(1 - rho^2), of sines: 1 - rho^2 is lost to rounding where rho is near 1.
        self.value_ = float(-np.log(sines).sum() - bias) / unit
        return self

    def estimate(self) -> float:
        """The information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_


class GaussianEntropy(BaseEstimator):
    """H(x) of the Gaussian that has the covariance of x: the most that H(x) can be.

        H = d/2 ln(2 pi e) + 1/2 ln det S - 1/2 bias(n, d)

    S the covariance of the sample with divisor n - 1, and bias(n, d) what ln det S is on average
    more than that of the covariance, sum_{i < d} psi((n - 1 - i) / 2) - ln((n - 1) / 2).

    Args:
        correction: `wishart`: the bias is taken off; or None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Ahmed and Gokhale, 1989, "Entropy Expressions and Their Estimators for Multivariate
    Distributions".

    Example: of variance 1, 1/2 ln(2 pi e).

    >>> round(GaussianEntropy(correction=None).fit([-1.0, 0.0, 1.0]).estimate(), 4)
    1.4189
    """

    def __init__(self, correction: str | None = "wishart", base: float = math.e) -> None:
        self.correction = correction
        self.base = base

    def fit(self, x: Any) -> GaussianEntropy:
        """Finds the covariance.

        Args:
            x: `(n,)` or `(n, d)`.

        Raises:
            ValueError: samples that are not right (see `checks`), not more than d of them, columns
                that are constant or linear functions of others, another correction or base.
        """
        x = checks.samples(x)
        unit = checks.unit(self.base)
        corrected = _corrected(self.correction, type(self).__name__)
        n, d = x.shape
        if n <= d:
            raise ValueError(
                f"GaussianEntropy: {n} samples are too few for {d} dimensions: give at least "
                f"{d + 1}."
            )
        if _orthonormal(x).shape[1] < d:
            raise ValueError(
                "GaussianEntropy: a column is constant or a linear function of others, the entropy "
                "is minus infinity: leave it out."
            )
        centred = x - x.mean(axis=0)
        scale = np.abs(centred).max(axis=0)
        spread = np.linalg.svd(centred / scale, compute_uv=False) / math.sqrt(n - 1)
        # Of columns scaled to 1, and what the scale adds.
        nats = diagonal_gaussian_entropy(spread) + np.log(scale).sum()
        if corrected:
            nats -= (_log_determinant_bias(n, d) - d * math.log((n - 1) / 2)) / 2
        self.value_ = float(nats) / unit
        return self

    def estimate(self) -> float:
        """The entropy, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_


def _corrected(correction: str | None, name: str) -> bool:
    return check_choice(f"correction of {name}", correction, ("wishart", None)) is not None


def _log_determinant_bias(n: int, d: int) -> float:
    """E ln det of the scatter of n samples of N(0, I_d), less d ln 2."""
    return float(digamma((n - 1 - np.arange(d)) / 2).sum())


def _orthonormal(x: np.ndarray) -> np.ndarray:
    """A basis of what the centred columns span, `(n, rank)`."""
    x = preprocessing.standardize(x)
    basis, singular, _ = np.linalg.svd(x, full_matrices=False)
    return basis[:, singular > 1e-10 * max(singular.max(), 1.0)]
