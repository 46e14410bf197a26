"""What a server answered, as files: images as PNG, everything as arrays."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from tfgan_it.files import check_folder, naming, partial_folder, replacing

from .examples import Range

_PNG = b"\x89PNG\r\n\x1a\n"


def write_answers(
    outputs: Mapping[str, np.ndarray],
    names: Sequence[str],
    folder: pathlib.Path,
    value_range: Range = (-1.0, 1.0),
) -> list[pathlib.Path]:
    """Writes `OUTPUT-NAME.png` for each image of each output, and all outputs as `outputs.npz`.

    Args:
        outputs: Arrays by name; images are `(n, height, width, channels)` of 1, 3 or 4 channels,
            uint8 or floats, or strings that are PNG files.
        names: Name of each example, such as its seed.
        folder: Where to write.
        value_range: Black and white of floats; others are clipped.

    Returns:
        What was written.
    """
    check_folder(folder)
    written = []
    with naming(folder), partial_folder(folder) as partial_pictures:
        for output, array in outputs.items():
            for name, content in zip(names, _pictures(array, value_range), strict=False):
                path = folder / f"{output.removesuffix('_bytes')}-{name}.png"
                partial = partial_pictures / path.name
                if isinstance(content, bytes):
                    partial.write_bytes(content)
                else:
                    Image.fromarray(content).save(partial)
                partial.replace(path)
                written.append(path)
    with replacing(folder / "outputs.npz") as partial, partial.open("wb") as file:
        numbers: dict[str, Any] = {k: x for k, x in outputs.items() if x.dtype.kind != "O"}
        np.savez(file, **numbers)
    return [*written, folder / "outputs.npz"]


def _pictures(array: np.ndarray, value_range: Range) -> list[Any]:
    """Returns the pictures in an output, arrays or contents of PNG files; none if it has none."""
    if array.dtype.kind == "O":
        return list(array) if array.ndim == 1 and all(x.startswith(_PNG) for x in array) else []
    if array.ndim != 4 or array.shape[-1] not in (1, 3, 4) or not array.size:
        return []
    if array.dtype != np.uint8:
        low, high = value_range
        share = np.nan_to_num((array - low) / (high - low), posinf=1.0, neginf=0.0)
        array = np.round(np.clip(share, 0.0, 1.0) * 255.0).astype(np.uint8)
    return list(array[..., 0] if array.shape[-1] == 1 else array)
