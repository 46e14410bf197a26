"""Entropy and mutual information of discrete or binned variables."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator

from tfgan_it.checks import check_choice, check_integer
from tfgan_it.estimators import checks, identities
from tfgan_it.information import shannon_entropy
from tfgan_it.keywords import CheckedKeywords


class Histogram(CheckedKeywords, BaseEstimator):
    """H(x) after `fit(x)`, I(x; y) after `fit(x, y)`, from the counts of values or bins.

        H = -sum_c (n_c / n) ln(n_c / n) + (K - 1) / 2n,     K the number of observed values
        I = H(x) + H(y) - H(x, y)

    (K - 1) / 2n is the correction of Miller and Madow for the negative bias of the plug-in entropy.
    It is exact to first order in 1 / n, for n well above K: I of independent variables is then 0 on
    average, and may be negative. Without it I is at least 0, and too high. With more values than
    half of the samples neither says much, and `fit` warns: labels that each occur once determine
    everything.

    Each value of integers and bool is a bin. Floats are put into `bins`. For I the bins have equal
    mass, so that increasing maps of x or y do not change it. For H they have equal width over the
    range, and ln(width) is added, so that H is a differential entropy. The binned I is below the I
    of continuous variables, for which `KSG` is better. The columns of `(n, d)` form `bins`^d cells,
    and n should be much larger.

    Args:
        bins: Number of bins of each continuous column; by default the cube root of n, rounded up.
        correction: `miller_madow`, or None for the plug-in entropy.
        base: Base of the logarithm: e for nats, 2 for bits.

    Source: Miller, 1955, "Note on the Bias of Information Estimates"; Paninski, 2003, "Estimation
    of Entropy and Mutual Information".

    Example: a fair coin, in bits.

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
        """Counts values or bins.

        Args:
            x: Samples `(n,)` or `(n, d)`, integer, bool or float.
            y: Samples `(n,)` or `(n, d_y)`; None for the entropy of x.

        Raises:
            ValueError: If samples are invalid (see `checks`) or fewer than 2, lengths differ, a
                float column is constant and y is None, or an argument is invalid.
        """
        unit = checks.unit(self.base)
        check_choice("correction of Histogram", self.correction, ("miller_madow", None))
        if y is None:
            cells, ln_volume = self._cells(x, "x", equal_mass=False)
            nats = self._entropy(cells) + ln_volume
        else:
            cells_x, _ = self._cells(x, "x", equal_mass=True)
            cells_y, _ = self._cells(y, "y", equal_mass=True)
            checks.same_length(cells_x, cells_y, "y")
            if all(np.asarray(part).dtype.kind == "f" for part in (x, y)):
                identities.warn_of_identity(checks.samples(x), checks.samples(y, "y"))
            both = np.column_stack([cells_x, cells_y])
            nats = self._entropy(cells_x) + self._entropy(cells_y) - self._entropy(both)
        self.value_ = float(nats) / unit
        return self

    def estimate(self) -> float:
        """Returns the entropy or the information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_

    def _cells(self, x: Any, name: str, equal_mass: bool) -> tuple[np.ndarray, float]:
        """Returns the cell of each sample, int64 `(n, 1)`, and ln of a cell's volume."""
        values, x = x, checks.samples(x, name)
        kind, n = np.asarray(values).dtype.kind, len(x)
        if n < 2:
            raise ValueError(f"{name} has 1 sample, too few for a histogram: give at least 2.")
        if kind in "biu":
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
        if 2 * len(counts) > len(cells):
            warnings.warn(
                f"Histogram: {len(cells)} samples are few for {len(counts)} different values or "
                f"cells, and the estimate says little: give more samples, or fewer bins.",
                RuntimeWarning,
                stacklevel=3,
            )
        bias = (len(counts) - 1) / (2 * len(cells)) if self.correction else 0.0
        return bias + float(shannon_entropy(shares))


def _numbered(rows: np.ndarray) -> np.ndarray:
    """Numbers the distinct rows from 0, int64 `(n, 1)`."""
    numbers_of_rows = np.unique(rows, axis=0, return_inverse=True)[1]
    return numbers_of_rows.reshape(-1, 1).astype("int64")
