"""Entropy and mutual information of Gaussians from covariances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import digamma
from sklearn.base import BaseEstimator

from tfgan_it.checks import check_choice
from tfgan_it.estimators import checks, identities, preprocessing
from tfgan_it.information import diagonal_gaussian_entropy
from tfgan_it.keywords import CheckedKeywords


class CCA(CheckedKeywords, BaseEstimator):
    """I(x; y) by canonical correlations, exact for jointly Gaussian x and y.

        I = -1/2 sum_i ln(1 - rho_i^2) - bias(n, d_x, d_y)

    rho_i are the canonical correlations of the sample. For Gaussians the bias of the first term is

        bias = 1/2 sum_{i < d_y} psi((n - 1 - i) / 2) - psi((n - 1 - d_x - i) / 2)

    independently of the correlations, about d_x d_y / 2n. The corrected estimate may be negative.
    For other distributions the result is the information of the Gaussian with their covariance.
    With `preprocessing="normal_scores"` it is exact if increasing maps of coordinates make x and y
    Gaussian.

    Constant columns, and linear functions of other columns on the same side, are omitted. If y is a
    linear function of x, up to rounding, the information is infinite.

    Args:
        preprocessing: Preprocessing of x and of y: `normal_scores`, `ranks`, `asinh`, a function of
            `(n, d)`, or None; `standardize` has no effect.
        correction: `wishart` to subtract the bias; or None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        correlations_: Canonical correlations, descending, float64 `(min(d_x, d_y),)`.

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
        """Computes the canonical correlations.

        Args:
            x: Samples `(n,)` or `(n, d_x)`.
            y: Samples `(n,)` or `(n, d_y)`.

        Raises:
            ValueError: If samples are invalid (see `checks`) or not more than d_x + d_y + 1, or an
                argument is invalid.
        """
        x, y = checks.pairs(x, y)
        identities.warn_of_identity(x, y)
        unit = checks.unit(self.base)
        corrected = _corrected(self.correction, type(self).__name__)
        transform = preprocessing.get(self.preprocessing)
        if self.preprocessing in (None, "standardize"):
            for part in (x, y):
                checks.warn_of_outliers(part, "CCA")
        x, y = _orthonormal(transform(x)), _orthonormal(transform(y))
        n, d_x, d_y = len(x), x.shape[1], y.shape[1]
        if n <= d_x + d_y + 1:
            raise ValueError(
                f"CCA: {n} pairs are too few for {d_x} + {d_y} dimensions, any would correlate "
                f"perfectly: give at least {d_x + d_y + 2}."
            )
        cosines = np.linalg.svd(x.T @ y, compute_uv=False)
        self.correlations_ = np.minimum(cosines, 1.0)
        # Sines of the residual, because 1 - rho^2 cancels for rho near 1.
        short, long = (x, y) if d_x <= d_y else (y, x)
        sines = np.linalg.svd(short - long @ (long.T @ short), compute_uv=False)
        if np.any(sines < 1e-12):
            self.value_ = math.inf
            return self
        bias = 0.0
        if corrected and d_x and d_y:
            bias = log_determinant_bias(n, d_x) + log_determinant_bias(n, d_y)
            bias = (bias - log_determinant_bias(n, d_x + d_y)) / 2
        # -1/2 sum ln(1 - rho^2), of sines: 1 - rho^2 is lost to rounding where rho is near 1.
        self.value_ = float(-np.log(sines).sum() - bias) / unit
        return self

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_


class GaussianEntropy(CheckedKeywords, BaseEstimator):
    """H(x) of the Gaussian with the covariance of x, an upper bound of H(x).

        H = d/2 ln(2 pi e) + 1/2 ln det S - 1/2 bias(n, d)

    S is the covariance of the sample with divisor n - 1, and bias(n, d) is the bias of ln det S,
    sum_{i < d} psi((n - 1 - i) / 2) - ln((n - 1) / 2).

    Args:
        correction: `wishart` to subtract the bias; or None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Ahmed and Gokhale, 1989, "Entropy Expressions and Their Estimators for Multivariate
    Distributions".

    Example: variance 1, with entropy 1/2 ln(2 pi e).

    >>> round(GaussianEntropy(correction=None).fit([-1.0, 0.0, 1.0]).estimate(), 4)
    1.4189
    """

    def __init__(self, correction: str | None = "wishart", base: float = math.e) -> None:
        self.correction = correction
        self.base = base

    def fit(self, x: Any) -> GaussianEntropy:
        """Computes the covariance.

        Args:
            x: Samples `(n,)` or `(n, d)`.

        Raises:
            ValueError: If samples are invalid (see `checks`) or not more than d, columns are
                constant or linear functions of others, or an argument is invalid.
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
        checks.warn_of_outliers(x, "GaussianEntropy", "use KozachenkoLeonenko(copula=False)")
        centred = x - x.mean(axis=0)
        scale = np.abs(centred).max(axis=0)
        spread = np.linalg.svd(centred / scale, compute_uv=False) / math.sqrt(n - 1)
        # Of columns scaled to 1, and what the scale adds.
        nats = diagonal_gaussian_entropy(spread) + np.log(scale).sum()
        if corrected:
            nats -= (log_determinant_bias(n, d) - d * math.log((n - 1) / 2)) / 2
        self.value_ = float(nats) / unit
        return self

    def estimate(self) -> float:
        """Returns the entropy, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_


def _corrected(correction: str | None, name: str) -> bool:
    return check_choice(f"correction of {name}", correction, ("wishart", None)) is not None


def log_determinant_bias(n: int, d: int) -> float:
    """Computes E ln det of the scatter of n samples of N(0, I_d), minus d ln 2."""
    return float(digamma((n - 1 - np.arange(d)) / 2).sum())


def _orthonormal(x: np.ndarray) -> np.ndarray:
    """Returns an orthonormal basis of the span of the centred columns, `(n, rank)`."""
    x = preprocessing.standardize(x)
    basis, singular, _ = np.linalg.svd(x, full_matrices=False)
    return basis[:, singular > 1e-10 * max(singular.max(), 1.0)]
