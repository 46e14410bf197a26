"""Random transformations of images, differentiable with respect to the images.

Each takes images `(batch, height, width, channels)` in [-1, 1] and one row of uniform numbers in
[0, 1) for each image, and transforms each image on its own.
"""

from __future__ import annotations

from typing import Any

from keras import ops


def brightness(images: Any, u: Any) -> Any:
    """x + b, b ~ U(-.5, .5)."""
    return images + (_column(u) - 0.5)


def saturation(images: Any, u: Any) -> Any:
    """Each pixel moved away from its grey by a factor ~ U(0, 2)."""
    grey = ops.mean(images, axis=-1, keepdims=True)
    return grey + 2.0 * _column(u) * (images - grey)


def contrast(images: Any, u: Any) -> Any:
    """Each image moved away from its mean by a factor ~ U(.5, 1.5)."""
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return mean + (0.5 + _column(u)) * (images - mean)


def translation(images: Any, u: Any, ratio: float = 0.125) -> Any:
    """A whole number of pixels up to `ratio` of each side; what comes in is 0.

    Args:
        images: `(batch, height, width, channels)`.
        u: `(batch, 2)`.
        ratio: Largest shift as a share of a side.
    """
    _, height, width, _ = images.shape
    rows = _shifts(u[:, 0], height, ratio, images.dtype)
    columns = _shifts(u[:, 1], width, ratio, images.dtype)
    return ops.einsum("bij,bjkc,blk->bilc", rows, images, columns)


def cutout(images: Any, u: Any, ratio: float = 0.5) -> Any:
    """A rectangle of `ratio` of each side set to 0, centred anywhere on the image.

    Args:
        images: `(batch, height, width, channels)`.
        u: `(batch, 2)`.
        ratio: Sides of the rectangle as a share of the image's.
    """
    _, height, width, _ = images.shape
    rows = _inside(u[:, 0], height, ratio, images.dtype)[:, :, None, None]
    columns = _inside(u[:, 1], width, ratio, images.dtype)[:, None, :, None]
    return images * (1.0 - rows * columns)


def _column(u: Any) -> Any:
    return ops.reshape(u, (-1, 1, 1, 1))


def _shifts(u: Any, size: int, ratio: float, dtype: Any) -> Any:
    """Matrices `(batch, size, size)` that shift by a uniform whole number of pixels."""
    most = int(size * ratio + 0.5)
    shift = ops.cast(ops.floor(u * (2 * most + 1)), "int32") - most
    source = ops.arange(size)[None, :, None] + shift[:, None, None]
    return ops.cast(source == ops.arange(size)[None, None, :], dtype)


def _inside(u: Any, size: int, ratio: float, dtype: Any) -> Any:
    """1 where a pixel of `(batch, size)` lies in the interval that is cut."""
    length = int(size * ratio + 0.5)
    first = ops.cast(ops.floor(u * (size + (1 - length % 2))), "int32") - length // 2
    pixel = ops.arange(size)[None, :]
    return ops.cast(
        ops.logical_and(pixel >= first[:, None], pixel < first[:, None] + length), dtype
    )
