"""Mutual information of variables that are partly discrete and partly continuous."""

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


class MixtureKSG(CheckedKeywords, BaseEstimator):
    """I(x; y) of any x and y: discrete, continuous, or continuous with atoms.

        <psi(k_i) + psi(n) - psi(n_x) - psi(n_y)>

    e_i is the distance of (x_i, y_i) to its k-th neighbour in the maximum norm. n_x and n_y count
    the points within e_i of x_i and of y_i, with itself. Where e_i is above 0, k_i is k and the
    counts leave out points at e_i; where it is 0, the pair is an atom, and k_i, n_x and n_y count
    what is equal, with itself.

    For a density this is `KSG` of variant 1, for a label and a density nearly `Ross`, and for
    discrete pairs the plug-in estimate but for terms of the order of 1 / k_i.

    Args:
        neighbors: Number of neighbours k; more increase the bias and reduce the variance.
        preprocessing: Preprocessing of x and of y: `normal_scores`, `standardize`, `ranks`,
            `asinh`, a function of `(n, d)`, or None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        contributions_: What each pair adds; the estimate is their mean.

    Source: Gao, Kannan, Oh and Viswanath, 2017, "Estimating Mutual Information for
    Discrete-Continuous Mixtures", for the atoms. Departures: psi in the place of their logarithms,
    which are 1 / 2k too low wherever one of x and y is an atom and the other is not.

    Example: y is x where a fair coin falls on heads, else a coin itself.

    >>> random = np.random.default_rng(0)
    >>> x = random.integers(4, size=2000)
    >>> round(MixtureKSG().fit(x, x % 2).estimate(), 2)
    0.69
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

    def fit(self, x: Any, y: Any) -> MixtureKSG:
        """Finds neighbours and computes the information.

        Args:
            x: Samples `(n,)` or `(n, d_x)`, float, integer or bool.
            y: Samples `(n,)` or `(n, d_y)`.

        Raises:
            ValueError: If samples are invalid (see `checks`) or not more than `neighbors`, or an
                argument is invalid.
        """
        x, y = checks.pairs(x, y)
        k, unit = checks.neighbors(self.neighbors, len(x)), checks.unit(self.base)
        transform = preprocessing.get(self.preprocessing)
        x, y = (part[:, ~checks.constant(part)] for part in (x, y))
        n = len(x)
        self.contributions_ = np.zeros(n)
        if x.shape[1] and y.shape[1]:
            x, y = transform(x), transform(y)
            both = np.hstack([x, y])
            radii = nearest(both, k)[0][:, -1]
            atoms = radii == 0
            near = np.full(n, k)
            near[atoms] = counts_of_equal(both)[0][atoms]
            terms = digamma(near) + digamma(n)
            for part in (x, y):
                within = counts(part, np.where(atoms, 0, np.nextafter(radii, 0)), part)
                terms = terms - digamma(within)
            self.contributions_ = terms / unit
        self.value_ = float(self.contributions_.mean())
        return self

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`; near 0 it may be negative."""
        checks.fitted(self, "value_")
        return self.value_
