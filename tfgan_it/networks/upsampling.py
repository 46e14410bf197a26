"""Upsampling that every format of an export can hold."""

from __future__ import annotations

from keras import layers

from tfgan_it.typing import Tensor


def upsampled(x: Tensor) -> Tensor:
    """Doubles height and width by repeating pixels.

    Args:
        x: Symbolic maps `(batch, height, width, channels)` of known size.

    Example:

    >>> import keras
    >>> upsampled(keras.Input((2, 3, 4))).shape
    (None, 4, 6, 4)
    """
    height, width, channels = x.shape[1:]
    # LiteRT's converter loses the shape of a second upsampling, unless it is told.
    return layers.Reshape((2 * height, 2 * width, channels))(layers.UpSampling2D()(x))
