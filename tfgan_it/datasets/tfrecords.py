"""Images in TFRecord files of `tf.train.Example`."""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfgan_it.datasets.disk_cache import Allocate, Parts, cached, in_memory
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.resizing import crop_and_resize, height_and_width
from tfgan_it.files import local_path, reading

# The names that are usual, of TensorFlow Datasets first.
_IMAGES = ("image", "image/encoded", "image_raw", "jpg", "png")
_LABELS = ("label", "image/class/label", "class")
_TEST = re.compile(r"(^|[-_])(test|val|valid|validation)([-_.]|$)")


def record_files(path: pathlib.Path) -> list[pathlib.Path]:
    """Returns the TFRecord files of a folder, or the file itself, in order of their names."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in files if ".tfrecord" in file.name and file.is_file()]


def tfrecords(
    path: str | os.PathLike,
    image_size: int | tuple[int, int] | None = None,
    *,
    cache_dir: str | os.PathLike | None = None,
) -> ImageDataset:
    """Reads the images, and the labels if there are any, of TFRecord files.

    An example holds an encoded image (PNG, JPEG, BMP or the first frame of a GIF) as `image`,
    `image/encoded`, `image_raw`, `jpg` or `png`, and a class index as `label`, `image/class/label`
    or `class`. Files with `test`, `val` or `validation` in their names are the test part; without
    one it is the fixed tenth of `hold_out`. A folder that TensorFlow Datasets has prepared is read
    too, with the names of its classes.

    Args:
        path: A file, or a folder of files whose names contain `.tfrecord`.
        image_size: One side of a square, or `(height, width)`. Images are cropped at the centre and
            resized to it; `None` leaves them unchanged, and they must have one size.
        cache_dir: Folder in which the decoded images stay, for data larger than memory: they are
            written there once, and read from there as needed. None keeps them in memory.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is damaged, holds no images under these names, images differ in size
            and `image_size` is `None`, or need more than half of the memory of the machine.
    """
    path = local_path(path, "path")
    files = record_files(path)
    if not files:
        raise FileNotFoundError(f"no TFRecord file in {path}")
    test = [file for file in files if _TEST.search(file.name)]
    train = [file for file in files if file not in test]
    if not train:
        train, test = test, []

    def read(allocate: Allocate) -> Parts:
        with reading(path, "TFRecord files of images"):
            images, labels = read_examples(train, image_size, allocate)
            test_images, test_labels = (
                read_examples(test, image_size, allocate) if test else (None, None)
            )
        return Parts(images, labels, test_images, test_labels, _class_names(path))

    name = path.resolve().name if path.is_dir() else path.name.partition(".")[0]
    if cache_dir is not None:
        states = [(file.name, file.stat()) for file in files]
        described = [(file, state.st_size, state.st_mtime_ns) for file, state in states]
        return cached(cache_dir, name, {"records": described, "image_size": image_size}, read)
    return read(in_memory).dataset(name)


def _class_names(path: pathlib.Path) -> tuple[str, ...] | None:
    """Returns the names of the classes that TensorFlow Datasets has written beside its records."""
    file = path / f"{_LABELS[0]}.labels.txt"
    return tuple(file.read_text().splitlines()) if file.is_file() else None


def read_examples(
    files: Sequence[pathlib.Path], image_size: int | tuple[int, int] | None, allocate: Allocate
) -> tuple[np.ndarray, np.ndarray | None]:
    """Reads the images and the labels, or None, of all examples of some files.

    Raises:
        ValueError: If there are none, or images differ in size.
    """
    records = tf.data.TFRecordDataset([str(file) for file in files])
    count = int(records.reduce(np.int64(0), lambda total, _: total + 1).numpy())
    if not count:
        raise ValueError(f"{files[0].name} holds no examples")
    first = tf.train.Example.FromString(next(iter(records.take(1))).numpy()).features.feature
    image = next((name for name in _IMAGES if name in first), None)
    label = next((name for name in _LABELS if name in first), None)
    if image is None:
        raise ValueError(f"an example has {', '.join(sorted(first)) or 'nothing'}, and no image")
    features = {image: tf.io.FixedLenFeature([], tf.string)}
    if label is not None:
        features[label] = tf.io.FixedLenFeature([], tf.int64)

    def decode(record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        example = tf.io.parse_single_example(record, features)
        pixels = tf.io.decode_image(example[image], expand_animations=False)
        if image_size is not None:
            pixels = crop_and_resize(pixels, height_and_width(image_size))
        return pixels, example[label] if label else tf.constant(-1, tf.int64)

    images, labels = None, np.empty(count, "int64")
    for index, (pixels, value) in enumerate(
        records.map(decode, num_parallel_calls=4).prefetch(64).as_numpy_iterator()
    ):
        if images is None:
            images = allocate(str(files[0].parent), (count, *pixels.shape))
        if pixels.shape != images.shape[1:]:
            raise ValueError(
                f"image {index} is {pixels.shape}, the first is {images.shape[1:]}: give an "
                "image_size"
            )
        images[index], labels[index] = pixels, value
    assert images is not None, "there is an example"
    return images, labels if label is not None and labels.min() >= 0 else None
