"""Entropy and Kullback-Leibler divergence from nearest-neighbour distances."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from tfgan_it.estimators import checks, copies, copulas
from tfgan_it.estimators.neighbors import nearest, nearest_others
from tfgan_it.keywords import CheckedKeywords


class KozachenkoLeonenko(CheckedKeywords, BaseEstimator):
    """Differential entropy of a continuous x.

        H = psi(n) - psi(k) + d ln 2 + d <ln e>

    e is the distance of each sample to its k-th neighbour in the maximum norm. In more than one
    dimension this is biased if the density changes within e: with 5,000 samples in five dimensions
    it is .08 nats too low for a Gaussian, and .39 too high for a uniform distribution, whose balls
    exceed its support. By default the entropy is therefore the sum of the entropies of decorrelated
    columns, with at least ten neighbours, and of their copula in the unit cube, with balls clipped
    at its faces (see `copulas`); on average this is within .03 for both. `copula=False` is the
    plain formula, whose columns should have equal scales.

    Both satisfy H(a x + b) = H(x) + d ln a exactly.

    If a sample has k copies, or with `copula` if a column has more than ten copies of a value, is
    constant or a linear function of others, the estimate is minus infinity, with a warning. Samples
    with fewer copies are counted once, and `fit` warns of many. To rounded data, add uniform noise
    of the width of the rounding; for the entropy of integers use `Histogram`.

    Args:
        neighbors: Number of neighbours k; more increase the bias and reduce the variance.
        copula: Whether to split columns and copula; irrelevant in one dimension.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Kozachenko and Leonenko, 1987, "Sample Estimate of the Entropy of a Random Vector";
    the formula is that of Kraskov, Stoegbauer and Grassberger, 2004, "Estimating mutual
    information". For the copula: Ariel and Louzoun, 2020 (see `copulas`).

    Example: U(0, 2)^2, whose entropy is 2 ln 2.

    >>> x = 2 * np.random.default_rng(0).random((2000, 2))
    >>> bool(abs(KozachenkoLeonenko().fit(x).estimate() - 2 * math.log(2)) < 0.05)
    True
    """

    def __init__(self, neighbors: int = 3, copula: bool = True, base: float = math.e) -> None:
        self.neighbors = neighbors
        self.copula = copula
        self.base = base

    def fit(self, x: Any) -> KozachenkoLeonenko:
        """Finds neighbours and computes the entropy.

        Args:
            x: Samples `(n,)` or `(n, d)`.

        Raises:
            ValueError: If samples are invalid (see `checks`) or not more than `neighbors`, or the
                base is invalid.
        """
        half = "float16" in str(getattr(x, "dtype", ""))  # Of 11 or 8 significant bits.
        x = checks.samples(x)
        k, unit = checks.neighbors(self.neighbors, len(x)), checks.unit(self.base)
        nats = -math.inf
        if copies.counts_of_equal(x)[0].max() <= k:
            x = x[copies.distinct(x, k, "KozachenkoLeonenko")]
            checks.warn_of_few(len(x), x.shape[1], "KozachenkoLeonenko")
            split = self.copula and x.shape[1] > 1
            if split:
                checks.warn_of_outliers(x, "KozachenkoLeonenko", "use copula=False")
            nats = copulas.entropy(x, k) if split else copulas.ball_entropy(x, k)
        if nats == -math.inf:
            advice = "add noise of the size of the rounding" + half * (
                ", which is np.spacing(x) for float16, or compute x in float32"
            )
            warnings.warn(
                "KozachenkoLeonenko: samples have copies, or a column that others determine, and "
                f"their entropy is minus infinity: {advice}.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.value_ = nats / unit
        return self

    def estimate(self) -> float:
        """Returns the entropy, in nats or units of `base`; minus infinity if there are copies."""
        checks.fitted(self, "value_")
        return self.value_


class NeighborKL(CheckedKeywords, BaseEstimator):
    """KL(p || q) of continuous p and q, from samples x of p and y of q.

        KL = d <ln(nu / rho)> + ln(m / (n - 1))

    rho is the distance of each x to its k-th neighbour among the other x, nu that to its k-th among
    the m samples y, in the maximum norm. If p differs from q this is biased like the entropy (see
    `KozachenkoLeonenko`), increasingly with the dimension: with 5,000 samples in five dimensions by
    -.3 to .1 for Gaussians. By default the divergence is therefore the cross-entropy minus the
    entropy, both split into columns and copula, with Gaussian tails of q beyond the samples.
    `copula=False` is the plain formula, whose columns should have equal scales; if p equals q its
    variance is smaller.

    Columns with the same constant in x and y are omitted. Copies within x or within y are counted
    once. A sample of x that is in y too, as if a generator repeats its data, is not its own
    neighbour there: a set has the divergence 0 from itself and from a part of it. `fit` warns of
    many copies of either kind.

    Args:
        neighbors: Number of neighbours k; more increase the bias and reduce the variance.
        copula: Whether to split columns and copula.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Wang, Kulkarni and Verdu, 2009, "Divergence Estimation for Multidimensional Densities
    Via k-Nearest-Neighbor Distances". For the copula: see `copulas`.

    Example: N(0, 1) and N(1, 1), whose divergence is 1/2.

    >>> random = np.random.default_rng(0)
    >>> x, y = random.normal(0, 1, 4000), random.normal(1, 1, 4000)
    >>> bool(abs(NeighborKL().fit(x, y).estimate() - 0.5) < 0.08)
    True
    """

    def __init__(self, neighbors: int = 3, copula: bool = True, base: float = math.e) -> None:
        self.neighbors = neighbors
        self.copula = copula
        self.base = base

    def fit(self, x: Any, y: Any) -> NeighborKL:
        """Finds neighbours and computes the divergence.

        Args:
            x: Samples of p, `(n,)` or `(n, d)`.
            y: Samples of q, `(m,)` or `(m, d)`.

        Raises:
            ValueError: If samples are invalid (see `checks`), differ in dimensions, are not more
                than `neighbors` or have that many copies; a column is constant in only one of x and
                y; or the base is invalid.
        """
        given = x, y
        x, y = checks.samples(x, "x"), checks.samples(y, "y")
        checks.same_scale(*given, scaled=False)
        if x.shape[1] != y.shape[1]:
            raise ValueError(
                f"NeighborKL: x has {x.shape[1]} dimensions, y {y.shape[1]}: they must be equal."
            )
        k, unit = checks.neighbors(self.neighbors, len(x), "x"), checks.unit(self.base)
        checks.neighbors(self.neighbors, len(y), "y")
        kept = ~_constant_in_both(x, y)
        x, y = x[:, kept], y[:, kept]
        nats = 0.0
        if kept.any():
            x = x[copies.distinct(x, k, "NeighborKL", "samples of x")]
            y = y[copies.distinct(y, k, "NeighborKL", "samples of y")]
            checks.warn_of_few(min(len(x), len(y)), x.shape[1], "NeighborKL")
            in_both = copies.in_both(x, y, "NeighborKL")
            if self.copula:
                checks.warn_of_outliers(np.concatenate([x, y]), "NeighborKL", "use copula=False")
            divergence = _copula_divergence if self.copula else _ball_divergence
            nats = divergence(x, y, k, in_both)
        if not math.isfinite(nats):
            raise ValueError(
                "NeighborKL: x or y has a column with many copies of a value, or that others "
                "determine, and densities do not: add noise of the size of the rounding to both."
            )
        self.value_ = nats / unit
        return self

    def estimate(self) -> float:
        """Returns the divergence, in nats or units of `base`; near 0 it may be negative."""
        checks.fitted(self, "value_")
        return self.value_


def _copula_divergence(x: np.ndarray, y: np.ndarray, k: int, in_both: np.ndarray) -> float:
    return copulas.cross_entropy(x, y, k, in_both) - copulas.entropy(x, k)


def _ball_divergence(x: np.ndarray, y: np.ndarray, k: int, in_both: np.ndarray) -> float:
    (n, d), m = x.shape, len(y)
    rho, nu = nearest(x, k)[0][:, -1], nearest_others(y, k, x, in_both)
    # A mean over distances: no density or probability is known.
    return float(np.mean(d * np.log(nu / rho) + np.log((m - in_both) / (n - 1))))


def _constant_in_both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    both = checks.constant(np.concatenate([x, y]))
    for name, part in (("x", x), ("y", y)):
        only_here = checks.constant(part) & ~both
        if only_here.any():
            raise ValueError(
                f"NeighborKL: column {np.argmax(only_here)} of {name} is constant, that of the "
                f"other is not, and the divergence is infinite: leave it out."
            )
    return both
