"""Images in NumPy's `.npz` archives."""

from __future__ import annotations

import math
import os
import pathlib
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.memory import check_memory
from tfgan_it.datasets.splits import split_dataset
from tfgan_it.errors import one_line
from tfgan_it.files import local_path, reading, replacing

_TRAIN_IMAGES = ("x_train", "images", "x")
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def npz(path: str | os.PathLike) -> ImageDataset:
    """Reads images, and labels if there are any, from an `.npz` archive.

    Two layouts are supported: images under `images` or `x` and labels under `labels` or `y`, of
    which `splits.hold_out` takes a tenth as the test part; and Keras's `x_train`, `y_train`,
    `x_test`, `y_test`. Grey images `(n, height, width)` get a channel axis.

    Args:
        path: Path of the archive. It is read without pickle, so it cannot run code. Its checksums
            are compared, and its arrays may need at most half of the memory of the machine.

    Returns:
        A data set with the name of the file, without class names.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or encrypted, holds no images under these names, or holds
            images or labels that `ImageDataset` refuses.
    """
    path = _existing(local_path(path, "path"))
    with reading(path, "an .npz archive of images"):
        return from_arrays(path.stem, _read_arrays(path))


def from_arrays(
    name: str, arrays: Mapping[str, np.ndarray], class_names: tuple[str, ...] | None = None
) -> ImageDataset:
    """Builds a data set from arrays with the names that `npz` supports.

    Args:
        name: Name of the data set.
        arrays: Arrays by name, as in an archive.
        class_names: The name of each class index, or `None`.

    Raises:
        ValueError: If there are no images, their channels come first, or `ImageDataset` refuses the
            arrays.

    Warns:
        UserWarning: If other arrays have the shape of images, and are left out.
    """
    train_images = _first(arrays, *_TRAIN_IMAGES)
    if train_images is None:
        names = ", ".join(arrays) or "nothing"
        raise ValueError(f"images must be under images, x or x_train, got {names}")
    images = _with_channels(train_images)
    labels = _as_labels(_first(arrays, "y_train", "labels", "y"))
    _warn_of_unused(name, arrays)
    if "x_test" not in arrays:
        return split_dataset(name, images, labels, class_names)
    test_images, test_labels = _with_channels(arrays["x_test"]), _as_labels(arrays.get("y_test"))
    return ImageDataset(name, images, test_images, labels, test_labels, class_names)


def read_npz(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Reads all arrays of an archive.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not an archive of plain arrays, is damaged, or its arrays need
            more than half of the memory of the machine.
    """
    with reading(_existing(path), "a readable .npz archive"):
        return _read_arrays(path)


def write_npz(path: pathlib.Path, arrays: Mapping[str, Any]) -> None:
    """Writes an archive atomically: it is complete or does not exist."""
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def _existing(path: pathlib.Path) -> pathlib.Path:
    if not path.is_file():
        raise FileNotFoundError(f"no archive {path}")
    return path


def _read_arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
    # Not `numpy.load`: it reserves whatever memory a header claims, and leaves the checksum of a
    # member unread.
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        if archive.infolist() and not members:
            raise ValueError("it holds no arrays; unpack an archive of image files to a folder")
        check_memory("it", sum(_claimed_bytes(archive, member) for member in members))
        arrays = {}
        for member in members:
            with archive.open(member) as file:
                array = np.lib.format.read_array(file, allow_pickle=False)
                file.read(1)  # The checksum is compared at the end of the member.
            arrays[member.filename.removesuffix(".npy")] = array
        return arrays


def _claimed_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Returns the size of an array by its header, which must be that of the member."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"{member.filename} has version {version} of the format, not 1 or 2")
        shape, _, dtype = _HEADERS[version](file)
        if dtype.hasobject:
            raise ValueError(f"{member.filename} holds Python objects, which are never loaded")
        claimed, stored = math.prod(shape) * dtype.itemsize, member.file_size - file.tell()
    if claimed != stored:
        raise ValueError(f"{member.filename} claims {claimed} bytes of pixels and has {stored}")
    return claimed


def _first(arrays: Mapping[str, np.ndarray], *names: str) -> np.ndarray | None:
    return next((arrays[name] for name in names if name in arrays), None)


def _warn_of_unused(name: str, arrays: Mapping[str, np.ndarray]) -> None:
    read = ("x_test", next(key for key in _TRAIN_IMAGES if key in arrays))
    unused = [key for key, array in arrays.items() if array.ndim > 2 and key not in read]
    if unused:
        keys = one_line(", ".join(unused))
        warnings.warn(f"{name}: arrays are left out that may be images: {keys}", stacklevel=4)


def _with_channels(images: np.ndarray) -> np.ndarray:
    if images.ndim == 4 and images.shape[1] in (1, 3, 4) and images.shape[3] > 4:
        raise ValueError(
            f"images are {images.shape}, channels first: store images.transpose(0, 2, 3, 1)"
        )
    return images[..., None] if images.ndim == 3 else images


def _as_labels(labels: np.ndarray | None) -> np.ndarray | None:
    if labels is None or labels.dtype.kind not in "iu":
        return labels  # ImageDataset refuses other types.
    column = labels.ndim == 2 and labels.shape[1] == 1  # as in Keras's cifar10
    return (labels[:, 0] if column else labels).astype("int64")
