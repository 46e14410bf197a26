"""Mutual information of a continuous variable and labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import digamma
from sklearn.base import BaseEstimator

from tfgan_it.estimators import checks, copies, preprocessing
from tfgan_it.estimators.neighbors import counts, nearest
from tfgan_it.keywords import CheckedKeywords


class Ross(CheckedKeywords, BaseEstimator):
    """I(x; label) of a continuous x and labels.

        psi(n) + <psi(k_i)> - <psi(n_l)> - <psi(m_i)>

    n_l samples have the label of i, and e_i is the distance of x_i to its k-th neighbour among
    them, in the maximum norm. k_i of them, and m_i of all samples, are within e_i, not counting i.

    k_i is k, or n_l - 1 for labels with k samples or fewer, plus ties with the k-th neighbour. x
    may therefore have atoms or be integer, and the estimate converges to their information. Values
    that occur only a few times are no atoms but copies, as of data read twice, and the estimate is
    wrong: `fit` warns if they are many. A label that occurs once has no neighbours: its sample is
    omitted, and n does not include it.

    Args:
        neighbors: Number of neighbours k.
        preprocessing: Preprocessing of x: `standardize`, `ranks` or `asinh` (heavy tails),
            `normal_scores`, a function of `(n, d)`, or None. It does not change the information,
            but without scaling, columns of large numbers would dominate the distances.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        dropped_: Number of omitted samples.
        contributions_: What each other sample adds; the estimate is their mean.

    Source: Ross, 2014, "Mutual Information between Discrete and Continuous Data Sets".
    Departures: ties are counted, without which the estimate would be wrong for atoms of x.

    Example: x determines the labels, and the information is ln 2.

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
        """Finds neighbours and computes the information.

        Args:
            x: Samples `(n,)` or `(n, d)`.
            labels: Labels `(n,)`, integer or bool.

        Raises:
            ValueError: If samples or labels are invalid (see `checks`), no label occurs twice, or
                an argument is invalid.
        """
        x, labels = checks.samples(x), checks.labels(labels)
        checks.same_length(x, labels, "labels")
        k, unit = checks.neighbors(self.neighbors, math.inf), checks.unit(self.base)
        pairs = np.column_stack([x, labels])
        copies.warn_of_copies(pairs, "Ross", "copies are taken for the nearest neighbours")
        kept = np.bincount(labels)[labels] > 1
        if not kept.any():
            raise ValueError(
                f"Ross: each of the {len(x)} labels occurs once: for a continuous variable use KSG."
            )
        self.dropped_ = int(np.sum(~kept))
        checks.warn_of_few(len(x), x.shape[1], "Ross")
        if self.preprocessing == "standardize":
            checks.warn_of_outliers(x[kept], "Ross")
        x, labels = preprocessing.get(self.preprocessing)(x[kept]), labels[kept]
        radii = np.empty(len(x))
        near, of_label = np.empty((2, len(x)), "int64")
        for label in np.unique(labels):
            members = labels == label
            points = x[members]
            of_label[members] = len(points)
            radii[members] = nearest(points, min(k, len(points) - 1))[0][:, -1]
            near[members] = counts(points, radii[members], points) - 1
        within = counts(x, radii, x) - 1
        terms = digamma(len(x)) + digamma(near) - digamma(of_label) - digamma(within)
        self.contributions_ = terms / unit
        self.value_ = float(self.contributions_.mean())
        return self

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`; near 0 it may be negative."""
        checks.fitted(self, "value_")
        return self.value_
