"""Quantities with their intervals, each on an axis of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfgan_it.visualization.layout import PAPER

_INK, _GREY, _PALE = (30, 30, 30), (120, 120, 120), (215, 215, 215)
_COLOURS = ((30, 70, 190), (200, 110, 20))
_LABEL, _AXIS, _NUMBERS, _ROW, _HEAD = 230, 330, 240, 40, 34  # Pixels.

Interval = tuple[float, float, float]


def interval_rows(
    rows: Mapping[str, Sequence[Interval | None]],
    sides: Sequence[str],
    bounds: Mapping[str, float] | None = None,
) -> np.ndarray:
    """Draws a line for each quantity: the intervals of its sides, a mark at 0 and at its bound.

    Quantities have axes of their own, as their sizes differ by orders: lengths are compared within
    a line, not between lines. Intervals that are not finite are left out.

    Args:
        rows: By the name of a quantity, (low, value, high) of each side, or None.
        sides: Names of the sides, at most two.
        bounds: What quantities cannot exceed, by their names.

    Returns:
        uint8 picture `(height, width, 3)`.

    Raises:
        ValueError: If there are no rows, or more than two sides.

    Example:

    >>> interval_rows({"js": [(0.1, 0.2, 0.3), (-0.1, 0.0, 0.1)]}, ("generated", "real")).shape
    (74, 800, 3)
    """
    if not rows or not 1 <= len(sides) <= len(_COLOURS):
        raise ValueError(
            f"interval_rows: give rows and one or two sides, got {len(rows)} and {len(sides)}."
        )
    picture = Image.new("RGB", (_LABEL + _AXIS + _NUMBERS, _HEAD + _ROW * len(rows)), (PAPER,) * 3)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    draw.text((8, 8), "nats", fill=_GREY, font=font)
    x = float(_LABEL)
    for side, colour in zip(sides, _COLOURS, strict=False):
        draw.ellipse([x, 12, x + 8, 20], fill=colour)
        draw.text((x + 14, 8), side, fill=_INK, font=font)
        x += 34 + draw.textlength(side, font)
    draw.text((x, 8), "grey line: 0", fill=_GREY, font=font)
    for index, (name, intervals) in enumerate(rows.items()):
        top = _HEAD + index * _ROW
        draw.text((8, top + _ROW // 2), name, fill=_INK, font=font, anchor="lm")
        _line(draw, font, top, intervals, (bounds or {}).get(name))
    return np.asarray(picture)


def _line(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    top: int,
    intervals: Sequence[Interval | None],
    bound: float | None,
) -> None:
    finite = [each for each in intervals if each and all(map(math.isfinite, each))]
    values = [0.0, *(x for each in finite for x in each), *([] if bound is None else [bound])]
    low, high = min(values), max(values)
    span = max(high - low, 1e-9)

    def pixel(value: float) -> float:
        return _LABEL + 10 + (value - low) / span * (_AXIS - 20)

    middle = top + _ROW // 2
    draw.line([_LABEL, middle, _LABEL + _AXIS, middle], fill=_PALE)
    draw.line([pixel(0), top + 6, pixel(0), top + _ROW - 6], fill=_PALE, width=2)
    if bound is not None:
        draw.line([pixel(bound), top + 6, pixel(bound), top + _ROW - 6], fill=_INK, width=2)
    text_x = float(_LABEL + _AXIS + 10)
    for side, (each, colour) in enumerate(zip(intervals, _COLOURS, strict=False)):
        if each is None:
            continue
        text = f"{each[1]:.3f}".replace("-0.000", "0.000")
        if each in finite:
            y = middle - 6 + 12 * side
            draw.line([pixel(each[0]), y, pixel(each[2]), y], fill=colour, width=3)
            draw.ellipse([pixel(each[1]) - 4, y - 4, pixel(each[1]) + 4, y + 4], fill=colour)
        draw.text((text_x + 62 * side, middle), text, fill=colour, font=font, anchor="lm")
    if bound is not None:
        draw.text((text_x + 124, middle), f"at most {bound:.3f}", fill=_INK, font=font, anchor="lm")
