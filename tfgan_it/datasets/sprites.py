"""White figures on black, each a function of five known factors, to measure disentanglement."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfgan_it.checks import check_seed
from tfgan_it.datasets.images import ImageDataset
from tfgan_it.datasets.splits import split_dataset
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.memory import check_samples

SIZES = (32, 64)
# In 32nds of the image's side: the circumscribed circle of a figure, and the square in which it is
# drawn. Positions are one 32nd apart: 15 steps and one square are the whole side.
_RADII = (4.8, 6.0, 7.2, 8.4)
_SQUARE = 17
_SAMPLES = 8  # Points of a pixel along each axis.
_CHUNK = 4096  # Images drawn at once.


class Sprites(CheckedKeywords):
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
    # Indices of the factors without an order.
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
        """Returns the factors, int64 `(n, 5)`, of the images with these indices, `(n,)`.

        Raises:
            ValueError: If an index is out of range.
        """
        indices = _integers(indices, "indices")
        if indices.ndim != 1 or ((indices < 0) | (indices >= len(self))).any():
            raise ValueError(
                f"Sprites: indices must be (n,), from 0 to {len(self) - 1}, got "
                f"{_shape_or_range(indices)}."
            )
        return np.stack(np.unravel_index(indices, self.factor_sizes), axis=1).astype("int64")

    def index_of(self, factors: Any) -> np.ndarray:
        """Returns the index, int64 `(n,)`, of each image: the inverse of `factors_of`.

        Raises:
            ValueError: If factors are not `(n, 5)`, or out of range.
        """
        return np.ravel_multi_index(tuple(self._checked(factors).T), self.factor_sizes)

    def sample_factors(self, n: int, seed: int | np.random.Generator = 0) -> np.ndarray:
        """Draws uniform and independent factors, int64 `(n, 5)`.

        Args:
            n: Number of samples.
            seed: Seed, or a NumPy generator.
        """
        check_samples(self, n, len(self.factor_sizes))
        if not isinstance(seed, np.random.Generator):
            seed = check_seed(self, seed) % 2**64
        random = np.random.default_rng(seed)
        return random.integers(0, self.factor_sizes, size=(n, len(self.factor_sizes)))

    def images_at(self, factors: Any) -> np.ndarray:
        """Draws the images of factors `(n, 5)`, uint8 `(n, image_size, image_size, 1)`.

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
    """Returns all images of `Sprites`, 44,236 for training and 4,916 for testing.

    The labels are the shapes. One image in ten is held out, by `hold_out(49152, shapes, every=10)`.
    The data set does not have the other factors; see `Sprites` for them.

    Args:
        image_size: 32 or 64.

    Example:

    >>> sprites()
    ImageDataset('sprites', 44236 train + 4916 test images of 32x32x1, 3 classes)
    """
    figures = Sprites(image_size)
    factors = figures.factors_of(np.arange(len(figures)))
    images = figures.images_at(factors)
    return split_dataset("sprites", images, factors[:, 0], figures.shape_names, every=10)


@functools.lru_cache(maxsize=len(SIZES))
def _figures(image_size: int) -> np.ndarray:
    """Draws each figure, uint8 `(shapes, scales, orientations, square, square)`."""
    side = _SQUARE * image_size // 32
    grid = (np.arange(side * _SAMPLES) + 0.5) / (_SAMPLES * image_size // 32) - _SQUARE / 2
    right, up = grid[None, :], -grid[:, None]
    shapes, scales, orientations = Sprites.factor_sizes[:3]
    figures = np.zeros((shapes, scales, orientations, side, side), "uint8")
    for orientation, (cosine, sine) in enumerate(_directions()):
        # Coordinates of the points in the frame of the upright figure.
        along, above = cosine * right + sine * up, cosine * up - sine * right
        for scale, radius in enumerate(_RADII):
            for shape, name in enumerate(Sprites.shape_names):
                inside = _SHAPES[name](along / radius, above / radius)
                points = inside.reshape(side, _SAMPLES, side, _SAMPLES).sum(axis=(1, 3))
                figures[shape, scale, orientation] = np.rint(points * (255 / _SAMPLES**2))
    figures.setflags(write=False)
    return figures


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


def _integers(values: Any, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "iu":
        raise ValueError(f"Sprites: {name} must be integers, got {values.dtype}.")
    return values.astype("int64")


def _shape_or_range(indices: np.ndarray) -> str:
    return (
        f"the shape {indices.shape}" if indices.ndim != 1 else f"{indices.min()}..{indices.max()}"
    )
