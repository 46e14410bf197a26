"""Entropy and mutual information of integers, and of continuous variables in bins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator

from tfgan_it.checks import check_choice, check_integer
from tfgan_it.estimators import checks
from tfgan_it.information import shannon_entropy


class Histogram(BaseEstimator):
    """H(x) after `fit(x)`, I(x; y) after `fit(x, y)`, from how often each value or bin is seen.

        H = -sum_c (n_c / n) ln(n_c / n) + (K - 1) / 2n,     K the values that were seen
        I = H(x) + H(y) - H(x, y)

    (K - 1) / 2n is the correction of Miller and Madow for what the plug-in entropy is too low on
    average. It is right to first order, for n well above K: there, I of independent variables is 0
    on average, and may be a little below. Without it I is at least 0, and too high.

    Integers and bool are taken as they are, each value a bin of its own. Floats are put in `bins`:
    for I in bins of equal mass, so that an increasing map of x or y changes nothing; for H in bins
    of equal width over the range, and ln(width) is added, so that H is a differential entropy.
    I in bins is less than the I of continuous variables, for which `KSG` is better. Columns of
    `(n, d)` make cells together: `bins`^d of them, which n must exceed by far.

    Args:
        bins: Number of bins of each continuous column; None: the cube root of n, rounded up.
        correction: `miller_madow` or None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Miller, 1955, "Note on the Bias of Information Estimates"; Paninski, 2003, "Estimation
    of Entropy and Mutual Information".

    Example: of a fair coin, in bits.

    >>> Histogram(correction=None, base=2).fit(np.array([0, 1, 0, 1])).estimate()
    1.0
    >>> Histogram(correction=None, base=2).fit([0, 1, 0, 1], [5, 7, 5, 7]).estimate()
    1.0
    """

    def __init__(
        self,
        bins: int | None = None,
        correction: str | None = "miller_madow",
        base: float = math.e,
    ) -> None:
        self.bins = bins
        self.correction = correction
        self.base = base

    def fit(self, x: Any, y: Any = None) -> Histogram:
        """Counts.

        Args:
            x: `(n,)` or `(n, d)`, integer, bool or float.
            y: `(n,)` or `(n, d_y)`, alike; None for the entropy of x.

        Raises:
            ValueError: samples that are not right (see `checks`), fewer than 2, a float column that
                is constant and has no differential entropy, another number of bins, correction or
                base.
        """
        unit = checks.unit(self.base)
        check_choice("correction of Histogram", self.correction, ("miller_madow", None))
        if y is None:
            cells, ln_volume = self._cells(x, "x", equal_mass=False)
            nats = self._entropy(cells) + ln_volume
        else:
            x, _ = self._cells(x, "x", equal_mass=True)
            y, _ = self._cells(y, "y", equal_mass=True)
            checks.same_length(x, y, "y")
            both = np.column_stack([x, y])
            nats = self._entropy(x) + self._entropy(y) - self._entropy(both)
        self.value_ = float(nats) / unit
        return self

    def estimate(self) -> float:
        """The entropy or the information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_

    def _cells(self, x: Any, name: str, equal_mass: bool) -> tuple[np.ndarray, float]:
        """The cell of each sample, int64 `(n, 1)`, and ln of a cell's volume."""
        given, x = x, checks.samples(x, name)
        whole, n = np.asarray(given).dtype.kind in "biu", len(x)
        if n < 2:
            raise ValueError(f"{name} has 1 sample, too few for a histogram: give at least 2.")
        if whole:
            return _numbered(x), 0.0
        bins = check_integer(self, "bins", self.bins, 1, optional=True)
        bins = math.ceil(round(n ** (1 / 3), 9)) if bins is None else bins
        if equal_mass:
            places = (rankdata(x, axis=0) - 0.5) / n
            return _numbered((places * bins).astype("int64")), 0.0
        constant = checks.constant(x)
        if constant.any():
            raise ValueError(
                f"{name}: column {np.argmax(constant)} is constant, its differential entropy is "
                f"minus infinity: leave it out, or convert it to int for the entropy of its values."
            )
        low, high = x.min(axis=0), x.max(axis=0)
        places = np.minimum((x - low) / (high - low) * bins, int(bins) - 1).astype("int64")
        # ln of a cell's volume turns the entropy of cells into that of a density.
        return _numbered(places), float(np.log((high - low) / bins).sum())

    def _entropy(self, cells: np.ndarray) -> float:
        counts = np.bincount(_numbered(cells)[:, 0])
        shares = counts / len(cells)
        bias = (len(counts) - 1) / (2 * len(cells)) if self.correction else 0.0
        return bias + float(shannon_entropy(shares))


def _numbered(rows: np.ndarray) -> np.ndarray:
    """Equal rows get equal numbers from 0, int64 `(n, 1)`."""
    numbers_of_rows = np.unique(rows, axis=0, return_inverse=True)[1]
    return numbers_of_rows.reshape(-1, 1).astype("int64")
