"""Pairs of images, sounds or vectors: what may be estimated from, its scale, draws."""

from __future__ import annotations

import concurrent.futures
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfgan_it.estimators import checks, copies, identities

Pairs = tuple[np.ndarray, np.ndarray]
# Images and sounds with this much contrast, and values up to that, are taken as they are.
_LEAST_CONTRAST, _LARGEST_VALUE = 0.05, 10.0
_MOST_SCALED = 10_000  # Samples from which a scale is taken.


def checked_pairs(x: Any, y: Any, names: tuple[str, str] = ("x", "y")) -> Pairs:
    """Converts pairs of images, sounds or vectors to arrays, `(n, ...)` with at least two axes.

    Args:
        x: One side, real numbers.
        y: The other.
        names: What they are called in messages.

    Raises:
        ValueError: If a side is empty, not finite or not of real numbers, or lengths differ.

    Example:

    >>> [part.shape for part in checked_pairs([1.0, 2.0], np.zeros((2, 4, 4, 1), "uint8"))]
    [(2, 1), (2, 4, 4, 1)]
    """
    found = []
    for part, name in zip((x, y), names, strict=True):
        values = checks.array(part, name)
        if values.ndim < 3:
            values = checks.samples(values, name)
        elif not values.size:
            raise ValueError(f"{name} is empty, of shape {values.shape}: give samples.")
        elif values.dtype.kind == "f":
            checks.samples(np.abs(values).max(axis=tuple(range(1, values.ndim))), name)
        found.append(values)
    checks.same_length(found[0], found[1], "y")
    return found[0], found[1]


def scale_of(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Returns mean and standard deviation, of each column of vectors, or of all values of others.

    Args:
        samples: One side, `(n, ...)`.

    Returns:
        Both; or None for images and sounds that a network takes as they are, uint8 or near [-1, 1].

    Example:

    >>> scale_of(np.zeros((2, 4, 4, 1), "uint8")) is None
    True
    >>> mean, deviation = scale_of(np.array([[1.0], [3.0]]))
    >>> mean.tolist(), deviation.tolist()
    ([2.0], [1.0])
    """
    if samples.ndim > 2 and samples.dtype == np.uint8:
        return None
    some = samples[:: -(-len(samples) // _MOST_SCALED)].astype("float64")
    axis = 0 if samples.ndim == 2 else None
    deviation = some.std(axis=axis)
    if axis is None and deviation >= _LEAST_CONTRAST and abs(some).max() <= _LARGEST_VALUE:
        return None
    return np.asarray(some.mean(axis=axis)), np.where(deviation > 0, deviation, 1.0)


def warn_of_copies(x: np.ndarray, y: np.ndarray) -> None:
    """Warns if pairs that train are also held out, as of a data set that is read twice.

    Args:
        x: One side, `(n, ...)`.
        y: The other.
    """
    pairs = [[hash(a.tobytes() + b.tobytes()) % 2**52] for a, b in zip(x, y, strict=True)]
    copies.warn_of_copies(
        np.array(pairs, "float64"), "EncodedInformation", "encoders meet it in both parts"
    )


def warn_of_identity(x: np.ndarray, y: np.ndarray) -> None:
    """Warns if both sides are the same, or columns of vectors determine each other.

    Args:
        x: One side, `(n, ...)`.
        y: The other.
    """
    if x.ndim == y.ndim == 2:
        identities.warn_of_identity(x, y)
    elif x.shape == y.shape and np.array_equal(x, y) and x.min() < x.max():
        warnings.warn(
            "EncodedInformation: y is x, so that the information is the entropy of x, infinite for "
            "continuous values, which no estimate shows.",
            RuntimeWarning,
            stacklevel=3,
        )


def drawn_ahead(draw: Callable[[int], Pairs], counts: Sequence[int]) -> Iterator[Pairs]:
    """Draws pairs in a thread of its own, each while those before are in use, in their order.

    Args:
        draw: Function from a number to so many pairs; what it raises is raised here.
        counts: The numbers, at least one.

    Example:

    >>> [len(x) for x, _ in drawn_ahead(lambda n: (np.zeros(n), np.zeros(n)), [2, 2, 1])]
    [2, 2, 1]
    """
    with concurrent.futures.ThreadPoolExecutor(1, "new_pairs") as thread:
        following = thread.submit(draw, counts[0])
        for count in (*counts[1:], None):
            pairs = following.result()
            if count is not None:
                following = thread.submit(draw, count)
            yield pairs
