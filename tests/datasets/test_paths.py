"""Paths against their geometry, step by step."""

import math

import numpy as np
import pytest

from tfgan_it.datasets.paths import MOTION_SIZES, corners

EVERY = np.stack(np.indices(MOTION_SIZES), -1).reshape(-1, 5)
LINES, CIRCLES = EVERY[EVERY[:, 0] == 0], EVERY[EVERY[:, 0] == 1]


def walked(start, heading, step, frames):
    """A ball between two walls, moved in a thousand small steps a frame."""
    place, places = np.array(start, "float64"), []
    heading = np.array(heading, "float64")
    for _ in range(frames):
        places.append(place.copy())
        for _ in range(1_000):
            place += heading * step / 1_000
            for axis in (0, 1):
                if place[axis] < 0 or place[axis] > 15:
                    heading[axis] *= -1
                    place[axis] = -place[axis] if place[axis] < 0 else 30 - place[axis]
    return np.array(places)


@pytest.mark.parametrize(
    "motion", [(0, 0, 3, 3, 1), (0, 6, 2, 1, 0), (0, 10, 1, 0, 3), (0, 13, 3, 2, 2)]
)
def test_a_line_bounces_as_a_ball_does(motion):
    _, direction, speed, x, y = motion
    start = (1.5 + 4 * x, 1.5 + 4 * y)
    angle = math.radians(22.5 * direction)
    expected = walked(start, (math.cos(angle), -math.sin(angle)), 0.5 * (speed + 1), 24)
    found = corners(np.array([motion]), 24)[0] / 8
    np.testing.assert_allclose(found, expected, atol=1 / 16 + 1e-6)
    assert np.any(np.diff(np.sign(np.diff(found, axis=0)), axis=0), axis=0).any()  # It bounced.


def test_nothing_leaves_its_room():
    places = corners(EVERY, 40)
    assert places.min() >= 0 and places.max() <= 15 * 8


def test_the_first_step_has_direction_and_length():
    for part in (LINES, CIRCLES):
        part = part[(part[:, 2] == 0)]
        step = np.diff(corners(part, 2), axis=1)[:, 0] / 8
        # An eighth of the radius's arc turns by less than the rounding.
        assert np.hypot(*step.T) == pytest.approx(np.full(len(part), 0.5), abs=0.13)
    right = corners(np.array([[0, 0, 3, 0, 0], [0, 4, 3, 0, 3]]), 2)
    assert np.diff(right, axis=1)[:, 0].tolist() == [[16, 0], [0, -16]]  # Right, and up.


@pytest.mark.parametrize("speed", range(4))
def test_a_circle_is_one(speed):
    motion = CIRCLES[CIRCLES[:, 2] == speed]
    turn = 64 // (speed + 1)  # Frames of a turn, or a little more.
    places = corners(motion, turn + 1) / 8
    centre = 7.5 + (np.array([1.5, 5.5, 9.5, 13.5])[motion[:, 3:]] - 7.5) * (1 - 16 / math.pi / 7.5)
    spokes = places - centre[:, None]
    radius = np.hypot(*np.moveaxis(spokes, -1, 0))
    np.testing.assert_allclose(radius, 16 / math.pi, atol=0.09)
    # Counter-clockwise, with y downwards, by speed / radius in each frame.
    angle = np.unwrap(np.arctan2(-spokes[..., 1], spokes[..., 0]), axis=1)
    expected = 0.5 * (speed + 1) / (16 / math.pi) * np.arange(turn + 1)
    np.testing.assert_allclose(angle - angle[:, :1], np.tile(expected, (len(motion), 1)), atol=0.04)
    heading = (angle[:, 0] + math.pi / 2) / (2 * math.pi / 16) % 16
    difference = (heading - motion[:, 1] + 8) % 16 - 8
    assert np.abs(difference).max() < 0.06


def test_no_two_motions_are_one():
    for frames in (8, 16):
        rows = corners(EVERY, frames).reshape(len(EVERY), -1)
        assert len(np.unique(rows, axis=0)) == len(EVERY)


def test_no_place_is_so_near_to_a_tie_that_sines_decide_it():
    path, direction, speed, x, y = EVERY.T
    angle, way = direction * math.pi / 8, np.arange(64)[:, None] * 0.5 * (speed + 1)
    start = 1.5 + 4 * np.stack([x, y])
    line = start[:, None] + way * np.stack([np.cos(angle), -np.sin(angle)])[:, None]
    radius = 16 / math.pi
    turned = angle - math.pi / 2 + way / radius
    centre = 7.5 + (start - 7.5) * (7.5 - radius) / 7.5
    circle = centre[:, None] + radius * np.stack([np.cos(turned), -np.sin(turned)])
    distance = np.abs(np.where(path, circle, line) * 8 % 1 - 0.5)
    assert distance.min() > 1e-9
