"""Pictures and animations as files."""

from __future__ import annotations

import os
import pathlib

import numpy as np
from PIL import Image


def save_picture(picture: np.ndarray, path: str | os.PathLike) -> pathlib.Path:
    """Writes a picture as PNG; creates the folder if needed."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return path


def save_animation(
    pictures: list[np.ndarray], path: str | os.PathLike, milliseconds: int = 60
) -> pathlib.Path:
    """Writes pictures as a looping animated GIF; creates the folder if needed."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = [Image.fromarray(picture) for picture in pictures]
    first.save(path, save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return path
