"""Intervals of quantities: where they are drawn."""

import math

import numpy as np
import pytest

from tfgan_it.visualization import interval_rows

BLUE, ORANGE, INK = (30, 70, 190), (200, 110, 20), (30, 30, 30)
AXIS = slice(230, 560)


def columns_of(picture, colour):
    """Columns of the axis with a pixel of the colour, first and last."""
    found = np.flatnonzero((picture[34:, AXIS] == colour).all(axis=-1).any(axis=0))
    return (int(found[0]), int(found[-1])) if len(found) else None


def test_intervals_are_drawn_to_the_scale_of_their_row():
    rows = {"js": [(0.2, 0.3, 0.4), (0.0, 0.05, 0.1)]}
    picture = interval_rows(rows, ("generated", "real"), {"js": 1.0})
    assert picture.dtype == np.uint8 and picture.shape == (74, 800, 3)
    pixels = {0.0: 10, 1.0: 320}  # Of 330.
    low, high = columns_of(picture, BLUE)
    assert low == pytest.approx(10 + 310 * 0.2, abs=3) and high == pytest.approx(
        10 + 310 * 0.4, abs=3
    )
    low, high = columns_of(picture, ORANGE)
    assert low == pytest.approx(pixels[0.0], abs=4) and high == pytest.approx(10 + 31, abs=4)
    assert columns_of(picture, INK)[0] == pytest.approx(pixels[1.0], abs=3)


def test_what_is_missing_or_not_finite_is_left_out():
    rows = {"kl": [(0.1, math.inf, math.inf), None]}
    picture = interval_rows(rows, ("generated", "real"))
    assert columns_of(picture, BLUE) is None and columns_of(picture, ORANGE) is None


@pytest.mark.parametrize("rows, sides", [({}, ("a",)), ({"js": []}, ()), ({"js": []}, "abc")])
def test_nothing_to_draw(rows, sides):
    with pytest.raises(ValueError, match=r"^interval_rows: give rows and one or two sides, got \d"):
        interval_rows(rows, sides)
