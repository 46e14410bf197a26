"""The information plane of a run: information against divergence, at each measurement."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfgan_it.visualization.layout import PAPER

_INK, _GREY, _BLUE = (30, 30, 30), (150, 150, 150), (30, 70, 190)
_MARGIN, _TOP = 44, 24  # Pixels: of the numbers beside the axes, and of the title.


def information_plane(
    divergence: Sequence[float],
    information: Sequence[float],
    entropy: float | None = None,
    side: int = 360,
) -> np.ndarray:
    """Draws information against JS divergence, joined in their order; the last point is largest.

    Args:
        divergence: Lower bounds of the JS divergence in nats, `(n,)`, n >= 1.
        information: Information of a code in nats, `(n,)`.
        entropy: What the information cannot exceed, drawn as a line; None for no line.
        side: Width and height in pixels.

    Returns:
        uint8 picture `(side, side, 3)`, with lines at ln 2 and at the entropy. Points that are not
        finite are left out.

    Raises:
        ValueError: If the lengths differ, or there is no finite point.

    Example:

    >>> information_plane([0.6, 0.2], [0.1, 2.2], entropy=math.log(10)).shape
    (360, 360, 3)
    """
    if len(divergence) != len(information):
        raise ValueError(
            f"information_plane: {len(divergence)} divergences for {len(information)} values of "
            "information."
        )
    points = np.stack([np.asarray(divergence, "float64"), np.asarray(information, "float64")], 1)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ValueError("information_plane: no point is finite.")
    right, top = math.log(2), entropy or 0.0
    low = np.minimum(points.min(axis=0), 0.0)
    high = np.maximum(points.max(axis=0), [right, top])
    span = np.maximum(high - low, 1e-6)
    low, span = low - 0.05 * span, 1.1 * span
    length = side - _MARGIN - _TOP

    def pixel(x: float, y: float) -> tuple[float, float]:
        across, up = (np.array([x, y]) - low) / span
        return _MARGIN + across * length, _TOP + (1 - up) * length

    picture = Image.new("RGB", (side, side), (PAPER,) * 3)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    end = low + span
    draw.rectangle([*pixel(low[0], end[1]), *pixel(end[0], low[1])], outline=_GREY)
    for x, text in ((0.0, "0"), (right, "ln 2")):
        draw.line([pixel(x, low[1]), pixel(x, end[1])], fill=_GREY)
        draw.text((pixel(x, 0)[0], side - _MARGIN + 4), text, fill=_INK, font=font, anchor="mt")
    for y, text in ((0.0, "0"), *(((top, f"{top:.2f}"),) if top else ())):
        draw.line([pixel(low[0], y), pixel(end[0], y)], fill=_GREY)
        draw.text((_MARGIN - 6, pixel(0, y)[1]), text, fill=_INK, font=font, anchor="rm")
    draw.text((side // 2, side - 6), "JS at least, nats", fill=_INK, font=font, anchor="mb")
    draw.text((6, 6), "I(c; x) at least, nats", fill=_INK, font=font, anchor="lt")
    path = [pixel(*point) for point in points]
    draw.line(path, fill=_GREY, width=2)
    for number, (x, y) in enumerate(path):
        radius = 6 if number == len(path) - 1 else 3
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=_BLUE)
    return np.asarray(picture)
