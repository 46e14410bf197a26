"""Layout of several titled pictures in one."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PAPER = 255
# Size of the letters of a title in pixels: readable also where a wide picture is shown smaller.
_SMALLEST, _SHARE_OF_WIDTH = 12, 36


def stacked(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Arranges titled pictures below each other, in one picture."""
    return montage(pictures, columns=1)


def montage(pictures: dict[str, np.ndarray], columns: int) -> np.ndarray:
    """Arranges pictures in rows of `columns`, in one picture; their names are the titles."""
    width = max(picture.shape[1] for picture in pictures.values())
    size = max(_SMALLEST, width // _SHARE_OF_WIDTH)
    font = ImageFont.load_default(size)  # Pillow's own TrueType font, if it has FreeType.
    cells = []
    for name, picture in pictures.items():
        band = Image.new("RGB", (width, size + size // 3), (PAPER,) * 3)
        text = name.replace("_", " ")
        ImageDraw.Draw(band).text((4, size // 6), text, fill=(0, 0, 0), font=font)
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
