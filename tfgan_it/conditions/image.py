"""An image condition, such as an image to translate."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from tfgan_it.checks import check_sizes
from tfgan_it.conditions.condition import Condition, as_numpy, check_count
from tfgan_it.datasets.images import check_images, check_value_range, scale_images
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Image(Condition):
    """An image, uint8 or float; the networks' input is in `value_range`, as for samples.

    It has no prior: generation needs images from the user.

    Args:
        shape: Shape (height, width, channels).
        value_range: Range of the values as for `models.GAN`, to which uint8 is scaled and in which
            floats must lie; None for floats of any size.

    Raises:
        ValueError: If the shape is not that of an image, or the range is invalid.

    Example:

    >>> import numpy as np
    >>> print(Image((1, 2, 1)).prepare(np.array([[[[0], [255]]]], "uint8")).numpy().ravel())
    [-1.  1.]
    """

    def __init__(
        self, shape: Sequence[int], value_range: Sequence[float] | None = (-1.0, 1.0)
    ) -> None:
        self.raw_shape = check_sizes(self, "shape", shape)
        if len(self.raw_shape) != 3:
            raise ValueError(f"Image: shape must be (height, width, channels), got {shape}.")
        self.value_range = check_value_range(value_range)

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width, channels)."""
        return self.raw_shape

    def prepare(self, y: Tensor) -> Tensor:
        """Scales uint8 images to the range, float32 `(n, *shape)`."""
        return scale_images(y, value_range=self.value_range)

    def check(self, y: Tensor, n: int) -> None:
        """Raises a one-line ValueError if `y` is not images of n samples.

        Args:
            y: Images, `(n, *shape)`, uint8 or floats in the range.
            n: Number of samples.
        """
        y = as_numpy(y)
        check_count(y, n, "Image")
        try:
            check_images(y, self.shape, minimum=0, value_range=self.value_range)
        except ValueError as error:
            raise ValueError(f"Image: conditions: {error}") from None

    def describe(self) -> str:
        """Returns a description in one line."""
        return f"an image of {'x'.join(map(str, self.shape))}"
