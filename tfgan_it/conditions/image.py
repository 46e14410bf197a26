"""An image condition, such as an image to translate."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import keras

from tfgan_it.conditions.condition import Condition, as_numpy, check_count
from tfgan_it.datasets.images import check_images, scale_images
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Image(Condition):
    """An image, uint8 or float in [-1, 1]; the networks' input is in [-1, 1], as for samples.

    It has no prior: generation needs images from the user.

    Args:
        shape: Shape (height, width, channels).

    Raises:
        ValueError: If the shape is not that of an image.

    Example:

    >>> import numpy as np
    >>> print(Image((1, 2, 1)).prepare(np.array([[[[0], [255]]]], "uint8")).numpy().ravel())
    [-1.  1.]
    """

    def __init__(self, shape: Sequence[int]) -> None:
        shape = tuple(shape)
        if len(shape) != 3 or not all(isinstance(s, numbers.Integral) and s > 0 for s in shape):
            raise ValueError(f"Image: shape must be (height, width, channels), got {shape}.")
        self.raw_shape = tuple(map(int, shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width, channels)."""
        return self.raw_shape

    def prepare(self, y: Tensor) -> Tensor:
        """Scales the images to [-1, 1], float32 `(n, *shape)`."""
        return scale_images(y)

    def check(self, y: Tensor, n: int) -> None:
        """Raises a one-line ValueError if `y` is not images of n samples.

        Args:
            y: Images, `(n, *shape)`, uint8 or floats in [-1, 1].
            n: Number of samples.
        """
        y = as_numpy(y)
        check_count(y, n, "Image")
        try:
            check_images(y, self.shape, minimum=0)
        except ValueError as error:
            raise ValueError(f"Image: conditions: {error}") from None

    def describe(self) -> str:
        """Returns a description in one line."""
        return f"an image of {'x'.join(map(str, self.shape))}"
