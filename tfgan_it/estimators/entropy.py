"""Entropy and Kullback-Leibler divergence from the distances of nearest neighbours."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from tfgan_it.estimators import checks, copulas
from tfgan_it.estimators.neighbors import nearest


class KozachenkoLeonenko(BaseEstimator):
    """The differential entropy of a continuous x.

        H = psi(n) - psi(k) + d ln 2 + d <ln e>

    e the distance of each sample to its k-th neighbour in the maximum norm. In more than one
    dimension that is biased wherever the density changes within e: with 5,000 samples it is .08
    nats too low for a Gaussian in five dimensions, and .39 too high for a uniform one, whose balls
    stick out. So by default columns are decorrelated and taken one by one, by this formula with at
    least ten neighbours, and their copula by this formula in the unit cube, with balls cut off at
    its faces (see `copulas`): on average that is within .03 for both. `copula=False` is the formula
    alone; its columns should be of one scale.

    Both are exactly invariant where entropy is: H(a x + b) = H(x) + d ln a.

    Where some sample has k copies, or with `copula` where a column has more than ten copies of some
    value, is constant or a linear function of others, the entropy of what was seen is minus
    infinity. That is what is returned, with a warning. Of rounded data, add noise that is uniform
    over what was rounded; the entropy of integers as such is `Histogram`.

    Args:
        neighbors: k. Few: less bias; many: less variance.
        copula: Whether columns are taken apart; no difference in one dimension.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Kozachenko and Leonenko, 1987, "Sample Estimate of the Entropy of a Random Vector";
    the formula is that of Kraskov, Stoegbauer and Grassberger, 2004, "Estimating mutual
    information". The copula: Ariel and Louzoun, 2020 (see `copulas`).

    Example: of U(0, 2)^2, 2 ln 2.

    >>> x = 2 * np.random.default_rng(0).random((2000, 2))
    >>> bool(abs(KozachenkoLeonenko().fit(x).estimate() - 2 * math.log(2)) < 0.05)
    True
    """

    def __init__(self, neighbors: int = 3, copula: bool = True, base: float = math.e) -> None:
        self.neighbors = neighbors
        self.copula = copula
        self.base = base

    def fit(self, x: Any) -> KozachenkoLeonenko:
        """Finds neighbours.

        Args:
            x: `(n,)` or `(n, d)`.

        Raises:
            ValueError: samples that are not right (see `checks`), not more of them than
                `neighbors`, or another base.
        """
        x = checks.samples(x)
        k, unit = checks.neighbors(self.neighbors, len(x)), checks.unit(self.base)
        apart = self.copula and x.shape[1] > 1
        nats = copulas.entropy(x, k) if apart else copulas.ball_entropy(x, k)
        if nats == -math.inf:
            warnings.warn(
                "KozachenkoLeonenko: samples have copies, or a column that others determine, and "
                "their entropy is minus infinity: add noise of the size of the rounding.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.value_ = nats / unit
        return self

    def estimate(self) -> float:
        """The entropy, in nats or units of `base`; minus infinity where samples have copies."""
        checks.fitted(self, "value_")
        return self.value_


class NeighborKL(BaseEstimator):
    """KL(p || q) of continuous p and q, from samples x of p and y of q.

        KL = d <ln(nu / rho)> + ln(m / (n - 1))

    rho the distance of each x to its k-th neighbour among the other x, nu that to its k-th among
    the m samples y, in the maximum norm. Where p is not q that is biased like the entropy (see
    `KozachenkoLeonenko`), and the more the dimensions: with 5,000 samples in five, by -.3 to .1 for
    Gaussians. So by default it is the cross-entropy less the entropy, both of columns taken apart
    and of their copula. There q's tails beyond the samples fall like a Gaussian's.
    `copula=False` is the formula alone; its columns should be of one scale. Where p is q it varies
    less.

    A column that is one constant in both x and y is left out.

    Args:
        neighbors: k. Few: less bias; many: less variance.
        copula: Whether columns are taken apart.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Wang, Kulkarni and Verdu, 2009, "Divergence Estimation for Multidimensional Densities
    Via k-Nearest-Neighbor Distances". The copula: see `copulas`.

    Example: of N(0, 1) and N(1, 1), 1/2.

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
        """Finds neighbours.

        Args:
            x: Samples of p, `(n,)` or `(n, d)`.
            y: Samples of q, `(m,)` or `(m, d)`.

        Raises:
            ValueError: samples that are not right (see `checks`), other dimensions of y, not more
                of them than `neighbors`, samples with that many copies, whose divergence is not
                that of densities, a column that is constant in one of the two, or another base.
        """
        x, y = checks.samples(x, "x"), checks.samples(y, "y")
        if x.shape[1] != y.shape[1]:
            raise ValueError(
                f"NeighborKL: x has {x.shape[1]} dimensions, y {y.shape[1]}: give both of one "
                f"space."
            )
        k, unit = checks.neighbors(self.neighbors, len(x), "x"), checks.unit(self.base)
        checks.neighbors(self.neighbors, len(y), "y")
        kept = ~_constant_in_both(x, y)
        x, y = x[:, kept], y[:, kept]
        nats = 0.0
        if kept.any():
            nats = _copula_divergence(x, y, k) if self.copula else _ball_divergence(x, y, k)
        if not math.isfinite(nats):
            raise ValueError(
                f"NeighborKL: samples of x or y have {k} or more copies, or a column that others "
                f"determine, and densities do not: add noise of the size of the rounding to both."
            )
        self.value_ = nats / unit
        return self

    def estimate(self) -> float:
        """The divergence, in nats or units of `base`; near 0 it may be a little below."""
        checks.fitted(self, "value_")
        return self.value_


def _copula_divergence(x: np.ndarray, y: np.ndarray, k: int) -> float:
    return copulas.cross_entropy(x, y, k) - copulas.entropy(x, k)


def _ball_divergence(x: np.ndarray, y: np.ndarray, k: int) -> float:
    (n, d), m = x.shape, len(y)
    rho, nu = nearest(x, k)[0][:, -1], nearest(y, k, x)[0][:, -1]
    if not (rho.all() and nu.all()):
        return math.nan
    # A mean over distances: no density or probability is known.
    return float(d * np.log(nu / rho).mean() + math.log(m / (n - 1)))


def _constant_in_both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    both = checks.constant(np.concatenate([x, y]))
    for name, part in (("x", x), ("y", y)):
        alone = checks.constant(part) & ~both
        if alone.any():
            raise ValueError(
                f"NeighborKL: column {np.argmax(alone)} of {name} is constant, that of the other "
                f"is not, and the divergence is infinite: leave it out."
            )
    return both
