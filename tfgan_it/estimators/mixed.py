"""Mutual information of a continuous variable and labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import digamma
from sklearn.base import BaseEstimator

from tfgan_it.estimators import checks, preprocessing
from tfgan_it.estimators.neighbors import counts, nearest


class Ross(BaseEstimator):
    """I(x; label) of a continuous x and labels.

        psi(n) + <psi(k_i)> - <psi(n_l)> - <psi(m_i)>

    n_l samples have the label of i, and e_i is the distance of x_i to its k-th neighbour among
    them, in the maximum norm; k_i of them, and m_i of all, are within it, i itself not counted.

    Ties are counted: k_i is k but for labels with k samples or fewer, where it is n_l - 1, and
    where others are as near as the k-th, which are in it too. So x may have atoms, or be integer;
    then the estimate goes to the information of these. A label that occurs once has no neighbours:
    its sample is left out, and n does not count it (`dropped_`).

    Args:
        neighbors: k.
        preprocessing: Preprocessing of x: `standardize`, `ranks` or `asinh` (heavy tails),
            `normal_scores`, a function of `(n, d)`, or None. The information is the same, but
            unscaled a column of large numbers would decide alone who is whose neighbour.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        dropped_: How many samples were left out.

    Source: Ross, 2014, "Mutual Information between Discrete and Continuous Data Sets".
    Departures: the count of ties, without which atoms of x would be wrong.

    Example: labels that x tells apart for certain, ln 2.

    >>> x = np.random.default_rng(0).random(1000) + np.repeat([0, 5], 500)
    >>> round(Ross().fit(x, np.repeat([0, 1], 500)).estimate(), 2)
    0.69
    """

    def __init__(
        self,
        neighbors: int = 3,
        preprocessing: str | preprocessing.Transform | None = "standardize",
        base: float = math.e,
    ) -> None:
        self.neighbors = neighbors
        self.preprocessing = preprocessing
        self.base = base

    def fit(self, x: Any, labels: Any) -> Ross:
        """Finds neighbours and counts.

        Args:
            x: `(n,)` or `(n, d)`.
            labels: `(n,)`, integer or bool.

        Raises:
            ValueError: samples or labels that are not right (see `checks`), no label that occurs
                twice, another number of neighbours, preprocessing or base.
        """
        x, labels = checks.samples(x), checks.labels(labels)
        checks.same_length(x, labels, "labels")
        k, unit = checks.neighbors(self.neighbors, math.inf), checks.unit(self.base)
        kept = np.bincount(labels)[labels] > 1
        if not kept.any():
            raise ValueError(
                f"Ross: each of the {len(x)} labels occurs once: for a continuous variable use KSG."
            )
        self.dropped_ = int(np.sum(~kept))
        x, labels = preprocessing.get(self.preprocessing)(x[kept]), labels[kept]
        radii = np.empty(len(x))
        near, of_label = np.empty((2, len(x)), "int64")
        for label in np.unique(labels):
            own = labels == label
            points = x[own]
            of_label[own] = len(points)
            radii[own] = nearest(points, min(k, len(points) - 1))[0][:, -1]
            near[own] = counts(points, radii[own], points) - 1
        within = counts(x, radii, x) - 1
        nats = digamma(len(x)) + np.mean(digamma(near) - digamma(of_label) - digamma(within))
        self.value_ = float(nats) / unit
        return self

    def estimate(self) -> float:
        """The information, in nats or units of `base`; near 0 it may be a little below."""
        checks.fitted(self, "value_")
        return self.value_
