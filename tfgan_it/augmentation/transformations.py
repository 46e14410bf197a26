"""Transformations of images, differentiable with respect to the images.

Each takes images `(batch, height, width, channels)` in [-1, 1], whose 0 is mid-grey, and numbers
`(batch,)`, one for each image, and transforms each image on its own. The numbers of the identity
change no bit.
"""

from __future__ import annotations

import math

from keras import ops

from tfgan_it.typing import Tensor


def brightness(images: Tensor, offset: Tensor) -> Tensor:
    """x + offset."""
    return images + _column(offset)


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """factor x."""
    return _column(factor) * images


def contrast_about_mean(images: Tensor, factor: Tensor) -> Tensor:
    """Each image moved away from its mean by a factor."""
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return images + (_column(factor) - 1.0) * (images - mean)


def saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Each pixel moved away from its grey, the mean of its channels, by a factor."""
    return images + (_column(factor) - 1.0) * (images - _grey(images))


def luma_flip(images: Tensor, flip: Tensor) -> Tensor:
    """Each pixel's grey negated where `flip` is 1, its colour kept."""
    return images - 2.0 * _column(flip) * _grey(images)


def hue(images: Tensor, angle: Tensor) -> Tensor:
    """The colours of three channels turned around grey by an angle in radians."""
    colour = images - _grey(images)
    across = (ops.roll(images, -2, axis=-1) - ops.roll(images, -1, axis=-1)) / math.sqrt(3)
    return images + _column(ops.cos(angle) - 1.0) * colour + _column(ops.sin(angle)) * across


def translation(images: Tensor, u: Tensor, v: Tensor, ratio: float = 0.125) -> Tensor:
    """A whole number of pixels up to `ratio` of each side; what comes in is 0.

    Args:
        images: `(batch, height, width, channels)`.
        u: Uniform numbers in [0, 1): 0 is a shift upwards.
        v: The same to the left.
        ratio: Largest shift as a share of a side.
    """
    _, height, width, _ = images.shape
    rows = _shift(u, height, ratio, images.dtype)
    columns = _shift(v, width, ratio, images.dtype)
    return ops.einsum("bij,bjkc,blk->bilc", rows, images, columns)


def cutout(images: Tensor, u: Tensor, v: Tensor, ratio: float = 0.5, fill: float = 0.0) -> Tensor:
    """A rectangle of `ratio` of each side set to `fill`, centred anywhere on the image.

    Args:
        images: `(batch, height, width, channels)`.
        u: Uniform numbers in [0, 1): the height of the centre.
        v: The same from the left.
        ratio: Sides of the rectangle as a share of the image's.
        fill: What is put there.
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
    """Matrices `(batch, size, size)` that move a column of pixels by a whole number of them."""
    most = int(size * ratio + 0.5)
    shift = ops.cast(ops.floor(u * (2 * most + 1)), "int32") - most
    pixels = ops.arange(size)
    return ops.cast(pixels[None, :, None] == pixels[None, None, :] + shift[:, None, None], dtype)


def _inside(u: Tensor, size: int, ratio: float, dtype: str) -> Tensor:
    """1 where a pixel of `(batch, size)` lies in the interval that is cut."""
    length = int(size * ratio + 0.5)
    first = ops.cast(ops.floor(u * (size + 1 - length % 2)), "int32")[:, None] - length // 2
    pixels = ops.arange(size)[None, :]
    return ops.cast(ops.logical_and(pixels >= first, pixels < first + length), dtype)
