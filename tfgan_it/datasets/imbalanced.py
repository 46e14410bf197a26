"""Data sets with unequal class frequencies."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_above
from tfgan_it.datasets.labelled_samples import ImageDataset


@check_arguments()
def imbalanced(dataset: ImageDataset, seed: int, concentration: float = 2.0) -> ImageDataset:
    """Returns the largest subset whose class shares are w ~ Dirichlet(concentration).

    Both splits have the same shares, up to rounding. The first images of each class are kept.

    Args:
        dataset: A data set with labels.
        seed: Seed of the shares.
        concentration: Concentration of the Dirichlet distribution. With 1 all shares are equally
            likely; larger values make them more equal.

    Raises:
        ValueError: If the data set has no labels, the concentration is not above 0, or a class
            would have no image.

    Example:

    >>> import numpy as np
    >>> images, labels = np.zeros((1000, 8, 8, 1), "uint8"), np.arange(1000) % 2
    >>> part = imbalanced(ImageDataset("blank", images, images, labels, labels), seed=0)
    >>> np.bincount(part.train_labels).tolist()
    [347, 500]
    """
    if dataset.train_labels is None or dataset.test_labels is None:
        raise ValueError(f"imbalanced: {dataset.name} has no labels: give a data set with labels.")
    check_above("imbalanced", "concentration", concentration, 0)
    classes = dataset.num_classes
    shares = np.random.default_rng(seed % 2**64).dirichlet(np.full(classes, concentration))
    parts: dict[str, Any] = {}
    for split in ("train", "test"):
        images, labels = getattr(dataset, f"{split}_images"), getattr(dataset, f"{split}_labels")
        present = np.bincount(labels, minlength=classes or 0)
        counts = np.floor(shares * (present / shares).min() + 1e-9).astype(int)
        if counts.min() < 1:
            raise ValueError(
                f"imbalanced: seed {seed} leaves class {counts.argmin()} of the {split} split "
                f"without an image: use another, or a concentration above {concentration}."
            )
        order = np.argsort(labels, kind="stable")
        first = np.concatenate([[0], np.cumsum(present)[:-1]])
        selected = [order[start : start + n] for start, n in zip(first, counts, strict=True)]
        indices = np.sort(np.concatenate(selected))
        parts |= {f"{split}_images": images[indices], f"{split}_labels": labels[indices]}
        if texts := getattr(dataset, f"{split}_texts"):
            parts[f"{split}_texts"] = tuple(texts[i] for i in indices)
    return dataclasses.replace(dataset, name=f"{dataset.name}-imbalanced-{seed}", **parts)
