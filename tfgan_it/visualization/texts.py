"""Drawing of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfgan_it.arguments import check_arguments
from tfgan_it.visualization.layout import PAPER

_SIZE, _MARGIN = 16, 8  # Pixels.
_INK, _GREY = (0, 0, 0), (160, 160, 160)
_EMPTY = "(empty)"
_WIDTH = 960  # Pixels of a picture, about: no more columns than fit.


@check_arguments()
def words(texts: Sequence[str], columns: int | None = None) -> np.ndarray:
    """Draws texts in rows, as one uint8 picture `(height, width, 3)`.

    The font is Pillow's own; letters that it lacks are boxes. Of an empty text, `(empty)` is
    drawn in grey.

    Args:
        texts: At least one text.
        columns: Number of texts in a row. If None, about the square root of their number, or fewer
            if they are long.

    Raises:
        ValueError: If there are no texts.

    Example:

    >>> words(["snowman", "umbrella"]).shape[-1]
    3
    """
    if not len(texts):
        raise ValueError("words: got no texts: give some.")
    font = ImageFont.load_default(_SIZE)
    shown = [text or _EMPTY for text in texts]
    longest = max(font.getlength(text) for text in shown)
    width, height = int(longest) + 2 * _MARGIN, _SIZE + _MARGIN
    columns = columns or max(1, min(round(len(texts) ** 0.5), _WIDTH // width))
    rows = -(-len(texts) // columns)
    picture = Image.new("RGB", (columns * width, rows * height), (PAPER,) * 3)
    draw = ImageDraw.Draw(picture)
    for index, text in enumerate(shown):
        place = index % columns * width + _MARGIN, index // columns * height
        draw.text(place, text, fill=_INK if texts[index] else _GREY, font=font)
    return np.asarray(picture)
