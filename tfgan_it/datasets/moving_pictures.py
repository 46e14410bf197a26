"""Videos of pictures that move along paths, as functions of known factors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.datasets import paths
from tfgan_it.datasets.factors import KnownFactors, pasted
from tfgan_it.memory import check_memory

SIZES = (32, 64)
SQUARE = 17  # Side of a picture, in 32nds of the side of the video.
_CHUNK = 256  # Videos drawn at once.


class MovingPictures(KnownFactors):
    """What videos of sprites and of digits share: their frames, and how they are drawn.

    A data set derives from it, has the pictures, and says which of them a frame shows. Between
    whole pixels a picture is interpolated linearly, in integers, which keeps its brightness and its
    centre of mass.

    Args:
        frames: Number of frames, at least 2.
        image_size: Side of the frames in pixels, 32 or 64.

    Attributes:
        content_factors: Indices of the factors of what moves.
        motion_factors: Indices of the factors of how it moves.
    """

    content_factors: tuple[int, ...]
    motion_factors: tuple[int, ...]

    def __init__(self, frames: int = 16, image_size: int = 32) -> None:
        self.frames = check_integer(self, "frames", frames, 2)
        if image_size not in SIZES:
            raise ValueError(
                f"{type(self).__name__}: image_size must be 32 or 64, got {image_size!r}."
            )
        self.image_size = int(image_size)

    @property
    def sample_shape(self) -> tuple[int, int, int, int]:
        """`(frames, image_size, image_size, 1)`."""
        return (self.frames, self.image_size, self.image_size, 1)

    def centres_at(self, factors: Any) -> np.ndarray:
        """Returns the centre of the picture in each frame, float64 `(n, frames, 2)`.

        It is `(x, y)` in pixels from the left upper corner of the frame. That of a sprite is its
        centre of mass.

        Raises:
            ValueError: As for `index_of`.
        """
        corners = self._corners(self.checked_factors(factors))
        return (corners / paths.UNITS + SQUARE / 64) * self.image_size

    def images_at(self, factors: Any) -> np.ndarray:
        """Draws the videos of factors, uint8 `(n, frames, image_size, image_size, 1)`.

        Raises:
            ValueError: As for `index_of`.
        """
        factors = self.checked_factors(factors)
        shape = (len(factors), *self.sample_shape)
        check_memory(f"{len(factors)} videos", float(np.prod(shape, dtype="float64")))
        videos = np.empty(shape, "uint8")
        pictures, size, unit = self._pictures(), self.image_size, paths.UNITS // self.image_size
        for start in range(0, len(factors), _CHUNK):
            part = slice(start, start + _CHUNK)
            which = self._shown(factors[part]).ravel()
            (left, top), (right, down) = (
                parts.reshape(-1, 2).T for parts in np.divmod(self._corners(factors[part]), unit)
            )
            between = _interpolated(pictures[which], right, down, unit)
            # A pixel wider, as what is interpolated: at the border its last pixel is black.
            frames = pasted(between, np.arange(len(which)), left, top, size + 1)
            videos[part] = frames[:, :size, :size].reshape(-1, *self.sample_shape)
        return videos

    def _corners(self, factors: np.ndarray) -> np.ndarray:
        """Returns where the picture is in each frame, as `paths.corners`."""
        numbers = 2.0 * len(factors) * self.frames
        check_memory(f"paths of {self.frames} frames", 64 * numbers)  # With what leads to them.
        names = list(self.factor_names)
        motion = factors[:, [names.index(name) for name in paths.MOTION_NAMES]]
        return paths.corners(motion, self.frames)

    def _pictures(self) -> np.ndarray:
        """Returns all pictures, uint8 `(pictures, side, side)`."""
        raise NotImplementedError

    def _shown(self, factors: np.ndarray) -> np.ndarray:
        """Returns the index of the picture in each frame, int64 `(n, frames)`."""
        raise NotImplementedError


def _interpolated(
    pictures: np.ndarray, right: np.ndarray, down: np.ndarray, unit: int
) -> np.ndarray:
    """Moves pictures by parts of a pixel, `right / unit` and `down / unit`; a pixel wider."""
    n, side, _ = pictures.shape
    right, down = (shift.astype("uint16")[:, None, None] for shift in (right, down))
    wide = np.zeros((n, side, side + 1), "uint16")
    wide[:, :, :-1] += (unit - right) * pictures
    wide[:, :, 1:] += right * pictures
    moved = np.zeros((n, side + 1, side + 1), "uint16")
    moved[:, :-1] += (unit - down) * wide
    moved[:, 1:] += down * wide
    return ((moved + unit * unit // 2) // (unit * unit)).astype("uint8")
