"""Videos of handwritten digits along paths, each a function of six known factors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.arguments import check_arguments
from tfgan_it.datasets import paths
from tfgan_it.datasets.digits import digits
from tfgan_it.datasets.labelled_samples import VideoDataset
from tfgan_it.datasets.moving_pictures import SQUARE, MovingPictures
from tfgan_it.datasets.moving_sprites import VIDEOS
from tfgan_it.datasets.resizing import crop_and_resize

_TESTED = 10  # One video in ten is for testing.


class MovingDigits(MovingPictures):
    """Every combination of an image and of its motion: images * 2 * 16 * 4 * 4 * 4.

    Factors are integers from 0, `(n, 6)`, in the order of `factor_names`: `image`, the index of the
    image, and path, direction, speed, start_x and start_y as for `MovingSprites`. An image is
    resized to 17/32 of the side of the video; `centres_at` is its middle.

    Args:
        images: Grey images, uint8 `(images, height, width, 1)`; by default the 1,437 training
            images of `digits`.
        frames: Number of frames, at least 2.
        image_size: Side of the frames in pixels, 32 or 64.

    Raises:
        ValueError: If `images` are not grey images, `frames` is too small or `image_size` another
            size.

    Example:

    >>> moving = MovingDigits(frames=8)
    >>> moving.factor_sizes, moving.sample_shape
    ((1437, 2, 16, 4, 4, 4), (8, 32, 32, 1))
    >>> moving.images_at(moving.sample_factors(3, seed=0)).shape
    (3, 8, 32, 32, 1)
    """

    factor_names = ("image", *paths.MOTION_NAMES)
    categorical_factors: Sequence[int] = (0, 1)
    content_factors = (0,)
    motion_factors = (1, 2, 3, 4, 5)

    def __init__(
        self, images: np.ndarray | None = None, frames: int = 16, image_size: int = 32
    ) -> None:
        super().__init__(frames, image_size)
        images = digits().train_images if images is None else _checked_images(images)
        side = SQUARE * self.image_size // 32
        self._resized = crop_and_resize(tf.convert_to_tensor(images), (side, side)).numpy()[..., 0]
        self.factor_sizes = (len(images), *paths.MOTION_SIZES)

    def __repr__(self) -> str:
        return (
            f"MovingDigits({self.factor_sizes[0]} images, frames={self.frames}, "
            f"image_size={self.image_size})"
        )

    def _pictures(self) -> np.ndarray:
        return self._resized

    def _shown(self, factors: np.ndarray) -> np.ndarray:
        return np.broadcast_to(factors[:, :1], (len(factors), self.frames))


@check_arguments()
def moving_digits(
    files_dir: str | os.PathLike | None = None,
    data_dir: str | os.PathLike | None = None,
    frames: int = 16,
    image_size: int = 32,
) -> VideoDataset:
    """Returns 10,000 videos of `MovingDigits`, 9,000 for training and 1,000 for testing.

    Training videos show training images, test videos test images, all equally often to within one;
    their motion is a fixed random choice. The labels are the digits.

    Args:
        files_dir: Folder of raw files, with the subfolder `mnist`; None for the embedded `digits`.
        data_dir: Folder in which TensorFlow Datasets keeps the prepared MNIST.
        frames: Number of frames, at least 2.
        image_size: 32 or 64.

    Raises:
        FileNotFoundError: If `files_dir` lacks files.
        ValueError: If files are corrupt, or as for `MovingDigits`.

    Example:

    >>> moving_digits(frames=8)
    VideoDataset('moving_digits', 9000 train + 1000 test videos of 8x32x32x1, 10 classes)
    """
    if files_dir is None and data_dir is None:
        data = digits()
    else:
        from tfgan_it.datasets.tensorflow_datasets import from_tfds  # Slow to import.

        data = from_tfds("mnist", files_dir=files_dir, data_dir=data_dir)
    tested = VIDEOS // _TESTED
    parts: list[Any] = []
    for part, count, seed in (("train", VIDEOS - tested, 0), ("test", tested, 1)):
        images, labels = (getattr(data, f"{part}_{kind}") for kind in ("images", "labels"))
        image = np.arange(count) % len(images)
        motion = np.random.RandomState(seed).randint(0, paths.MOTION_SIZES, (count, 5))
        every = MovingDigits(images, frames, image_size)
        parts.append((every.images_at(np.column_stack([image, motion])), labels[image]))
    (train, train_labels), (test, test_labels) = parts
    return VideoDataset("moving_digits", train, test, train_labels, test_labels, data.class_names)


def _checked_images(images: Any) -> np.ndarray:
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 1 or not images.size:
        raise ValueError(
            "MovingDigits: images must be uint8 (images, height, width, 1), got "
            f"{images.dtype} {images.shape}."
        )
    return images
