"""Images in files of raw pixels, read as needed: for data larger than memory."""

from __future__ import annotations

import errno
import hashlib
import json
import mmap
import os
import pathlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.memory import check_memory
from tfgan_it.datasets.splits import hold_out, split_dataset
from tfgan_it.files import (
    local_path,
    naming,
    partial_folder,
    read_json,
    reading,
    replacing,
    write_json,
)

Allocate = Callable[[str, tuple[int, ...]], np.ndarray]
_CHUNK = 2**24  # Bytes that are copied at once.
_DESCRIPTION = "dataset.json"
_PARTS = ("train_images", "test_images", "train_labels", "test_labels")


class Parts(NamedTuple):
    """What a data set consists of; without test images, `hold_out` selects them."""

    train_images: np.ndarray
    train_labels: np.ndarray | None
    test_images: np.ndarray | None
    test_labels: np.ndarray | None
    class_names: tuple[str, ...] | None

    def dataset(self, name: str) -> ImageDataset:
        """Returns the data set of arrays in memory."""
        if self.test_images is None:
            return split_dataset(name, self.train_images, self.train_labels, self.class_names)
        images = (self.train_images, self.test_images)
        return ImageDataset(name, *images, self.train_labels, self.test_labels, self.class_names)


def in_memory(what: str, shape: tuple[int, ...]) -> np.ndarray:
    """Allocates uint8 pixels in memory; `what` names them in messages."""
    try:
        check_memory(what, int(np.prod(shape)))
    except ValueError as error:
        raise ValueError(f"{error}; with a cache_dir they stay on disk") from None
    return np.empty(shape, "uint8")


def is_on_disk(array: Any) -> bool:
    """Returns whether an array, or what it is a view of, is a file that is mapped into memory.

    Example:

    >>> is_on_disk(np.zeros(3))
    False
    """
    while array is not None:
        if isinstance(array, np.memmap):
            return True
        array = getattr(array, "base", None)
    return False


def is_cached(array: np.ndarray) -> bool:
    """Returns whether an array is a whole file of a cached data set, not a part or another file."""
    if not isinstance(array, np.memmap) or not isinstance(array.base, mmap.mmap):
        return False
    return pathlib.Path(str(array.filename)).with_name(_DESCRIPTION).is_file()


def cached(
    cache_dir: str | os.PathLike,
    name: str,
    identity: Mapping[str, Any],
    read: Callable[[Allocate], Parts],
) -> ImageDataset:
    """Returns a data set whose images stay in files, which are written the first time.

    The files are `CACHE_DIR/NAME-KEY/*.npy`, uncompressed. The images are mapped into memory:
    whoever indexes them reads these rows, and the system may forget them again.

    Args:
        cache_dir: Folder of all such data sets, on a disk with room for their pixels, twice while
            they are written.
        name: Name of the data set.
        identity: What the pixels depend on, such as the files and the size; JSON.
        read: Function `read(allocate)` that decodes all images into arrays from
            `allocate(what, shape)`.

    Raises:
        OSError: If there is not enough room, or the folder cannot be written.
        ValueError: If the files are damaged.
    """
    root = local_path(cache_dir, "cache_dir")
    key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    folder = root / f"{name.replace('/', '-')}-{key}"
    if not (folder / _DESCRIPTION).is_file():
        with naming(root), partial_folder(root) as scratch:
            _write(scratch, name, read)
            new = scratch / "complete"
            if not (folder / _DESCRIPTION).is_file():  # Another process was not faster.
                shutil.rmtree(folder, ignore_errors=True)
                new.rename(folder)
    described = read_json(folder / _DESCRIPTION)
    with reading(folder, "a cached data set"):
        arrays = {
            part: np.load(folder / f"{part}.npy", mmap_mode="r" if "images" in part else None)
            for part in _PARTS
            if (folder / f"{part}.npy").is_file()
        }
        names = described["class_names"]
        return ImageDataset(name, class_names=None if names is None else tuple(names), **arrays)


def mirrored_on_disk(images: np.ndarray) -> np.ndarray:
    """Returns images that are cached, and then their mirror images, as another file beside theirs.

    Args:
        images: Images of which `is_cached` is true: the file of the result is theirs alone.
    """
    assert isinstance(images, np.memmap), "images are cached"
    path = pathlib.Path(str(images.filename)).with_name("mirrored_images.npy")
    if not path.is_file():
        with naming(path.parent), replacing(path) as partial:
            both = _new_file(partial, str(path.parent), (2 * len(images), *images.shape[1:]))
            for start, rows in _slices(images):
                both[start : start + rows] = images[start : start + rows]
                end = len(images) + start
                both[end : end + rows] = images[start : start + rows, :, ::-1]
            both.flush()  # type: ignore[attr-defined]
    return np.load(path, mmap_mode="r")


def _write(scratch: pathlib.Path, name: str, read: Callable[[Allocate], Parts]) -> None:
    new, decoded = scratch / "complete", scratch / "decoded"
    new.mkdir()
    decoded.mkdir()

    def allocate(what: str, shape: tuple[int, ...]) -> np.ndarray:
        return _new_file(decoded / f"{len(list(decoded.iterdir()))}.npy", what, shape)

    parts = read(allocate)
    images, labels = parts.train_images, parts.train_labels
    test_images, test_labels = parts.test_images, parts.test_labels
    if test_images is None:
        train, test = hold_out(len(images), labels)
        test_images = images
        labels, test_labels = (None, None) if labels is None else (labels[train], labels[test])
    else:
        train, test = np.arange(len(images)), np.arange(len(test_images))
    _copy(images, train, new / "train_images.npy", name)
    _copy(test_images, test, new / "test_images.npy", name)
    for part, array in (("train_labels", labels), ("test_labels", test_labels)):
        if array is not None:
            np.save(new / f"{part}.npy", array)
    write_json(new / _DESCRIPTION, {"class_names": parts.class_names})


def _copy(images: np.ndarray, index: np.ndarray, path: pathlib.Path, name: str) -> None:
    """Copies rows to a file, a part at a time."""
    copied = _new_file(path, name, (len(index), *images.shape[1:]))
    for start, rows in _slices(copied):
        copied[start : start + rows] = images[index[start : start + rows]]
    copied.flush()  # type: ignore[attr-defined]


def _slices(images: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yields first rows and numbers of rows that are copied at once."""
    rows = max(1, _CHUNK // max(1, int(np.prod(images.shape[1:]))))
    for start in range(0, len(images), rows):
        yield start, min(rows, len(images) - start)


def _new_file(path: pathlib.Path, what: str, shape: tuple[int, ...]) -> np.ndarray:
    needed, free = int(np.prod(shape)), shutil.disk_usage(path.parent).free
    if needed > free:
        raise OSError(
            errno.ENOSPC, f"{what} needs {needed / 2**30:.4g} GiB, {free / 2**30:.4g} GiB are free"
        )
    return np.lib.format.open_memmap(path, "w+", "uint8", shape)
