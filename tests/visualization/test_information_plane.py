"""The picture of an information plane."""

import math

import numpy as np
import pytest

from tfgan_it.visualization import information_plane

BLUE = (30, 70, 190)


def centres(picture):
    """The mean position of the blue pixels, from the left and from the bottom."""
    rows, columns = np.nonzero((picture == BLUE).all(axis=-1))
    return columns.mean() / picture.shape[1], 1 - rows.mean() / picture.shape[0]


def test_a_point_stands_where_its_numbers_are():
    entropy = math.log(10)
    points = [(0.0, 0.0), (math.log(2), 0.0), (0.0, entropy), (math.log(2), entropy)]
    found = [centres(information_plane([x], [y], entropy)) for x, y in points]
    (left, low), (right, other_low), (other_left, high), (other_right, other_high) = found
    assert left == other_left and right == other_right and low == other_low and high == other_high
    assert left < 0.25 and right > 0.85 and low < 0.25 and high > 0.8
    middle = centres(information_plane([math.log(2) / 2], [entropy / 2], entropy))
    np.testing.assert_allclose(middle, [(left + right) / 2, (low + high) / 2], atol=0.01)


def test_the_last_point_is_largest():
    first = information_plane([0.1, 0.6], [0.1, 2.0])
    columns = np.nonzero((first == BLUE).all(axis=-1))[1]
    assert (columns > 180).sum() > 2 * (columns < 180).sum() > 0


def test_points_that_are_not_finite_are_left_out():
    shown = information_plane([0.1, math.nan, 0.5], [0.2, 1.0, 0.3])
    np.testing.assert_array_equal(shown, information_plane([0.1, 0.5], [0.2, 0.3]))


@pytest.mark.parametrize(
    ("x", "y", "line"), [([0.1], [], "1 divergences for 0"), ([math.nan], [1.0], "no point")]
)
def test_mistakes(x, y, line):
    with pytest.raises(ValueError, match=line):
        information_plane(x, y)
