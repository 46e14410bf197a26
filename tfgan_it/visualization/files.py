"""Pictures and animations as files."""

from __future__ import annotations

import os
import pathlib

import numpy as np
from PIL import Image

from tfgan_it.files import local_path, replacing


def save_picture(picture: np.ndarray, path: str | os.PathLike) -> pathlib.Path:
    """Writes a picture as PNG; creates the folder if needed."""
    path = local_path(path)
    with replacing(path) as partial:
        Image.fromarray(picture).save(partial)
    return path


def save_animation(
    pictures: list[np.ndarray], path: str | os.PathLike, milliseconds: int = 60
) -> pathlib.Path:
    """Writes pictures as a looping animated GIF; creates the folder if needed."""
    path = local_path(path)
    first, *rest = [Image.fromarray(picture) for picture in pictures]
    with replacing(path) as partial:
        first.save(partial, save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return path
