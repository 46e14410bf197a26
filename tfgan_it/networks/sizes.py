"""Checks of image shapes, and the number of stages for an image size."""

from __future__ import annotations

from collections.abc import Sequence

from tfgan_it.checks import check_sizes, shown


def checked_image_shape(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """Returns (height, width, channels), with height and width divisible by 4.

    Raises:
        ValueError: If the shape differs; the message names the nearest that fits.
    """
    try:
        shape = check_sizes("", "image_shape", image_shape)
    except ValueError:
        shape = ()
    if len(shape) != 3:
        raise ValueError(
            f"Images must have a shape (height, width, channels), got {shown(image_shape)}."
        )
    height, width, channels = shape
    if height % 4 or width % 4:
        nearest = (max(4, 4 * round(height / 4)), max(4, 4 * round(width / 4)), channels)
        raise ValueError(
            f"Images {shape}: height and width must be divisible by 4 (nearest: {nearest})."
        )
    return shape


def halvings(image_shape: Sequence[int], smallest: int) -> int:
    """Returns how often to halve an image: at least twice, then while both sides >= `smallest`.

    Example:

    >>> halvings((28, 28, 1), 4), halvings((64, 64, 3), 4), halvings((8, 8, 1), 4)
    (2, 4, 2)
    """
    height, width, _ = checked_image_shape(image_shape)
    stages = 2
    while (
        height % 2 ** (stages + 1) == 0
        and width % 2 ** (stages + 1) == 0
        and min(height, width) // 2 ** (stages + 1) >= smallest
    ):
        stages += 1
    return stages
