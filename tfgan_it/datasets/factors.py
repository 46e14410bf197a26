"""Every combination of known factors, numbered, and pictures pasted where they say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfgan_it.checks import check_seed
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.memory import check_memory, check_samples

_CHUNK = 4096  # Pictures pasted at once.


class KnownFactors(CheckedKeywords):
    """All combinations of factors, each an integer from 0; the last factor changes fastest.

    A data set derives from it, has the three attributes, and draws the images of factors.

    Attributes:
        factor_names: The names of the factors.
        factor_sizes: Number of values of each.
        categorical_factors: Indices of the factors without an order.
    """

    factor_names: Sequence[str]
    factor_sizes: Sequence[int]
    categorical_factors: Sequence[int] = ()

    def __len__(self) -> int:
        return math.prod(self.factor_sizes)

    def factors_of(self, indices: Any) -> np.ndarray:
        """Returns the factors, int64 `(n, factors)`, of the samples with these indices, `(n,)`.

        Raises:
            ValueError: If an index is out of range.
        """
        indices = self._integers(indices, "indices")
        if indices.ndim != 1 or ((indices < 0) | (indices >= len(self))).any():
            raise ValueError(
                f"{type(self).__name__}: indices must be (n,), from 0 to {len(self) - 1}, got "
                f"{_shape_or_range(indices)}."
            )
        return np.stack(np.unravel_index(indices, self.factor_sizes), axis=1).astype("int64")

    def index_of(self, factors: Any) -> np.ndarray:
        """Returns the index, int64 `(n,)`, of each sample: the inverse of `factors_of`.

        Raises:
            ValueError: If factors are not `(n, factors)`, or out of range.
        """
        return np.ravel_multi_index(tuple(self.checked_factors(factors).T), self.factor_sizes)

    def sample_factors(self, n: int, seed: int | np.random.Generator = 0) -> np.ndarray:
        """Draws uniform and independent factors, int64 `(n, factors)`.

        Args:
            n: Number of samples.
            seed: Seed, or a NumPy generator.
        """
        check_samples(self, n, len(self.factor_sizes))
        if not isinstance(seed, np.random.Generator):
            seed = check_seed(self, seed) % 2**64
        random = np.random.default_rng(seed)
        return random.integers(0, self.factor_sizes, size=(n, len(self.factor_sizes)))

    def checked_factors(self, factors: Any) -> np.ndarray:
        """Returns factors as int64.

        Raises:
            ValueError: If they are not integers `(n, factors)`, or out of range.
        """
        factors = self._integers(factors, "factors")
        if factors.ndim != 2 or factors.shape[1] != len(self.factor_sizes):
            raise ValueError(
                f"{type(self).__name__}: factors must be (n, {len(self.factor_sizes)}), got the "
                f"shape {factors.shape}."
            )
        for name, size, column in zip(self.factor_names, self.factor_sizes, factors.T, strict=True):
            wrong = column[(column < 0) | (column >= size)]
            if len(wrong):
                raise ValueError(
                    f"{type(self).__name__}: {name} must be from 0 to {size - 1}, got {wrong[0]}."
                )
        return factors

    def _integers(self, values: Any, name: str) -> np.ndarray:
        values = np.asarray(values)
        if values.dtype.kind not in "iu":
            raise ValueError(f"{type(self).__name__}: {name} must be integers, got {values.dtype}.")
        return values.astype("int64")


def pasted(
    pictures: np.ndarray, which: np.ndarray, left: np.ndarray, top: np.ndarray, image_size: int
) -> np.ndarray:
    """Pastes pictures on black squares, uint8 `(n, image_size, image_size, 1)`.

    Args:
        pictures: The different pictures, uint8 `(pictures, height, width)`.
        which: Index of each image's picture, `(n,)`.
        left: First column of each, `(n,)`; the picture must lie within the image.
        top: First row of each, `(n,)`.
        image_size: Side of the images in pixels.

    Example:

    >>> dot = np.full((1, 1, 1), 9, "uint8")
    >>> pasted(dot, np.array([0]), np.array([1]), np.array([0]), 2)[0, :, :, 0].tolist()
    [[0, 9], [0, 0]]
    """
    height, width = pictures.shape[1:]
    check_memory(f"{len(which)} images", float(len(which) * image_size**2))
    images = np.zeros((len(which), image_size, image_size, 1), "uint8")
    for start in range(0, len(which), _CHUNK):
        part = slice(start, start + _CHUNK)
        rows = top[part, None, None] + np.arange(height)[:, None]
        columns = left[part, None, None] + np.arange(width)
        image = np.arange(start, start + len(rows))[:, None, None]
        images[image, rows, columns, 0] = pictures[which[part]]
    return images


def _shape_or_range(indices: np.ndarray) -> str:
    return (
        f"the shape {indices.shape}" if indices.ndim != 1 else f"{indices.min()}..{indices.max()}"
    )
