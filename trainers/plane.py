"""Which information a run's information plane shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_KINDS = ("information_nats", "label_information_nats")


def plane_quantity(
    measurements: Sequence[Mapping[str, Any]], bounds: Mapping[str, float]
) -> str | None:
    """Returns the name of a measured information, if possible of one that is bounded; or None.

    Args:
        measurements: Records that measure the test split.
        bounds: Upper bounds in nats by the names of quantities.
    """
    last = measurements[-1]["test"] if measurements else {}
    names = [name for name in last if name.startswith(_KINDS)]
    return next((name for name in names if name in bounds), names[0] if names else None)


def plane_points(
    measurements: Sequence[Mapping[str, Any]], name: str
) -> list[tuple[int, float, float]]:
    """Returns step, JS divergence and an information of each measurement that has both."""
    tests = [(record["step"], record["test"]) for record in measurements]
    points = [(step, test.get("js_nats"), test.get(name)) for step, test in tests]
    return [
        (step, x, y)
        for step, x, y in points
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    ]
