"""White figures on black, each a function of five known factors: to measure disentanglement."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfgan_it.datasets.images import ImageDataset
from tfgan_it.datasets.splits import split_dataset

SIZES = (32, 64)
# In 32nds of the image's side: the circle that holds a figure, the square that it is drawn in, and
# the step from one position to the next. 15 steps and one square are the whole side.
_RADII = (4.8, 6.0, 7.2, 8.4)
_SQUARE = 17
_SAMPLES = 8  # Of each pixel, along either axis.
_CHUNK = 4096  # Images placed at a time.


class Sprites:
    """Every combination of shape, scale, orientation, x and y: 3 * 4 * 16 * 16 * 16 = 49,152.

    This is a set of this library. It is not dSprites (Matthey et al., 2017), whose shapes, sizes
    and ranges are others: what is measured here can be compared with what is measured here alone.

    Factors are integers from 0, `(n, 5)`, in the order of `factor_names`:

        shape        0 triangle, 1 half disc, 2 heart
        scale        the circle around the figure has a radius of .150, .1875, .225 or .2625 sides
        orientation  turns of 22.5 degrees, counter-clockwise, from the upright figure
        x            from left to right, y from top to bottom, in steps of 1/32 of the side

    The centre of mass is at the position, whatever the shape. No shape looks the same after a part
    of a whole turn, so that each of the 16 orientations is another image: where it is 0, the
    triangle's sharp corner, the half disc's arc and the heart's notch point up. Orientation is a
    circle, 15 lies beside 0: a code of one continuous column can follow it but for a jump.

    A pixel is the share of its 8x8 points that lie in the figure, as uint8. Only +, -, *, / and
    square roots go into it, which IEEE 754 rounds exactly: the bits are the same each time, and on
    each machine. Images are made when they are asked for; what is kept is each figure once.

    Args:
        image_size: 32 or 64, the side in pixels.

    Raises:
        ValueError: another size.

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
    # Those of no order.
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

    def __len__(self) -> int:
        return math.prod(self.factor_sizes)

    def __repr__(self) -> str:
        return f"Sprites(image_size={self.image_size})"

    def factors_of(self, indices: Any) -> np.ndarray:
        """Factors int64 `(n, 5)` of the images of these numbers, integers `(n,)`.

        Raises:
            ValueError: a number that no image has.
        """
        indices = _integers(indices, "indices")
        if indices.ndim != 1 or ((indices < 0) | (indices >= len(self))).any():
            raise ValueError(
                f"Sprites: indices must be (n,), from 0 to {len(self) - 1}, got {_told(indices)}."
            )
        return np.stack(np.unravel_index(indices, self.factor_sizes), axis=1).astype("int64")

    def index_of(self, factors: Any) -> np.ndarray:
        """The number, int64 `(n,)`, of each image: the inverse of `factors_of`.

        Raises:
            ValueError: factors that are not `(n, 5)`, or outside of their range.
        """
        return np.ravel_multi_index(tuple(self._checked(factors).T), self.factor_sizes)

    def sample_factors(self, n: int, seed: int | np.random.Generator = 0) -> np.ndarray:
        """`n` rows of factors, int64 `(n, 5)`, each factor uniform and independent of the others.

        Args:
            n: Rows.
            seed: Seed of the draws, or a NumPy generator to draw them with.
        """
        random = np.random.default_rng(seed)
        return random.integers(0, self.factor_sizes, size=(n, len(self.factor_sizes)))

    def images_at(self, factors: Any) -> np.ndarray:
        """The images of rows of factors, uint8 `(n, image_size, image_size, 1)`.

        Raises:
            ValueError: as for `index_of`.
        """
        factors = self._checked(factors)
        figures = _figures(self.image_size)
        square, step = figures.shape[-1], self.image_size // 32
        images = np.zeros((len(factors), *self.sample_shape), "uint8")
        across = np.arange(square)
        for start in range(0, len(factors), _CHUNK):
            shape, scale, orientation, x, y = factors[start : start + _CHUNK].T
            rows = (step * y)[:, None, None] + across[:, None]
            columns = (step * x)[:, None, None] + across
            image = np.arange(start, start + len(x))[:, None, None]
            images[image, rows, columns, 0] = figures[shape, scale, orientation]
        return images

    def _checked(self, factors: Any) -> np.ndarray:
        factors = _integers(factors, "factors")
        if factors.ndim != 2 or factors.shape[1] != len(self.factor_sizes):
            raise ValueError(
                f"Sprites: factors must be (n, {len(self.factor_sizes)}), got the shape "
                f"{factors.shape}."
            )
        for name, size, column in zip(self.factor_names, self.factor_sizes, factors.T, strict=True):
            wrong = column[(column < 0) | (column >= size)]
            if len(wrong):
                raise ValueError(f"Sprites: {name} must be from 0 to {size - 1}, got {wrong[0]}.")
        return factors


