"""Pictures and animations as files."""

from __future__ import annotations

import os
import pathlib

import numpy as np
from PIL import Image

from tfgan_it.files import local_path, replacing


def save_picture(picture: np.ndarray, path: str | os.PathLike) -> pathlib.Path:
    """Writes a picture as PNG; creates the folder if needed.

    Args:
        picture: uint8 `(height, width)` or `(height, width, channels)` with 3 or 4 channels, such
            as `grid` draws of samples.
        path: Path of the file.

    Raises:
        ValueError: If it is not such a picture.
    """
    path, image = local_path(path), _image(picture)
    with replacing(path) as partial:
        image.save(partial)
    return path


def save_animation(
    pictures: list[np.ndarray], path: str | os.PathLike, milliseconds: int = 60
) -> pathlib.Path:
    """Writes pictures as a looping animated GIF; creates the folder if needed.

    Args:
        pictures: Pictures, each as for `save_picture`; at least one.
        path: Path of the file.
        milliseconds: How long each is shown.

    Raises:
        ValueError: If there is none, or one is not a picture.
    """
    path = local_path(path)
    if len(pictures) == 0:
        raise ValueError("save_animation takes at least one picture, got none.")
    first, *rest = [_image(picture) for picture in pictures]
    with replacing(path) as partial:
        first.save(partial, save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return path


def _image(picture: np.ndarray) -> Image.Image:
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or not (
        picture.ndim == 2 or (picture.ndim == 3 and picture.shape[-1] in (3, 4))
    ):
        raise ValueError(
            "A picture is uint8 (height, width) or (height, width, 3), got "
            f"{picture.dtype} {picture.shape}: visualization.grid(samples) draws one of samples."
        )
    return Image.fromarray(picture)
