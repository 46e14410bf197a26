"""Paths of what moves in a video: straight lines with bounces, and circles."""

from __future__ import annotations

import math

import numpy as np

PATHS = ("line", "circle")
# Distances are in 32nds of the image's side. What moves is a square of 17; its left upper corner
# has room for 15 steps along each axis.
ROOM = 15.0
SPEEDS = (0.5, 1.0, 1.5, 2.0)  # Per frame.
STARTS = (1.5, 5.5, 9.5, 13.5)
DIRECTIONS = 16
# On a circle of this radius, a speed of 1/2 turns the direction by 1/64 of a turn in a frame.
RADIUS = 16 / math.pi
# Positions are rounded to 256ths of the side, so that no machine's sines differ in them.
UNITS = 256

MOTION_NAMES = ("path", "direction", "speed", "start_x", "start_y")
MOTION_SIZES = (len(PATHS), DIRECTIONS, len(SPEEDS), len(STARTS), len(STARTS))


def corners(motion: np.ndarray, frames: int) -> np.ndarray:
    """Returns the left upper corner of the square in each frame.

    With s = (start_x, start_y), heading h = (cos a, -sin a) of the direction a in steps of 22.5
    degrees, length l = speed * t of the way until frame t, and y downwards:

        line    s + l h, reflected at 0 and at 15 along each axis
        circle  c + R (cos b, -sin b), b = a - pi/2 + l / R, R = 16 / pi

    So a circle is run through counter-clockwise, begins in the direction a, and its centre is c =
    7.5 + (s - 7.5) (7.5 - R) / 7.5, for which it fits.

    Args:
        motion: Factors of `MOTION_NAMES`, integers `(n, 5)`.
        frames: Number of frames.

    Returns:
        `(x, y)` in 256ths of the side, int64 `(n, frames, 2)`.

    Example: to the right by 2/32 in each frame, from 13.5/32 to a bounce at 15/32.

    >>> corners(np.array([[0, 0, 3, 3, 0]]), 3)[0].tolist()
    [[108, 12], [116, 12], [100, 12]]
    """
    path, direction, speed, start_x, start_y = motion.T
    start = np.take(STARTS, np.stack([start_x, start_y], axis=1))[:, None]
    angle = (2 * math.pi / DIRECTIONS * direction)[:, None]
    length = np.take(SPEEDS, speed)[:, None] * np.arange(frames)
    straight = start + length[..., None] * _unit_vector(angle)
    line = ROOM - np.abs(straight % (2 * ROOM) - ROOM)
    middle = ROOM / 2
    centre = middle + (start - middle) * (middle - RADIUS) / middle
    circle = centre + RADIUS * _unit_vector(angle - math.pi / 2 + length / RADIUS)
    on_circle = (path == PATHS.index("circle"))[:, None, None]
    return np.rint(np.where(on_circle, circle, line) * (UNITS // 32)).astype("int64")


def _unit_vector(angle: np.ndarray) -> np.ndarray:
    """Returns `(right, down)` of angles that run counter-clockwise."""
    return np.stack([np.cos(angle), -np.sin(angle)], axis=-1)
