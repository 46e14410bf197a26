"""Maps of each column that leave mutual information as it is and make it easier to estimate.

Each takes and returns `(n, d)`, is increasing in every column, leaves ties tied, and has columns of
mean 0 and standard deviation 1, but for a constant column, which becomes 0. Two sets of samples
that are to be compared must be preprocessed as one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special, stats

from tfgan_it.errors import unknown_name

Transform = Callable[[np.ndarray], np.ndarray]


def standardize(x: np.ndarray) -> np.ndarray:
    """(x - mean) / standard deviation, of each column.

    Example:

    >>> standardize(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    centred = x - np.where(x.min(axis=0) == x.max(axis=0), x[0], x.mean(axis=0))
    # Divided by the largest first, so that squares neither overflow nor vanish.
    scaled = _divided(centred, np.abs(centred).max(axis=0))
    return _divided(scaled, scaled.std(axis=0))


def ranks(x: np.ndarray) -> np.ndarray:
    """The rank of each value in its column, equal for equal ones: U(-sqrt 3, sqrt 3) in the limit.

    What heavy tails or another increasing map do to x is undone.

    Example:

    >>> ranks(np.array([[1.0], [1000.0], [2.0]])).round(3).ravel().tolist()
    [-1.225, 1.225, 0.0]
    """
    return standardize(stats.rankdata(x, axis=0))


def normal_scores(x: np.ndarray) -> np.ndarray:
    """The standard normal quantile of (rank - 1/2) / n: N(0, 1) in the limit.

    Source: van der Waerden, 1952, "Order Tests for the Two-Sample Problem and Their Power".

    Example:

    >>> normal_scores(np.array([[1.0], [1000.0], [2.0]])).round(3).ravel().tolist()
    [-1.225, 1.225, 0.0]
    """
    return standardize(special.ndtri((stats.rankdata(x, axis=0) - 0.5) / len(x)))


def asinh(x: np.ndarray) -> np.ndarray:
    """asinh((x - median) / scale): linear in the middle, logarithmic in the tails.

    The scale is 1.4826 times the median distance to the median, the standard deviation of a
    Gaussian; or the mean distance to it, where more than half of the values are equal.

    Source: Czyz et al., 2023, "Beyond Normal: On the Evaluation of Mutual Information Estimators".

    Example: 1000 is 1000 times as far from 0 as 1 is, and then 11 times.

    >>> asinh(np.array([[-1000.0], [-1.0], [0.0], [1.0], [1000.0]])).round(2).ravel().tolist()
    [-1.58, -0.14, 0.0, 0.14, 1.58]
    """
    centred = x - np.median(x, axis=0)
    distances = np.abs(centred)
    scale = 1.4826 * np.median(distances, axis=0)
    scale = np.where(scale > 0, scale, distances.mean(axis=0))
    return standardize(np.arcsinh(_divided(centred, scale)))


def unchanged(x: np.ndarray) -> np.ndarray:
    """The samples as they are."""
    return x


_TRANSFORMS: dict[str, Transform] = {
    "standardize": standardize,
    "ranks": ranks,
    "normal_scores": normal_scores,
    "asinh": asinh,
}


def get(name: str | Transform | None) -> Transform:
    """The map of that name, the function itself, or `unchanged` for None.

    Raises:
        ValueError: a name that is not known.

    Example:

    >>> get("ranks") is ranks, get(None) is unchanged
    (True, True)
    """
    if name is None:
        return unchanged
    if callable(name):
        return name
    if not isinstance(name, str) or name not in _TRANSFORMS:
        raise unknown_name("preprocessing", name, _TRANSFORMS)
    return _TRANSFORMS[name]


def _divided(x: np.ndarray, by: np.ndarray) -> np.ndarray:
    """0 where the divisor is."""
    return x / np.where(by > 0, by, 1)
