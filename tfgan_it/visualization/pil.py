"""Images as Pillow's objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from tfgan_it.datasets.images import ValueRange, check_value_range, to_uint8

_CHANNELS = {1: "grey", 3: "RGB", 4: "RGBA"}


def check_pil_shape(shape: Any) -> None:
    """Refuses the shape of a sample that is not an image; of a dict, each of its parts.

    Raises:
        ValueError: If it is not `(height, width, channels)` with 1, 3 or 4 channels.
    """
    if isinstance(shape, Mapping):
        for part in shape.values():
            check_pil_shape(part)
    elif len(shape) != 3 or shape[-1] not in _CHANNELS or 0 in shape:
        channels = ", ".join(f"{count} ({name})" for count, name in _CHANNELS.items())
        hint = "one image is images[None]" if len(shape) == 2 else "visualization.grid draws others"
        raise ValueError(
            f"Only images (height, width, channels) with {channels} channels become Pillow's, got "
            f"samples {tuple(shape)}: {hint}."
        )


def to_pil(images: Any, *, value_range: ValueRange | None = (-1.0, 1.0)) -> Any:
    """Converts images to `PIL.Image.Image` objects of the same size.

    Args:
        images: Images `(n, height, width, channels)` with 1 (grey), 3 (RGB) or 4 (RGBA) channels,
            uint8 or floats in `value_range`; or a dict of these.
        value_range: Values of black and white in floats; None for (-1, 1). Others are clipped.

    Returns:
        A list of n images of mode `L`, `RGB` or `RGBA`; of a dict, a dict of lists.

    Raises:
        ValueError: If these are not images, or a value is not finite.

    Example:

    >>> black, white = to_pil([[[[-1.0]]], [[[1.0]]]])
    >>> black.mode, black.size, white.getpixel((0, 0))
    ('L', (1, 1), 255)
    """
    if isinstance(images, Mapping):
        return {name: to_pil(part, value_range=value_range) for name, part in images.items()}
    check_pil_shape(np.shape(images)[1:])
    pixels = to_uint8(images, value_range=check_value_range(value_range))
    return [Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image) for image in pixels]
