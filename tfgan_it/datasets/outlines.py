"""Data sets without their pixels: what is known of them before all is read."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Sequence

import numpy as np

from tfgan_it.datasets.archives import npz
from tfgan_it.datasets.disk_cache import in_memory
from tfgan_it.datasets.folders import class_labels
from tfgan_it.datasets.image_files import read_images
from tfgan_it.datasets.image_listing import list_images
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.resizing import height_and_width
from tfgan_it.datasets.splits import hold_out
from tfgan_it.datasets.tfrecords import read_examples, record_files
from tfgan_it.files import local_path, reading

ImageSize = int | tuple[int, int] | None
# Number of images of a folder, and of files of records, that are decoded.
_DECODED = 100
# Number of images where nothing says how many there are.
_MANY = 2**20


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class UncountedImages(ImageDataset):
    """Black images of which nothing says how many there are; the arguments are those of images."""

    _uncounted = ImageDataset.__name__


def of_folder(path: pathlib.Path, image_size: ImageSize) -> ImageDataset:
    """Outlines a folder of images; all are listed, and a hundred of them are decoded.

    Raises:
        FileNotFoundError: As for `image_folder`.
        ValueError: As for `image_folder`, of the images that are decoded.
    """
    train, test, _ = list_images(path)
    files = train.files + (test.files if test else [])
    shape = read_images(files[:: -(-len(files) // _DECODED)], image_size)[0].shape[1:]
    names = None if train.classes is None else tuple(sorted(set(train.classes)))
    parts = [black(len(part.files), shape) for part in (train, test) if part]
    labels = [class_labels(part, names) for part in (train, test) if part]
    return _divided(path.resolve().name, parts, labels, names)


def of_records(path: pathlib.Path, image_size: ImageSize) -> ImageDataset:
    """Outlines TFRecord files by the first of them.

    Raises:
        ValueError: As for `tfrecords`, of this file.
    """
    with reading(path, "TFRecord files of images"):
        images, labels = read_examples(record_files(path)[:1], image_size, in_memory)
    labels = None if labels is None else np.resize(labels, _MANY)
    parts = [black(_MANY, images.shape[1:])]
    return _divided(path.name, parts, [labels], None, UncountedImages)


def of_archive(path: pathlib.Path, image_size: ImageSize) -> ImageDataset:
    """Outlines an `.npz` archive, which is read, but not resized.

    Raises:
        ValueError: As for `npz`.
    """
    data = npz(path)
    parts, labels = (data.train_images, data.test_images), (data.train_labels, data.test_labels)
    return _divided(data.name, [black(len(p), _shape(p, image_size)) for p in parts], labels, None)


def of_builder(
    name: str,
    files_dir: str | os.PathLike | None,
    data_dir: str | os.PathLike | None,
    image_size: ImageSize,
) -> ImageDataset:
    """Outlines a data set of TensorFlow Datasets by what TFDS says of it.

    Raises:
        FileNotFoundError: If it is not prepared, and its folder in `files_dir` does not exist.
        ValueError: As for `from_tfds`.
    """
    from tfgan_it.datasets import tensorflow_datasets as sets  # Slow to import.

    builder, shape, names = sets.described(name, files_dir, data_dir, image_size)
    if files_dir is not None and not builder.is_prepared():
        sets.check_raw_folder(builder, local_path(files_dir, "files_dir") / builder.name)
    counted = builder.is_prepared()
    count = builder.info.splits["train"].num_examples if counted else _MANY
    labels = None if names is None else np.arange(count) % len(names)
    kind = ImageDataset if counted else UncountedImages
    return _divided(name, [black(count, shape)], [labels], names, kind)


def black(count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Returns black images, uint8 `(count, *shape)`, in the memory of one pixel.

    Example:

    >>> black(10**9, (28, 28, 1)).base.nbytes
    1
    """
    return np.broadcast_to(np.zeros((), "uint8"), (count, *shape))


def _shape(images: np.ndarray, image_size: ImageSize) -> tuple[int, ...]:
    size = images.shape[1:3] if image_size is None else height_and_width(image_size)
    return (*size, images.shape[3])


def _divided(
    name: str,
    parts: Sequence[np.ndarray],
    labels: Sequence[np.ndarray | None],
    class_names: tuple[str, ...] | None,
    kind: type[ImageDataset] = ImageDataset,
) -> ImageDataset:
    """Builds the data set of a training and a test part, or of one that `hold_out` divides."""
    if len(parts) == 1:
        [images], [of_images] = parts, labels
        if len(images) < 2:
            raise ValueError(
                f"{name} has 1 image, at least 2 are needed: one is held out for tests"
            )
        both = hold_out(len(images), of_images)
        parts = [black(len(rows), images.shape[1:]) for rows in both]
        labels = [None if of_images is None else of_images[rows] for rows in both]
    return kind(name, parts[0], parts[1], labels[0], labels[1], class_names)
