"""Layout of several titled pictures in one."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

PAPER = 255
_TITLE = 16  # Height of a title in pixels.


def stacked(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Arranges titled pictures below each other, in one picture."""
    return montage(pictures, columns=1)


def montage(pictures: dict[str, np.ndarray], columns: int) -> np.ndarray:
    """Arranges pictures in rows of `columns`, in one picture; their names are the titles."""
    width = max(picture.shape[1] for picture in pictures.values())
    cells = []
    for name, picture in pictures.items():
        band = Image.new("RGB", (width, _TITLE), (PAPER,) * 3)
        ImageDraw.Draw(band).text((4, 2), name.replace("_", " "), fill=(0, 0, 0))
        padding = ((0, 0), (0, width - picture.shape[1]), (0, 0))
        padded = np.pad(picture, padding, constant_values=PAPER)
        cells.append(np.concatenate([np.asarray(band), padded]))
    rows = []
    for start in range(0, len(cells), columns):
        row = cells[start : start + columns]
        height = max(cell.shape[0] for cell in row)
        row = [
            np.pad(c, ((0, height - c.shape[0]), (0, 0), (0, 0)), constant_values=PAPER)
            for c in row
        ]
        missing = min(columns, len(cells)) - len(row)
        row += [np.full((height, width, 3), PAPER, "uint8")] * missing
        rows.append(np.concatenate(row, axis=1))
    return np.concatenate(rows)
