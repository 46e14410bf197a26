"""Exact copies of samples, such as of a bootstrap or of a file that is read twice.

Two draws from a density are never equal. Copies look like very near neighbours, and copies on both
sides of a split make held-out samples known ones.
"""

from __future__ import annotations

import warnings

import numpy as np

# Fraction of copies above which to warn: float32 rounds a few of many values to one.
_FEW = 0.01
# A value with more copies than that is taken for an atom, such as 0 or an integer.
_MOST_COPIES = 9


def counts_of_equal(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts how often each sample occurs, and finds the first of each.

    Args:
        x: Samples, float64 `(n, d)`.

    Returns:
        The number of samples equal to each, with itself, int64 `(n,)`, and the indices of the first
        of each distinct sample, ascending.

    Example:

    >>> counts, first = counts_of_equal(np.array([[1.0], [2.0], [1.0]]))
    >>> counts.tolist(), first.tolist()
    ([2, 1, 2], [0, 1])
    """
    # -0.0 + 0.0 is 0.0; rows as bytes are compared at once.
    rows = np.ascontiguousarray(x + 0.0)
    rows = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, which, counts = np.unique(
        rows, return_index=True, return_inverse=True, return_counts=True
    )
    return counts[which.ravel()], np.sort(first)


def distinct(x: np.ndarray, k: int, owner: str, name: str = "samples") -> np.ndarray:
    """Returns the indices of the samples without their copies, and warns of many.

    Args:
        x: Samples of a density, float64 `(n, d)`.
        k: Number of neighbours.
        owner: Name of the estimator in messages.
        name: Name of the samples in messages.

    Raises:
        ValueError: If a sample has k or more copies.
    """
    counts, first = counts_of_equal(x)
    n, left = len(x), len(first)
    if counts.max() > k:
        instead = ", or use Ross for labels and Histogram for integers" * (name == "pairs")
        raise ValueError(
            f"{owner}: {np.sum(counts > k)} of {n} {name} have {k} or more exact copies, which "
            f"densities do not: add noise of the size of the rounding{instead}."
        )
    if n - left > _FEW * n:
        warnings.warn(
            f"{owner}: {n - left} of {n} {name} are exact copies of others, which densities do not "
            f"have: each is counted once; if values are rounded, add noise of that size.",
            RuntimeWarning,
            stacklevel=3,
        )
    if left <= k:
        raise ValueError(
            f"{owner}: {left} different {name} are too few for neighbors={k}: give at least "
            f"{k + 1}."
        )
    return first


def in_both(x: np.ndarray, y: np.ndarray, owner: str) -> np.ndarray:
    """Returns whether each sample of x is among y, bool `(n,)`, and warns of many.

    Args:
        x: Different samples, float64 `(n, d)`.
        y: Different samples, float64 `(m, d)`.
        owner: Name of the estimator in the message.
    """
    both = counts_of_equal(np.concatenate([x, y]))[0][: len(x)] > 1
    if both.mean() > _FEW:
        warnings.warn(
            f"{owner}: {both.sum()} of {len(x)} samples of x are also in y: they are not counted "
            f"as their own neighbours, so that repeated data do not look closer than new ones.",
            RuntimeWarning,
            stacklevel=3,
        )
    return both


def warn_of_copies(x: np.ndarray, owner: str, consequence: str) -> None:
    """Warns if a tenth of the samples have copies, but not enough of them to be atoms.

    Args:
        x: Samples, which may have atoms, float64 `(n, d)`.
        owner: Name of the estimator.
        consequence: What copies do to the estimate.
    """
    counts, first = counts_of_equal(x)
    few = np.mean((counts > 1) & (counts <= 1 + _MOST_COPIES))
    # Atoms do not all occur equally often.
    if len(first) > 10 and counts.min() == counts.max() > 1:
        few = 1.0
    if few > 0.1:
        warnings.warn(
            f"{owner}: {few:.0%} of the samples have an exact copy, and {consequence}: give each "
            f"sample once.",
            RuntimeWarning,
            stacklevel=3,
        )
