"""Videos of sprites along paths, each a function of eight known factors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.datasets import paths
from tfgan_it.datasets.labelled_samples import VideoDataset
from tfgan_it.datasets.moving_pictures import MovingPictures
from tfgan_it.datasets.splits import hold_out
from tfgan_it.datasets.sprites import Sprites, figures

VIDEOS = 10_000  # Videos of a loaded set, for training and testing.
_ROTATIONS = (-2, -1, 0, 1, 2)  # Steps of the sprite's orientation in a frame.


class MovingSprites(MovingPictures):
    """Every combination of content (shape, scale) and motion: 3 * 4 * 2 * 16 * 4 * 4 * 4 * 5.

    The figures are those of `Sprites`, upright in the first frame. Factors are integers from 0,
    `(n, 8)`, in the order of `factor_names`; content is `content_factors`, motion `motion_factors`:

        shape           0 triangle, 1 half disc, 2 heart
        scale           as for `Sprites`
        path            0 a straight line that bounces at the border, 1 a circle, counter-clockwise
        direction       of the first step: 0 to the right, counter-clockwise by 22.5 degrees
        speed           1, 2, 3 or 4 64ths of the side in a frame, also along the circle
        start_x         from left to right, start_y from top to bottom, 4 places each
        rotation_speed  -45, -22.5, 0, 22.5 or 45 degrees in a frame, counter-clockwise

    `paths.corners` has the formula of a path. Figures bounce where the largest of them touches the
    border, so that motion does not depend on content. The places of a circle are nearer to the
    middle, because it must fit: with them its centre moves, along a line the first frame.
    Direction is circular, 15 is next to 0. All videos of 8 or more frames are different.

    Positions are rounded to 256ths of the side; `centres_at` returns them. The bits of a video are
    the same on every machine. Videos are drawn on demand.

    Args:
        frames: Number of frames, at least 2.
        image_size: Side of the frames in pixels, 32 or 64.

    Raises:
        ValueError: If `frames` is too small or `image_size` another size.

    Example: a heart that moves to the right, and bounces.

    >>> moving = MovingSprites(frames=4)
    >>> len(moving), moving.sample_shape
    (122880, (4, 32, 32, 1))
    >>> factors = [[2, 3, 0, 0, 3, 3, 0, 2]]
    >>> moving.images_at(factors).shape, moving.centres_at(factors)[0, :, 0].tolist()
    ((1, 4, 32, 32, 1), [22.0, 23.0, 21.0, 19.0])
    """

    factor_names = ("shape", "scale", *paths.MOTION_NAMES, "rotation_speed")
    factor_sizes = (*Sprites.factor_sizes[:2], *paths.MOTION_SIZES, len(_ROTATIONS))
    categorical_factors: Sequence[int] = (0, 2)
    content_factors = (0, 1)
    motion_factors = (2, 3, 4, 5, 6, 7)
    shape_names = Sprites.shape_names

    def __repr__(self) -> str:
        return f"MovingSprites(frames={self.frames}, image_size={self.image_size})"

    def _pictures(self) -> np.ndarray:
        return figures(self.image_size)

    def _shown(self, factors: np.ndarray) -> np.ndarray:
        shape, scale, rotation_speed = factors[:, [0, 1, -1]].T[..., None]
        orientations = Sprites.factor_sizes[2]
        orientation = np.take(_ROTATIONS, rotation_speed) * np.arange(self.frames) % orientations
        return np.ravel_multi_index((shape, scale, orientation), Sprites.factor_sizes[:3])


@check_arguments()
def moving_sprites(frames: int = 16, image_size: int = 32) -> VideoDataset:
    """Returns 10,000 videos of `MovingSprites`, 9,000 for training and 1,000 for testing.

    Their factors are a fixed choice without repetition; the labels are the shapes. One video in ten
    is held out, by `hold_out(10000, shapes, every=10)`. The data set does not have the other
    factors; see `MovingSprites` for them.

    Args:
        frames: Number of frames, at least 2.
        image_size: 32 or 64.

    Example:

    >>> moving_sprites(frames=8)
    VideoDataset('moving_sprites', 9000 train + 1000 test videos of 8x32x32x1, 3 classes)
    """
    every = MovingSprites(frames, image_size)
    # NumPy promises that the stream of RandomState never changes; it does not for Generator.
    factors = every.factors_of(np.random.RandomState(0).permutation(len(every))[:VIDEOS])
    train, test = (factors[rows] for rows in hold_out(VIDEOS, factors[:, 0], every=10))
    return VideoDataset(
        "moving_sprites",
        every.images_at(train),
        every.images_at(test),
        train[:, 0],
        test[:, 0],
        every.shape_names,
    )