def sprites(image_size: int = 32) -> ImageDataset:
    """All images of `Sprites`, 44,236 to train on and 4,916 to test on; a label is the shape.

    One in ten is held out, the rows of `hold_out(49152, shapes, every=10)`. Which factors an image
    has is told by the images alone; see `Sprites` to measure with them.

    Args:
        image_size: 32 or 64.

    Example:

    >>> sprites()
    ImageDataset('sprites', 44236 train + 4916 test images of 32x32x1, 3 classes)
    """
    made = Sprites(image_size)
    factors = made.factors_of(np.arange(len(made)))
    images = made.images_at(factors)
    return split_dataset("sprites", images, factors[:, 0], made.shape_names, every=10)


@functools.lru_cache(maxsize=len(SIZES))
def _figures(image_size: int) -> np.ndarray:
    """Each figure alone, uint8 `(shapes, scales, orientations, square, square)`."""
    side = _SQUARE * image_size // 32
    grid = (np.arange(side * _SAMPLES) + 0.5) / (_SAMPLES * image_size // 32) - _SQUARE / 2
    right, up = grid[None, :], -grid[:, None]
    shapes, scales, orientations = Sprites.factor_sizes[:3]
    figures = np.zeros((shapes, scales, orientations, side, side), "uint8")
    for orientation, (cosine, sine) in enumerate(_directions()):
        # The point in the frame of the upright figure.
        along, above = cosine * right + sine * up, cosine * up - sine * right
        for scale, radius in enumerate(_RADII):
            for shape, name in enumerate(Sprites.shape_names):
                inside = _SHAPES[name](along / radius, above / radius)
                points = inside.reshape(side, _SAMPLES, side, _SAMPLES).sum(axis=(1, 3))
                figures[shape, scale, orientation] = np.rint(points * (255 / _SAMPLES**2))
    figures.setflags(write=False)
    return figures


def _directions() -> list[tuple[float, float]]:
    """Cosine and sine of the 16 orientations, by square roots alone."""
    half = math.sqrt(0.5)
    quarter = [1.0, math.sqrt((1 + half) / 2), half, math.sqrt((1 - half) / 2)]
    cosines = [*quarter, 0.0, *(-c for c in quarter[:0:-1])]
    cosines += [-c for c in cosines]
    return [(cosines[k], cosines[k - 4]) for k in range(16)]


# The upright figures: which points (u to the right, v up) are in them. The centre of mass is at 0
# and the farthest point at a distance of 1.


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Corners at (0, 1) and (+-1/2, -1/2)."""
    return (v >= -0.5) & (3 * np.abs(u) <= 1 - v)


def _half_disc(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The centre of mass of a half disc of radius r is 4 r / (3 pi) above its flat side."""
    height = 4 / (3 * math.pi)
    radius = 1 / math.sqrt(1 + height**2)
    v = v + height * radius
    return (v >= 0) & (u * u + v * v <= radius**2)


def _heart(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A square |u| + |v| <= s on its corner, and on both upper sides a disc of their length.

    The square weighs 2 s^2, the half discs outside of it together pi / 2 s^2, at a height of
    (1/2 + 2 / (3 pi)) s.
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


def _integers(values: Any, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "iu":
        raise ValueError(f"Sprites: {name} must be integers, got {values.dtype}.")
    return values.astype("int64")


def _told(indices: np.ndarray) -> str:
    return (
        f"the shape {indices.shape}" if indices.ndim != 1 else f"{indices.min()}..{indices.max()}"
    )
