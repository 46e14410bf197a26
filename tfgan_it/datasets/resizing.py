"""Cropping and resizing of images."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import tensorflow as tf

from tfgan_it.checks import check_integer
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.memory import check_memory

_CHUNK = 1024  # Images resized at once: a float32 copy of a whole set might not fit in memory.


def height_and_width(image_size: int | tuple[int, int]) -> tuple[int, int]:
    """Reads an image size given as one side of a square or as `(height, width)`.

    Raises:
        ValueError: If it is neither, below one pixel, or needs more memory than there is.

    Example:

    >>> height_and_width(32)
    (32, 32)
    """
    sides = image_size if isinstance(image_size, tuple | list) else (image_size, image_size)
    try:
        height, width = (check_integer("", "image_size", side, 1) for side in sides)
    except ValueError:
        raise ValueError(
            f"image_size must be one positive int or (height, width), got {image_size!r}"
        ) from None
    check_memory(f"an image of {height}x{width} pixels", 12 * height * width)  # Three float32.
    return height, width


def crop_and_resize(images: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Crops images to the largest centred window of the aspect ratio of `size`, and resizes them.

    Args:
        images: uint8 tensor `(height, width, channels)` or `(n, height, width, channels)`.
        size: `(height, width)` of the result.

    Returns:
        uint8 tensor, resized bilinearly, with antialiasing if it shrinks.
    """
    height, width = tf.shape(images)[-3], tf.shape(images)[-2]
    crop_height = tf.clip_by_value(width * size[0] // size[1], 1, height)
    crop_width = tf.clip_by_value(height * size[1] // size[0], 1, width)
    top, left = (height - crop_height) // 2, (width - crop_width) // 2
    window = images[..., top : top + crop_height, left : left + crop_width, :]
    return tf.cast(tf.round(tf.image.resize(window, size, antialias=True)), tf.uint8)


def resize_dataset(dataset: ImageDataset, image_size: int | tuple[int, int]) -> ImageDataset:
    """Returns the data set with `crop_and_resize` applied to every image.

    Args:
        dataset: Images of one size.
        image_size: One side of a square, or `(height, width)`.

    Raises:
        ValueError: If `image_size` is not a size, or the images need more than half of the memory
            of the machine.
    """
    size = height_and_width(image_size)
    if size == dataset.sample_shape[:2]:
        return dataset

    count = len(dataset.train_images) + len(dataset.test_images)
    check_memory(
        f"{dataset.name}: {count} images", count * math.prod(size) * dataset.sample_shape[2]
    )

    def resize(images: np.ndarray) -> np.ndarray:
        starts = range(0, len(images), _CHUNK)
        return np.concatenate([crop_and_resize(images[i : i + _CHUNK], size) for i in starts])

    return dataclasses.replace(
        dataset,
        train_images=resize(dataset.train_images),
        test_images=resize(dataset.test_images),
    )
