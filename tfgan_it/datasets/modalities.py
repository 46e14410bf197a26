"""Samples of several modalities, each a part of a dict, of which some may be missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_in_range
from tfgan_it.datasets.vocabulary import Vocabulary
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.seed_numbers import seed_of_32_bits

# Part of a sample that tells which of its modalities are there, 1, and which are missing, 0.
PRESENT = "present"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ModalityDataset(CheckedKeywords):
    """Samples of several modalities, with the attributes of `ImageDataset`.

    Args:
        name: Name of the set in records and run directories.
        train_images: Arrays `(n, ...)` by modality: uint8 images or float32 one-hot tokens; and
            `present`, float32 `(n, modalities)`, if some are missing.
        test_images: The same of the test part.
        train_labels: int64 array `(n,)` of class indices, or `None`.
        test_labels: int64 array `(m,)`, or `None`.
        class_names: The name of each class index, or `None`.
        vocabulary: The characters of a modality that is text, or `None`.

    Raises:
        ValueError: If the parts have other names, or a part has other numbers of samples.

    Example:

    >>> images = np.zeros((4, 8, 8, 1), "uint8")
    >>> both = {"image": images, "sound": images}
    >>> ModalityDataset("blank", both, both)
    ModalityDataset('blank', 4 train + 4 test samples of image 8x8x1, sound 8x8x1)
    """

    name: str
    train_images: Mapping[str, np.ndarray]
    test_images: Mapping[str, np.ndarray]
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    vocabulary: Vocabulary | None = None

    def __post_init__(self):
        names = list(self.train_images)
        if list(self.test_images) != names:
            raise ValueError(
                f"both parts need one order of modalities, got {', '.join(names)} and "
                f"{', '.join(self.test_images)}"
            )
        for part in ("train", "test"):
            counts = {name: len(x) for name, x in getattr(self, f"{part}_images").items()}
            labels = getattr(self, f"{part}_labels")
            if labels is not None:
                counts["labels"] = len(labels)
            if len(set(counts.values())) != 1:
                raise ValueError(f"{part}: all parts need one number of samples, got {counts}")

    @property
    def sample_shape(self) -> dict[str, tuple[int, ...]]:
        """Shape of each part of a sample."""
        return {name: x.shape[1:] for name, x in self.train_images.items()}

    @property
    def num_classes(self) -> int | None:
        """Number of classes, or `None` without class names."""
        return None if self.class_names is None else len(self.class_names)

    def __repr__(self) -> str:
        sizes = [len(next(iter(x.values()))) for x in (self.train_images, self.test_images)]
        shapes = ", ".join(f"{k} {'x'.join(map(str, s))}" for k, s in self.sample_shape.items())
        return (
            f"ModalityDataset({self.name!r}, {sizes[0]} train + {sizes[1]} test samples of "
            f"{shapes})"
        )


@check_arguments()
def hide_modalities(
    samples: Mapping[str, np.ndarray], missing: float = 0.5, seed: int = 0
) -> dict[str, np.ndarray]:
    """Removes modalities of samples at random, at least one of each sample is kept.

    Each modality of each sample is missing with a probability of its own, independently; of a
    sample that would lose all, one at random is kept. The probability is such that the expected
    share of what is missing is `missing`. A sample lacks the same modalities in every epoch.

    Args:
        samples: Arrays `(n, ...)` by modality.
        missing: Expected share of the modalities that are missing, from 0 to below
            1 - 1 / (number of modalities).
        seed: Seed of the choice.

    Returns:
        The samples, 0 where a modality is missing, and `present`, float32 `(n, modalities)`: 1
        where it is there, in the order of the dict.

    Raises:
        ValueError: If there are fewer than two modalities, or the share is too large.

    Example:

    >>> samples = {"image": np.ones((1000, 4, 4, 1), "uint8"), "word": np.ones((1000, 3, 2))}
    >>> hidden = hide_modalities(samples, missing=0.25)
    >>> hidden["present"].shape, int(hidden["present"].sum(axis=1).min())
    ((1000, 2), 1)
    >>> bool(abs(1 - hidden["present"].mean() - 0.25) < 0.05)
    True
    """
    count = len(samples)
    if count < 2:
        raise ValueError(f"hide_modalities: give at least two modalities, got {list(samples)}")
    check_in_range("hide_modalities", "missing", missing, 0, 1 - 1 / count, "[)")
    n = len(next(iter(samples.values())))
    random = np.random.RandomState(seed_of_32_bits(seed))  # NumPy promises not to change it.
    present = random.random_sample((n, count)) >= _probability(missing, count)
    kept = random.randint(count, size=n)
    present[np.arange(n), kept] |= ~present.any(axis=1)
    hidden = {}
    for (name, x), there in zip(samples.items(), present.T, strict=True):
        hidden[name] = np.where(there.reshape(-1, *[1] * (x.ndim - 1)), x, np.zeros((), x.dtype))
    return {**hidden, PRESENT: present.astype("float32")}


def _probability(missing: float, count: int) -> float:
    """Solves p - p^M / M = missing, the share that is missing after one of all is kept."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if middle - middle**count / count < missing:
            low = middle
        else:
            high = middle
    return low if missing else 0.0
