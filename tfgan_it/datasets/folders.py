"""Folders of image files."""

from __future__ import annotations

import os
import warnings
from collections import Counter

import numpy as np

from tfgan_it.datasets.disk_cache import Allocate, Parts, cached, in_memory
from tfgan_it.datasets.image_files import read_images
from tfgan_it.datasets.image_listing import ClassifiedFiles, list_images, reasons
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.errors import one_line
from tfgan_it.files import local_path


def image_folder(
    path: str | os.PathLike,
    image_size: int | tuple[int, int] | None = None,
    *,
    cache_dir: str | os.PathLike | None = None,
) -> ImageDataset:
    """Reads a folder of images.

    The images lie in `path` itself, or in one subfolder per class, in the order of the subfolders'
    names; an image in a folder below that of its class belongs to the class. If `path` has a folder
    `train`, this layout applies to `train` and to `test` (or `validation`, `val` or `valid`).
    Without a test folder the test part is the fixed tenth of `hold_out`. A folder `train` that
    holds images itself, beside other folders of images and without a test folder, is a class.

    Images are read as viewers show them: turned by their EXIF orientation, and by content rather
    than suffix. The formats are AVIF, BMP, GIF, JPEG, PNG, PPM, TIFF and WebP, of at most 2^26
    pixels. If every pixel of the set is grey, images get one channel, otherwise three. Transparency
    is dropped, and an animation is read as its first frame. Hidden files are not looked at. Only
    PNG has checksums, by which changed pixels are noticed in a file that can be read.

    Args:
        path: Path of the folder.
        image_size: One side of a square, or `(height, width)`. Images are cropped at the centre and
            resized to it; `None` leaves them unchanged, and they must have one size.
        cache_dir: Folder in which the decoded images stay, for data larger than memory: they are
            written there once, and read from there as needed. None keeps them in memory.

    Returns:
        A data set with the name of the folder; it has labels only if there are class folders.

    Raises:
        FileNotFoundError: If there is no such folder or no image in it.
        ValueError: If a file is not a readable image, sizes differ and `image_size` is `None`, the
            images need more than half of the memory of the machine, or the folder has another
            layout.

    Warns:
        UserWarning: If images are left out, or something of them is dropped: how many, and why.
    """
    root = local_path(path, "path")
    if not root.is_dir():
        raise FileNotFoundError(f"no folder {root}")
    with warnings.catch_warnings():  # Pillow warns of what it then refuses or repairs.
        warnings.simplefilter("ignore")
        train, test, left_out = list_images(root)
    files = train.files + (test.files if test else [])
    name, count = root.resolve().name, len(train.files)
    class_names = None if train.classes is None else tuple(sorted(set(train.classes)))
    train_labels = class_labels(train, class_names)
    test_labels = None if test is None else class_labels(test, class_names)

    def read(allocate: Allocate) -> Parts:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            images, dropped = read_images(files, image_size, allocate)
        if line := _incomplete(left_out, dropped):
            line = one_line(f"{root}: {len(images)} images are read, {line}", 1000)
            warnings.warn(line, stacklevel=3)
        test_images = None if test is None else images[count:]
        return Parts(images[:count], train_labels, test_images, test_labels, class_names)

    if cache_dir is not None:
        states = [(str(file.relative_to(root)), file.stat()) for file in files]
        identity = {
            "files": [(file, state.st_size, state.st_mtime_ns) for file, state in states],
            "parts": [count, train.classes, None if test is None else test.classes],
            "image_size": image_size,
        }
        return cached(cache_dir, name, identity, read)
    return read(in_memory).dataset(name)


def class_labels(part: ClassifiedFiles, class_names: tuple[str, ...] | None) -> np.ndarray | None:
    """Returns the class index of each file, int64 `(n,)`; None without classes."""
    if part.classes is None or class_names is None:
        return None
    return np.searchsorted(class_names, part.classes).astype("int64")  # The names are sorted.


def _incomplete(left_out: Counter[str], dropped: Counter[str]) -> str:
    """Says how many images are left out and why, and what is dropped of those that are read."""
    lines = [reasons(left_out)] if left_out else []
    lines += [f"the {part} of {count} dropped" for part, count in dropped.items()]
    return ", ".join(lines)
