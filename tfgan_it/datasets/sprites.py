"""White figures on black, each a function of five known factors, to measure disentanglement."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfgan_it.datasets.factors import KnownFactors, pasted
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.splits import split_dataset

SIZES = (32, 64)
# In 32nds of the image's side: the circumscribed circle of a figure, and the square in which it is
# drawn. Positions are one 32nd apart: 15 steps and one square are the whole side.
_RADII = (4.8, 6.0, 7.2, 8.4)
_SQUARE = 17
_SAMPLES = 8  # Points of a pixel along each axis.


class Sprites(KnownFactors):
    """Every combination of shape, scale, orientation, x and y: 3 * 4 * 16 * 16 * 16 = 49,152.

    The set is defined by this library. It is not dSprites (Matthey et al., 2017), which has other
    shapes, sizes and ranges: scores on this set cannot be compared with scores on another.

    Factors are integers from 0, `(n, 5)`, in the order of `factor_names`:

        shape        0 triangle, 1 half disc, 2 heart
        scale        radius of the circumscribed circle, .150, .1875, .225 or .2625 sides
        orientation  counter-clockwise rotation of the upright figure in steps of 22.5 degrees
        x            from left to right, y from top to bottom, in steps of 1/32 of the side

    The position is that of the centre of mass. No shape has a rotational symmetry, so the 16
    orientations are different images: at 0, the triangle's sharp corner, the half disc's arc and
    the heart's notch point up. Orientation is circular, 15 is next to 0: a single continuous code
    can represent it only with a jump.

    A pixel is the share of its 8x8 points that lie in the figure, as uint8. It is computed by +, -,
    *, / and square roots only, which IEEE 754 rounds exactly: the bits are the same on every
    machine. Images are drawn on demand; only the figures are cached.

    Args:
        image_size: Side of the images in pixels, 32 or 64.

    Raises:
        ValueError: If `image_size` is another size.

    Example:

    >>> sprites = Sprites()
    >>> len(sprites), dict(zip(sprites.factor_names, sprites.factor_sizes))
    (49152, {'shape': 3, 'scale': 4, 'orientation': 16, 'x': 16, 'y': 16})
    >>> factors = sprites.factors_of([0, 20000])
    >>> factors.tolist(), sprites.index_of(factors).tolist()
    ([[0, 0, 0, 0, 0], [1, 0, 14, 2, 0]], [0, 20000])
    >>> sprites.images_at(factors).shape
    (2, 32, 32, 1)
    """

    factor_names = ("shape", "scale", "orientation", "x", "y")
    factor_sizes = (3, 4, 16, 16, 16)
    categorical_factors: Sequence[int] = (0,)
    shape_names = ("triangle", "half_disc", "heart")

    def __init__(self, image_size: int = 32) -> None:
        if image_size not in SIZES:
            raise ValueError(f"Sprites: image_size must be 32 or 64, got {image_size!r}.")
        self.image_size = int(image_size)

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        """`(image_size, image_size, 1)`."""
        return (self.image_size, self.image_size, 1)

    def __repr__(self) -> str:
        return f"Sprites(image_size={self.image_size})"

    def images_at(self, factors: Any) -> np.ndarray:
        """Draws the images of factors `(n, 5)`, uint8 `(n, image_size, image_size, 1)`.

        Raises:
            ValueError: as for `index_of`.
        """
        shape, scale, orientation, x, y = self.checked_factors(factors).T
        which = np.ravel_multi_index((shape, scale, orientation), self.factor_sizes[:3])
        step = self.image_size // 32
        return pasted(figures(self.image_size), which, step * x, step * y, self.image_size)


def sprites(image_size: int = 32) -> ImageDataset:
    """Returns all images of `Sprites`, 44,236 for training and 4,916 for testing.

    The labels are the shapes. One image in ten is held out, by `hold_out(49152, shapes, every=10)`.
    The data set does not have the other factors; see `Sprites` for them.

    Args:
        image_size: 32 or 64.

    Example:

    >>> sprites()
    ImageDataset('sprites', 44236 train + 4916 test images of 32x32x1, 3 classes)
    """
    every = Sprites(image_size)
    factors = every.factors_of(np.arange(len(every)))
    images = every.images_at(factors)
    return split_dataset("sprites", images, factors[:, 0], every.shape_names, every=10)


@functools.lru_cache(maxsize=len(SIZES))
def figures(image_size: int) -> np.ndarray:
    """Draws each figure of `Sprites`, uint8 `(shapes * scales * orientations, square, square)`.

    The square has 17/32 of the image's side; the centre of mass is in its middle.
    """
    side = _SQUARE * image_size // 32
    grid = (np.arange(side * _SAMPLES) + 0.5) / (_SAMPLES * image_size // 32) - _SQUARE / 2
    right, up = grid[None, :], -grid[:, None]
    shapes, scales, orientations = Sprites.factor_sizes[:3]
    drawn = np.zeros((shapes, scales, orientations, side, side), "uint8")
    for orientation, (cosine, sine) in enumerate(_directions()):
        # Coordinates of the points in the frame of the upright figure.
        along, above = cosine * right + sine * up, cosine * up - sine * right
        for scale, radius in enumerate(_RADII):
            for shape, name in enumerate(Sprites.shape_names):
                inside = _SHAPES[name](along / radius, above / radius)
                points = inside.reshape(side, _SAMPLES, side, _SAMPLES).sum(axis=(1, 3))
                drawn[shape, scale, orientation] = np.rint(points * (255 / _SAMPLES**2))
    drawn.setflags(write=False)
    return drawn.reshape(-1, side, side)


def _directions() -> list[tuple[float, float]]:
    """Returns cosine and sine of the 16 orientations, by square roots only."""
    half = math.sqrt(0.5)
    quarter = [1.0, math.sqrt((1 + half) / 2), half, math.sqrt((1 - half) / 2)]
    cosines = [*quarter, 0.0, *(-c for c in quarter[:0:-1])]
    cosines += [-c for c in cosines]
    return [(cosines[k], cosines[k - 4]) for k in range(16)]


# The upright figures: whether a point (u to the right, v up) is inside. The centre of mass is at 0
# and the farthest point at a distance of 1.


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Corners at (0, 1) and (+-1/2, -1/2)."""
    return (v >= -0.5) & (3 * np.abs(u) <= 1 - v)


def _half_disc(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A half disc of radius r, whose centre of mass is 4 r / (3 pi) above its flat side."""
    height = 4 / (3 * math.pi)
    radius = 1 / math.sqrt(1 + height**2)
    v = v + height * radius
    return (v >= 0) & (u * u + v * v <= radius**2)


def _heart(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A square |u| + |v| <= s on its corner, and a disc over each of its upper sides.

    The area of the square is 2 s^2, that of both half discs outside of it pi / 2 s^2, with a centre
    of mass at a height of (1/2 + 2 / (3 pi)) s.
    """
    height = (math.pi / 4 + 1 / 3) / (2 + math.pi / 2)
    s = 1 / (1 + height)
    v = v + height * s
    u = np.abs(u)
    disc = (u - s / 2) * (u - s / 2) + (v - s / 2) * (v - s / 2) <= s * s / 2
    return (u + np.abs(v) <= s) | disc


_SHAPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "triangle": _triangle,
    "half_disc": _half_disc,
    "heart": _heart,
}
