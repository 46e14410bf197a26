"""A vector of numbers as condition, such as attributes or an embedding."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.conditions.condition import Condition, as_numpy, check_count
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Vector(Condition):
    """A vector of `dimension` numbers; the networks' input is the same vector, float32.

    It has no prior: generation needs vectors from the user, for example those of a test set.

    Args:
        dimension: Number of components, at least 1.

    Raises:
        ValueError: If the dimension is below 1.

    Example:

    >>> position = Vector(2)
    >>> position.broadcast([0.0, 1.0], 3).tolist()
    [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = check_integer(self, "dimension", dimension, 1)
        self.raw_shape = (self.dimension,)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape `(dimension,)`."""
        return self.raw_shape

    def prepare(self, y: Tensor) -> Tensor:
        """Casts the vectors to float32 `(n, dimension)`; numbers `(n,)` become `(n, 1)`."""
        return ops.reshape(ops.cast(ops.convert_to_tensor(y), "float32"), (-1, self.dimension))

    def check(self, y: Tensor, n: int) -> None:
        """Checks that `y` holds a vector for each of n samples.

        Args:
            y: Finite numbers, `(n, dimension)`, or `(n,)` if the dimension is 1.
            n: Number of samples.

        Raises:
            ValueError: If the shape, the count or a value is invalid; the message is one line.
        """
        y = as_numpy(y)
        if y.dtype.kind not in "biuf":
            raise ValueError(f"Vector: conditions are {y.dtype}, must be numbers.")
        check_count(y, n, "Vector")
        if y.shape[1:] != self.shape and not (y.ndim == 1 and self.dimension == 1):
            raise ValueError(
                f"Vector: conditions have shape {y.shape}, must be (n, {self.dimension})."
            )
        finite = np.isfinite(y)
        if not finite.all():
            raise ValueError(
                f"Vector: conditions hold {finite.size - np.count_nonzero(finite)} values that are "
                f"not finite, the first of them in row {np.argwhere(~finite)[0][0]}."
            )

    def describe(self) -> str:
        """Returns a description in one line."""
        return f"a vector of {self.dimension} numbers"
