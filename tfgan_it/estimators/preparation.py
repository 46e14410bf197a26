"""Samples of continuous variables without what stands in the way of an estimate.

None of these steps changes the information: columns that others determine linearly are left out,
and copies of whole samples; rounded values get noise within their steps, which is forgotten.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import qr

from tfgan_it.estimators import checks, copies
from tfgan_it.estimators.preprocessing import standardize

# Values that occur so often are atoms if they are more than this share of the samples.
_OFTEN, _ATOM_SHARE = 10, 0.01
# Rounded values are so many, on a grid to this part of its step.
_LEAST_STEPS, _PART = 20, 1e-3
_DEPENDENT = 1e-7


def prepared(
    sides: tuple[np.ndarray, ...], random: np.random.Generator
) -> tuple[tuple[np.ndarray, ...], tuple[str, ...]]:
    """Returns samples without constant and redundant columns, steps and copies, and doubts.

    Args:
        sides: Samples of each variable, float64 `(n, d)`.
        random: Random generator of the noise within steps.
    """
    n = len(sides[0])
    first = copies.counts_of_equal(np.hstack(sides))[1]
    doubts: tuple[str, ...] = ()
    if n - len(first) > 0.01 * n and not any(has_atoms(side) for side in sides):
        # Values repeat in whole samples alone: data that were read twice.
        doubts = (f"{n - len(first)} of {n} samples are copies, and were left out.",)
        sides = tuple(side[first] for side in sides)
    kept = tuple(_independent(side[:, ~checks.constant(side)]) for side in sides)
    return tuple(_without_steps(side, random) for side in kept), doubts


def has_atoms(x: np.ndarray) -> bool:
    """Returns whether values of a column that occur ten times are more than a hundredth of it.

    Rounding makes pairs and triples, which are no atoms.

    Example:

    >>> has_atoms(np.array([[0.0]] * 10 + [[1.5]])), has_atoms(np.array([[0.5], [0.5]]))
    (True, False)
    """
    often = (copies.counts_of_equal(part[:, None])[0] >= _OFTEN for part in x.T)
    return any(float(part.mean()) > _ATOM_SHARE for part in often)


def _independent(x: np.ndarray) -> np.ndarray:
    """Leaves out columns that are linear functions of others."""
    if x.shape[1] < 2:
        return x
    # Columns that vary most beside those before them come first.
    size, order = qr(standardize(x), mode="r", pivoting=True)
    sizes = np.abs(np.diag(size[: x.shape[1]]))
    return x[:, np.sort(order[: len(sizes)][sizes > _DEPENDENT * sizes[0]])]


def _without_steps(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Adds uniform noise of the width of its steps to each column of rounded values.

    The value before is a function of the one after, and the noise knows nothing: no information
    changes.
    """
    columns = []
    for column in x.T:
        different = np.unique(column)
        gaps = np.diff(different)
        step = gaps.min() if len(gaps) else 0.0
        if len(different) >= _LEAST_STEPS and has_atoms(column[:, None]):
            steps = gaps / step
            if np.abs(steps - np.round(steps)).max() < _PART * max(1.0, steps.max() / 1000):
                column = column + step * (random.random(len(column)) - 0.5)
        columns.append(column)
    return np.stack(columns, axis=1) if columns else x
