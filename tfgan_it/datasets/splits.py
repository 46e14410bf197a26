"""A fixed test split for data without one."""

from __future__ import annotations

import numpy as np

from tfgan_it.datasets.labelled_samples import ImageDataset


def hold_out(
    count: int, labels: np.ndarray | None = None, *, every: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Splits indices into training and test indices: one in `every` is held out, always the same.

    The indices are shuffled with a fixed seed and, if labels are given, sorted by label; then every
    `every`-th is held out. The test split is thus stratified to within one example of each class.

    Args:
        count: Number of examples.
        labels: Integer array `(count,)`, or `None`.
        every: One example in this many is held out, at least 2.

    Returns:
        `(train, test)`: int64 arrays of indices, each ascending, together all indices once.

    Raises:
        ValueError: If there are fewer than two examples or `every` is below 2.

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
    is_test = np.zeros(count, bool)
    is_test[order[::every]] = True
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def split_dataset(
    name: str,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    class_names: tuple[str, ...] | None = None,
    *,
    every: int = 10,
) -> ImageDataset:
    """Builds an `ImageDataset` from images without a test part, which `hold_out` selects.

    Args:
        name: Name of the data set.
        images: uint8 array `(n, height, width, channels)`.
        labels: int64 array `(n,)`, or `None`.
        class_names: The name of each class index, or `None`.
        every: One image in this many is held out.

    Raises:
        ValueError: If there are fewer than two images, or `ImageDataset` refuses the arrays.
    """
    ImageDataset(name, images, images, labels, labels, class_names)  # Checks them before the split.
    if len(images) < 2:
        raise ValueError(f"{name} has 1 image, at least 2 are needed: one is held out for tests")
    train, test = hold_out(len(images), labels, every=every)
    train_labels, test_labels = (None, None) if labels is None else (labels[train], labels[test])
    return ImageDataset(name, images[train], images[test], train_labels, test_labels, class_names)
