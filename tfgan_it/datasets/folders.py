"""Folders of image files."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.datasets.images import ImageDataset
from tfgan_it.datasets.resizing import crop_and_resize, height_and_width
from tfgan_it.datasets.splits import split_dataset

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
_TEST_FOLDERS = ("test", "validation", "val")


def image_folder(
    path: str | os.PathLike, image_size: int | tuple[int, int] | None = None
) -> ImageDataset:
    """Reads a folder of images.

    The images lie in `path` itself, or in one subfolder per class, in the order of the subfolders'
    names. If `path` has a folder `train`, this layout applies to `train` and to `test` (or
    `validation` or `val`). Without a test folder the test part is the fixed tenth of `hold_out`.
    If every pixel of the set is grey, images get one channel, otherwise three. Transparency is
    dropped, and an animation is read as its first frame.

    Args:
        path: Path of the folder.
        image_size: One side of a square, or `(height, width)`. Images are cropped at the centre and
            resized to it; `None` leaves them unchanged, and they must have one size.

    Returns:
        A data set with the name of the folder; it has labels only if there are class folders.

    Raises:
        FileNotFoundError: If there is no such folder or no image in it.
        ValueError: If a file is not a readable image, sizes differ and `image_size` is `None`, or
            the folder has another layout.
    """
    root = pathlib.Path(path).expanduser()
    name = root.resolve().name
    if not root.is_dir():
        raise FileNotFoundError(f"no folder {root}")
    if not (root / "train").is_dir():
        files, classes = _list_images(root)
        class_names = _class_names(classes)
        images = _read_images(files, image_size)
        return split_dataset(name, images, _labels(classes, class_names), class_names)

    train_files, train_classes = _list_images(root / "train")
    class_names = _class_names(train_classes)
    train_labels = _labels(train_classes, class_names)
    test_root = next((root / test for test in _TEST_FOLDERS if (root / test).is_dir()), None)
    if test_root is None:
        return split_dataset(name, _read_images(train_files, image_size), train_labels, class_names)

    test_files, test_classes = _list_images(test_root)
    if unknown := set(test_classes) - set(train_classes):
        raise ValueError(f"{test_root} has classes that {root / 'train'} lacks: {sorted(unknown)}")
    images = _read_images(train_files + test_files, image_size)
    return ImageDataset(
        name,
        images[: len(train_files)],
        images[len(train_files) :],
        train_labels,
        _labels(test_classes, class_names),
        class_names,
    )


def _list_images(folder: pathlib.Path) -> tuple[list[pathlib.Path], Sequence[Any]]:
    """Returns the image files of a folder, sorted, and the class folder of each or `None`."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    flat = [entry for entry in entries if entry.suffix.lower() in _SUFFIXES]
    classified = [
        (file, entry.name)
        for entry in entries
        if entry.is_dir()
        for file in sorted(entry.iterdir())
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
    ]
    if flat and classified:
        raise ValueError(
            f"{folder} holds images ({flat[0].name}, ...) and folders of images "
            f"({classified[0][1]}, ...): keep either the one or the other"
        )
    if flat:
        return flat, [None] * len(flat)
    if classified:
        files, classes = zip(*classified, strict=True)
        return list(files), list(classes)
    raise FileNotFoundError(
        f"no images ({' '.join(_SUFFIXES)}) in {folder} or in the folders directly below it"
    )


def _class_names(classes: Sequence[Any]) -> tuple[str, ...] | None:
    return None if classes[0] is None else tuple(sorted(set(classes)))


def _labels(classes: Sequence[Any], class_names: tuple[str, ...] | None) -> np.ndarray | None:
    if class_names is None:
        return None
    return np.searchsorted(class_names, classes).astype("int64")  # The names are sorted.


def _read_images(files: list[pathlib.Path], image_size: int | tuple[int, int] | None) -> np.ndarray:
    """Decodes the files in parallel, in their order: `(n, height, width, 1 or 3)`."""
    size = None if image_size is None else height_and_width(image_size)

    def decode(file: tf.Tensor) -> tf.Tensor:
        image = tf.io.decode_image(tf.io.read_file(file), channels=3, expand_animations=False)
        return image if size is None else crop_and_resize(image, size)

    decoded = (
        tf.data.Dataset.from_tensor_slices([str(file) for file in files])
        .map(decode, num_parallel_calls=tf.data.AUTOTUNE)
        .as_numpy_iterator()
    )
    images: list[np.ndarray] = []
    grey = True
    for file in files:
        try:
            image = next(decoded)
        except tf.errors.OpError:
            raise ValueError(f"{file} is not a readable image") from None
        if images and image.shape != images[0].shape:
            raise ValueError(
                f"{file} is {image.shape[0]}x{image.shape[1]} but {files[0]} is "
                f"{images[0].shape[0]}x{images[0].shape[1]}: give an image_size"
            )
        grey = grey and bool((image == image[..., :1]).all())
        images.append(image)
    stacked = np.stack(images)
    return stacked[..., :1].copy() if grey else stacked
