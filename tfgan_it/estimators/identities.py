"""Columns that determine each other: their information is infinite, which no estimate shows."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.stats import rankdata

# Fewer samples may have one order by chance.
_LEAST = 11
_PROBES = 100


def warn_of_identity(x: np.ndarray, y: np.ndarray) -> None:
    """Warns if a continuous column of y is a monotone function of one of x, such as in y = x.

    Args:
        x: Samples, float64 `(n, d_x)`.
        y: Samples, float64 `(n, d_y)`.
    """
    if (told := told_identity(x, y)) is not None:
        warnings.warn(told, RuntimeWarning, stacklevel=3)


def told_identity(x: np.ndarray, y: np.ndarray) -> str | None:
    """Returns what `warn_of_identity` says of the samples, or None."""
    found = monotone_columns(x, y)
    if found is None:
        return None
    of_x, of_y, rises = found
    return (
        f"Column {of_y} of y {'rises' if rises else 'falls'} wherever column {of_x} of x rises, as "
        "in y = x: without noise the information of continuous variables is infinite, and an "
        "estimate of it only grows with the number of samples."
    )


def monotone_columns(x: np.ndarray, y: np.ndarray) -> tuple[int, int, bool] | None:
    """Finds a column of x and one of y of which each is a strictly monotone function of the other.

    Columns in which less than half of the values differ, such as labels, are not looked at.

    Args:
        x: Samples, float64 `(n, d_x)`.
        y: Samples, float64 `(n, d_y)`.

    Returns:
        Both indices, and whether the function increases; None if there are no such columns.

    Example:

    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> monotone_columns(x, np.exp(-x[:, 1:]))
    (1, 0, False)
    """
    if len(x) < _LEAST:
        return None
    probes = np.linspace(0, len(x) - 1, min(len(x), _PROBES)).astype(int)
    # The order of a few samples rules out nearly all pairs of columns.
    orders: dict[bytes, int] = {}
    for index, column in enumerate(x.T):
        orders.setdefault(rankdata(column[probes]).tobytes(), index)
    for index, column in enumerate(y.T):
        for rises in (True, False):
            values = column if rises else -column
            other = orders.get(rankdata(values[probes]).tobytes())
            if other is None or 2 * len(np.unique(column)) < len(column):
                continue
            if np.array_equal(rankdata(values), rankdata(x[:, other])):
                return other, index, rises
    return None
