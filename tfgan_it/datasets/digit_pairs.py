"""Pairs of a written and a spoken digit: one array whose channels are the two."""

from __future__ import annotations

import os

import numpy as np

from tfgan_it.datasets.images import ImageDataset
from tfgan_it.datasets.spoken_digits import CLASS_NAMES, spoken_digits

MODALITIES = {"image": 1, "sound": 1}  # Channels of each, in their order.


def digit_pairs(
    files_dir: str | os.PathLike | None,
    data_dir: str | os.PathLike | None = None,
    seed: int = 0,
) -> ImageDataset:
    """A handwritten and a spoken digit of one class, `(32, 32, 2)`: image, then log-mel sound.

    Each MNIST image, with a black rim of 2 pixels, is paired with a recording of its digit; within
    a class recordings are taken equally often, in an order that is a function of the seed. Pairs to
    train on are of both training parts, pairs to test on of both test parts. What a pair has in
    common is the digit and nothing else. Labels come along to measure with; models see none.

    Args:
        files_dir: Folder of raw files, with `mnist` and `spoken_digit` in it.
        data_dir: Where TensorFlow Datasets keeps MNIST once it is prepared.
        seed: Seed of the pairing.

    Raises:
        FileNotFoundError: no `files_dir`, or files that are missing from it.
        ValueError: corrupt files.
    """
    from tfgan_it.datasets.tensorflow_datasets import from_tfds  # Slow to import.

    sounds = spoken_digits(files_dir)
    images = from_tfds("mnist", files_dir=files_dir, data_dir=data_dir)
    parts = []
    for part, offset in (("train", 0), ("test", 1)):
        written, spoken = (
            (getattr(data, f"{part}_images"), getattr(data, f"{part}_labels"))
            for data in (images, sounds)
        )
        parts.append(paired_by_class(*written, *spoken, seed=2 * seed + offset))
    (train, train_labels), (test, test_labels) = parts
    return ImageDataset("digit_pairs", train, test, train_labels, test_labels, CLASS_NAMES)


def paired_by_class(
    images: np.ndarray,
    image_labels: np.ndarray,
    others: np.ndarray,
    other_labels: np.ndarray,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Each image beside a sample of its class from another set, on the channels.

    Args:
        images: `(n, height, width, channels)`.
        image_labels: Integers, `(n,)`.
        others: `(m, height, width, channels)` of the same dtype; the smaller of the two is centred
            in zeros.
        other_labels: Integers, `(m,)`, with each class of the images.
        seed: Seed of the choice; within a class all are taken equally often, to within one.

    Returns:
        Pairs `(n, height, width, channels + channels)` in the order of the images, and their
        labels.

    Raises:
        ValueError: a class of the images that the other set lacks, or another dtype.

    Example:

    >>> images, sounds = np.zeros((4, 2, 2, 1), "uint8"), np.ones((2, 4, 4, 1), "uint8")
    >>> pairs, labels = paired_by_class(images, np.array([1, 0, 1, 0]), sounds, np.array([0, 1]))
    >>> pairs.shape, labels.tolist()
    ((4, 4, 4, 2), [1, 0, 1, 0])
    """
    if images.dtype != others.dtype:
        raise ValueError(f"pairs need one dtype, got {images.dtype} and {others.dtype}")
    if missing := sorted(set(image_labels.tolist()) - set(other_labels.tolist())):
        raise ValueError(f"class {missing[0]} of the images has no sample in the other set")
    random = np.random.RandomState(seed)  # Whose stream NumPy promises not to change.
    chosen = np.empty(len(images), "int64")
    for label in np.unique(image_labels):
        rows = np.flatnonzero(image_labels == label)
        candidates = np.flatnonzero(other_labels == label)
        rounds = -(-len(rows) // len(candidates))
        order = np.concatenate([random.permutation(candidates) for _ in range(rounds)])
        chosen[rows] = order[: len(rows)]
    size = tuple(max(images.shape[axis], others.shape[axis]) for axis in (1, 2))
    pairs = [_centred(images, size), _centred(others, size)[chosen]]
    return np.concatenate(pairs, axis=-1), image_labels


def _centred(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    missing = [wanted - got for wanted, got in zip(size, images.shape[1:3], strict=True)]
    return np.pad(images, ((0, 0), *((m // 2, m - m // 2) for m in missing), (0, 0)))
