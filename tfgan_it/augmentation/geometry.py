"""Affine transformations of images, differentiable with respect to the images.

A map is a matrix for each image, `(batch, 3, 3)`, from the position of a pixel in the result to the
position in the image whose value it gets. Coordinates are homogeneous (x to the right, y downwards,
1), in pixels from the centre. `a @ b` applies a to the image first, then b.
"""

from __future__ import annotations

from keras import ops

from tfgan_it.typing import Tensor


def scaling(x: Tensor, y: Tensor) -> Tensor:
    """Returns the map that enlarges by factors along x and y, each `(batch,)`; -1 mirrors."""
    zero = ops.zeros_like(x)
    return _map(1.0 / x, zero, zero, zero, 1.0 / y, zero)


def rotation(angle: Tensor) -> Tensor:
    """Returns the map that rotates clockwise by an angle in radians, `(batch,)`."""
    cosine, sine, zero = ops.cos(angle), ops.sin(angle), ops.zeros_like(angle)
    return _map(cosine, sine, zero, -sine, cosine, zero)


def shift(x: Tensor, y: Tensor) -> Tensor:
    """Returns the map that shifts to the right and downwards by pixels, each `(batch,)`."""
    zero, one = ops.zeros_like(x), ops.ones_like(x)
    return _map(one, zero, -x, zero, one, -y)


def mapped(images: Tensor, maps: Tensor, fill: float | None = None) -> Tensor:
    """Resamples images at the positions of the maps, bilinearly.

    Args:
        images: Images, float32 `(batch, height, width, channels)`.
        maps: Maps, `(batch, 3, 3)`.
        fill: Value beyond the border of an image; None mirrors the image there.

    Returns:
        Images of the same shape.
    """
    batch, (height, width, channels) = ops.shape(images)[0], images.shape[1:]
    positions = ops.meshgrid(_centred(width), _centred(height))
    positions = ops.stack([*(ops.reshape(p, (-1,)) for p in positions), ops.ones(height * width)])
    positions = ops.matmul(maps, positions)
    neighbours = _neighbours if fill is None else _neighbours_inside
    columns = neighbours(positions[:, 0] + (width - 1) / 2, width)
    rows = neighbours(positions[:, 1] + (height - 1) / 2, height)
    pixels = ops.reshape(images, (-1, channels))
    first = ops.arange(batch, dtype="int32")[:, None] * (height * width)
    total, inside = 0.0, 0.0
    for row, row_weight in rows:
        for column, column_weight in columns:
            values = ops.take(pixels, first + row * width + column, axis=0)
            weight = (row_weight * column_weight)[..., None]
            total += weight * values
            inside += weight
    if fill is not None:
        total += fill * (1.0 - inside)
    return ops.reshape(total, (-1, height, width, channels))


def _map(*rows: Tensor) -> Tensor:
    zero, one = ops.zeros_like(rows[0]), ops.ones_like(rows[0])
    return ops.reshape(ops.stack([*rows, zero, zero, one], axis=-1), (-1, 3, 3))


def _centred(size: int) -> Tensor:
    return ops.arange(size, dtype="float32") - (size - 1) / 2


def _neighbours(place: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    """Returns the two pixels beside a position mirrored into the image, and their weights."""
    period = 2 * max(size - 1, 1)
    place = ops.mod(place, period)
    place = ops.minimum(place, period - place)
    before = ops.floor(place)
    after = ops.minimum(before + 1, size - 1)
    weight = place - before
    return [(ops.cast(before, "int32"), 1.0 - weight), (ops.cast(after, "int32"), weight)]


def _neighbours_inside(place: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    """Returns the two pixels beside a position, and their weights, 0 outside the image."""
    before = ops.floor(place)
    pairs = ((before, 1.0 - (place - before)), (before + 1, place - before))
    neighbours = []
    for pixel, weight in pairs:
        clipped = ops.clip(pixel, 0, size - 1)
        neighbours.append((ops.cast(clipped, "int32"), ops.where(clipped == pixel, weight, 0.0)))
    return neighbours
