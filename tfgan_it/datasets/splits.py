"""The fixed test part of data that come without one."""

from __future__ import annotations

import numpy as np

from tfgan_it.datasets.images import ImageDataset


def hold_out(
    count: int, labels: np.ndarray | None = None, *, every: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows to test on: one row in `every` is tested on, always the same ones.

    The rows are shuffled by a fixed seed, then sorted by label where labels are given, and every
    `every`-th is held out, so that each class gives its share to within one row.

    Args:
        count: Number of rows.
        labels: Integer array `(count,)`, or `None`.
        every: One row in this many is held out, at least 2.

    Returns:
        `(train, test)`: int64 arrays of row numbers, each ascending, together all rows once.

    Raises:
        ValueError: If there are fewer than two rows or `every` is below 2.

    Example:

    >>> train, test = hold_out(30, np.repeat([0, 1, 2], 10), every=5)
    >>> np.bincount(np.repeat([0, 1, 2], 10)[test])
    array([2, 2, 2])
    """
    if count < 2 or every < 2:
        raise ValueError(f"cannot hold out one row in {every} of {count}: both must be at least 2")
    # NumPy promises that the stream of RandomState never changes; it does not for Generator.
    order = np.random.RandomState(0).permutation(count)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    held = np.zeros(count, bool)
    held[order[::every]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def split_dataset(
    name: str,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    class_names: tuple[str, ...] | None = None,
    *,
    every: int = 10,
) -> ImageDataset:
    """An `ImageDataset` of images that come in one piece, with `hold_out`'s rows as its test part.

    Args:
        name: Name of the data set.
        images: uint8 array `(n, height, width, channels)`.
        labels: int64 array `(n,)`, or `None`.
        class_names: The name of each class index, or `None`.
        every: One image in this many is held out.

    Raises:
        ValueError: If there are fewer than two images, or `ImageDataset` refuses the arrays.
    """
    ImageDataset(name, images, images, labels, labels, class_names)  # refuses before it is split
    train, test = hold_out(len(images), labels, every=every)
    train_labels, test_labels = (None, None) if labels is None else (labels[train], labels[test])
    return ImageDataset(name, images[train], images[test], train_labels, test_labels, class_names)
