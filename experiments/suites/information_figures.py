"""Common parts of the claims about information: their structure, colours and records."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREY, BLACK, GREEN, RED = (
    "#1e46be",
    "#f5a03c",
    "#888888",
    "#000000",
    "#2f8f5b",
    "#b3302c",
)
Found = dict[str, Any]


class Claim(NamedTuple):
    """A claim about information, its measurement and its picture.

    Attributes:
        says: The claim in words.
        measure: Function from (quick, seed) to the result, as JSON: `protocol`, `numbers` by name,
            `curves`, and `holds`, whether each part of the claim holds.
        draw: Function that draws the result into an empty figure.
        size: Size of the figure in inches.
    """

    says: str
    measure: Callable[[bool, int], Found]
    draw: Callable[[Found, Figure], None]
    size: tuple[float, float] = (5.6, 3.8)


def recorded(value: Any, digits: int = 5) -> Any:
    """Converts nested arrays and numbers to JSON with `digits` decimals; None if not finite.

    Example:

    >>> recorded({"a": np.array([1 / 3, np.nan])})
    {'a': [0.33333, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): recorded(each, digits) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [recorded(each, digits) for each in value]
    if value is None or isinstance(value, (bool, np.bool_)):
        return value if value is None else bool(value)
    if isinstance(value, (int, str, np.integer)):
        return value if isinstance(value, str) else int(value)
    return round(float(value), digits) if math.isfinite(value) else None


def line(
    axes: Axes, x: Any, y: Any, label: str, color: str, style: str = "-", **kwargs: Any
) -> None:
    """Draws a labelled line; None leaves a gap."""
    x, y = np.array(x, "float64"), np.array(y, "float64")
    axes.plot(x, y, style, label=label, color=color, **{"linewidth": 1.6, **kwargs})


def finished(axes: Axes, x: str, y: str = "nats", title: str = "", legend: Any = "best") -> None:
    """Adds labels, grid and legend."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.3)
    if legend:
        axes.legend(fontsize=8, loc=legend)
