"""Pairs of a written and a spoken digit, as the channels of one array."""

from __future__ import annotations

import os

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.spoken_digits import CLASS_NAMES, spoken_digits
from tfgan_it.seed_numbers import seed_of_32_bits

MODALITIES = {"image": 1, "sound": 1}  # Number of channels of each, in this order.


@check_arguments()
def digit_pairs(
    files_dir: str | os.PathLike | None,
    data_dir: str | os.PathLike | None = None,
    seed: int = 0,
) -> ImageDataset:
    """Loads pairs of a handwritten and a spoken digit, `(32, 32, 2)`: image, then log-mel sound.

    Each MNIST image, padded with 2 black pixels, is paired with a recording of the same digit.
    Within a class recordings are used equally often, in an order that is a function of the seed.
    Training pairs consist of training samples, test pairs of test samples. The two samples of a
    pair share only the digit. The labels are for evaluation; models do not see them.

    Args:
        files_dir: Folder of raw files, with the subfolders `mnist` and `spoken_digit`.
        data_dir: Folder in which TensorFlow Datasets keeps the prepared MNIST.
        seed: Seed of the pairing.

    Raises:
        FileNotFoundError: If `files_dir` is None or lacks files.
        ValueError: If files are corrupt.
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


@check_arguments()
def paired_by_class(
    images: np.ndarray,
    image_labels: np.ndarray,
    others: np.ndarray,
    other_labels: np.ndarray,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Concatenates each image with a sample of the same class of another set, along the channels.

    Args:
        images: `(n, height, width, channels)`.
        image_labels: Integers, `(n,)`.
        others: `(m, height, width, channels)` of the same dtype. Smaller samples are padded with
            zeros, and centred.
        other_labels: Integers, `(m,)`, with each class of the images.
        seed: Seed of the pairing. Numbers of uses within a class differ by at most one.

    Returns:
        Pairs `(n, height, width, channels of both)` in the order of the images, and their labels.

    Raises:
        ValueError: If the other set lacks a class of the images, or has another dtype.

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
    seed = seed_of_32_bits(seed)
    random = np.random.RandomState(seed)  # NumPy promises not to change its stream.
    partners = np.empty(len(images), "int64")
    for label in np.unique(image_labels):
        indices = np.flatnonzero(image_labels == label)
        candidates = np.flatnonzero(other_labels == label)
        rounds = -(-len(indices) // len(candidates))
        order = np.concatenate([random.permutation(candidates) for _ in range(rounds)])
        partners[indices] = order[: len(indices)]
    size = tuple(max(images.shape[axis], others.shape[axis]) for axis in (1, 2))
    pairs = [_centred(images, size), _centred(others, size)[partners]]
    return np.concatenate(pairs, axis=-1), image_labels


def _centred(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    missing = [wanted - got for wanted, got in zip(size, images.shape[1:3], strict=True)]
    return np.pad(images, ((0, 0), *((m // 2, m - m // 2) for m in missing), (0, 0)))
