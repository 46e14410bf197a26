"""Conditional mutual information from nearest-neighbour distances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import digamma
from sklearn.base import BaseEstimator

from tfgan_it.estimators import checks, preprocessing
from tfgan_it.estimators.copies import counts_of_equal
from tfgan_it.estimators.neighbors import counts, nearest
from tfgan_it.keywords import CheckedKeywords


class FrenzelPompe(CheckedKeywords, BaseEstimator):
    """I(x; y | z) of numbers, continuous or with atoms, by Frenzel and Pompe.

        <psi(k_i) + psi(n_z) - psi(n_xz) - psi(n_yz)>

    e_i is the distance of (x_i, y_i, z_i) to its k-th neighbour in the maximum norm. n_xz counts
    the points within e_i of (x_i, z_i), strictly, with itself; n_yz and n_z likewise. Where e_i is
    0, the triple is an atom, and k_i and the counts are of what is equal.

    Like `KSG` it is too low where neighbours are far: conditions count as columns.

    Args:
        neighbors: Number of neighbours k; more increase the bias and reduce the variance.
        preprocessing: Preprocessing of x, y and z: `normal_scores`, `standardize`, `ranks`,
            `asinh`, a function of `(n, d)`, or None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        contributions_: What each triple adds; the estimate is their mean.

    Source: Frenzel and Pompe, 2007, "Partial Mutual Information for Coupling Analysis of
    Multivariate Time Series"; Mesner and Shalizi, 2021, "Conditional Mutual Information Estimation
    for Mixed, Discrete and Continuous Data", for the atoms.

    Example: x and y are noisy copies of z, and know of each other only by it.

    >>> random = np.random.default_rng(0)
    >>> z = random.standard_normal(2000)
    >>> x, y = z + random.standard_normal((2, 2000))
    >>> bool(abs(FrenzelPompe().fit(x, y, z).estimate()) < 0.05)
    True
    """

    def __init__(
        self,
        neighbors: int = 3,
        preprocessing: str | preprocessing.Transform | None = "normal_scores",
        base: float = math.e,
    ) -> None:
        self.neighbors = neighbors
        self.preprocessing = preprocessing
        self.base = base

    def fit(self, x: Any, y: Any, z: Any) -> FrenzelPompe:
        """Finds neighbours and computes the information.

        Args:
            x: Samples `(n,)` or `(n, d_x)`.
            y: Samples `(n,)` or `(n, d_y)`.
            z: Conditions `(n,)` or `(n, d_z)`.

        Raises:
            ValueError: If samples are invalid (see `checks`) or not more than `neighbors`, or an
                argument is invalid.
        """
        x, y = checks.pairs(x, y)
        z = checks.samples(z, "z")
        checks.same_length(x, z, "z")
        k, unit = checks.neighbors(self.neighbors, len(x)), checks.unit(self.base)
        transform = preprocessing.get(self.preprocessing)
        x, y, z = (transform(part[:, ~checks.constant(part)]) for part in (x, y, z))
        n = len(x)
        whole = np.hstack([x, y, z])
        self.contributions_ = np.zeros(n)
        if x.shape[1] and y.shape[1]:
            radii = nearest(whole, k)[0][:, -1]
            atoms = radii == 0
            near = np.where(atoms, counts_of_equal(whole)[0], k)
            within = np.where(atoms, 0, np.nextafter(radii, 0))
            of_z = counts(z, within, z) if z.shape[1] else np.full(n, n)
            terms = digamma(near) + digamma(of_z)
            for part in (x, y):
                both = np.hstack([part, z])
                terms = terms - digamma(counts(both, within, both))
            self.contributions_ = terms / unit
        self.value_ = float(self.contributions_.mean())
        return self

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`; near 0 it may be negative."""
        checks.fitted(self, "value_")
        return self.value_
