"""Transformations of images, differentiable with respect to the images.

Each takes images `(batch, height, width, channels)` in [-1, 1], where 0 is mid-grey, and parameters
`(batch,)`, one for each image. With the parameters of the identity, such as an offset of 0 or a
factor of 1, images are returned unchanged to the last bit.

Source: Zhao et al., 2020, "Differentiable Augmentation for Data-Efficient GAN Training"; Karras et
al., 2020, "Training Generative Adversarial Networks with Limited Data", for luma flip and hue.
"""

from __future__ import annotations

import math

from keras import ops

from tfgan_it.typing import Tensor


def brightness(images: Tensor, offset: Tensor) -> Tensor:
    """Computes x + offset."""
    return images + _column(offset)


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Computes factor x."""
    return _column(factor) * images


def contrast_about_mean(images: Tensor, factor: Tensor) -> Tensor:
    """Scales the distance of each image from its mean by a factor."""
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return images + (_column(factor) - 1.0) * (images - mean)


def saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Scales the distance of each pixel from its grey, the mean of its channels, by a factor."""
    return images + (_column(factor) - 1.0) * (images - _grey(images))


def luma_flip(images: Tensor, flip: Tensor) -> Tensor:
    """Negates the grey of each pixel and keeps its colour if `flip` is 1; 0 is the identity."""
    return images - 2.0 * _column(flip) * _grey(images)


def hue(images: Tensor, angle: Tensor) -> Tensor:
    """Rotates the colours of three channels around grey by an angle in radians."""
    colour = images - _grey(images)
    across = (ops.roll(images, -2, axis=-1) - ops.roll(images, -1, axis=-1)) / math.sqrt(3)
    return images + _column(ops.cos(angle) - 1.0) * colour + _column(ops.sin(angle)) * across


def translation(images: Tensor, u: Tensor, v: Tensor, ratio: float = 0.125) -> Tensor:
    """Shifts by a whole number of pixels up to `ratio` of each side; new pixels are 0.

    Args:
        images: Images, `(batch, height, width, channels)`.
        u: Uniform numbers in [0, 1) for the vertical shift; 0 is a shift upwards.
        v: Uniform numbers in [0, 1) for the horizontal shift; 0 is a shift to the left.
        ratio: Largest shift as a fraction of a side.
    """
    _, height, width, _ = images.shape
    rows = _shift(u, height, ratio, images.dtype)
    columns = _shift(v, width, ratio, images.dtype)
    return ops.einsum("bij,bjkc,blk->bilc", rows, images, columns)


def cutout(images: Tensor, u: Tensor, v: Tensor, ratio: float = 0.5, fill: float = 0.0) -> Tensor:
    """Sets a rectangle to `fill`; its centre is anywhere in the image, its sides `ratio` of those.

    Args:
        images: Images, `(batch, height, width, channels)`.
        u: Uniform numbers in [0, 1) for the vertical position of the centre.
        v: Uniform numbers in [0, 1) for the horizontal position of the centre.
        ratio: Sides of the rectangle as a fraction of those of the image.
        fill: Value of the rectangle.
    """
    _, height, width, _ = images.shape
    rows = _inside(u, height, ratio, images.dtype)[:, :, None, None]
    columns = _inside(v, width, ratio, images.dtype)[:, None, :, None]
    cut = images * (1.0 - rows * columns)
    return cut + fill * rows * columns if fill else cut


def _column(x: Tensor) -> Tensor:
    return ops.reshape(x, (-1, 1, 1, 1))


def _grey(images: Tensor) -> Tensor:
    return ops.mean(images, axis=-1, keepdims=True)


def _shift(u: Tensor, size: int, ratio: float, dtype: str) -> Tensor:
    """Returns matrices `(batch, size, size)` that shift a column by a whole number of pixels."""
    most = int(size * ratio + 0.5)
    shift = ops.cast(ops.floor(u * (2 * most + 1)), "int32") - most
    pixels = ops.arange(size)
    return ops.cast(pixels[None, :, None] == pixels[None, None, :] + shift[:, None, None], dtype)


def _inside(u: Tensor, size: int, ratio: float, dtype: str) -> Tensor:
    """Returns 1 where a pixel of `(batch, size)` lies in the interval that is cut, else 0."""
    length = int(size * ratio + 0.5)
    first = ops.cast(ops.floor(u * (size + 1 - length % 2)), "int32")[:, None] - length // 2
    pixels = ops.arange(size)[None, :]
    return ops.cast(ops.logical_and(pixels >= first, pixels < first + length), dtype)
