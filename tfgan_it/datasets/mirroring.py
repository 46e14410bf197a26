"""Training images and their mirror images."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from tfgan_it.datasets.disk_cache import is_cached, mirrored_on_disk
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.memory import check_memory


def mirrored(dataset: Any) -> ImageDataset:
    """Doubles the training images by their mirror images, left and right exchanged.

    This is for images whose mirror images are as likely, such as faces, and not for letters. Test
    images stay as they are.

    Args:
        dataset: An `ImageDataset`. Images that `load` keeps in `cache_dir` stay files.

    Returns:
        A data set of the same name, with the images first and then their mirror images.

    Raises:
        ValueError: If samples are not images, or twice as many need more than half of the memory of
            the machine.

    Source: Karras et al., 2019, "A Style-Based Generator Architecture for Generative Adversarial
    Networks", and the authors' code.

    Example:

    >>> from tfgan_it.datasets.digits import digits
    >>> mirrored(digits())
    ImageDataset('digits', 2874 train + 360 test images of 8x8x1, 10 classes)
    """
    if not isinstance(dataset, ImageDataset):
        raise ValueError(
            f"Only images have mirror images, got {dataset.name}, samples of "
            f"{tuple(dataset.sample_shape)}."
        )
    images, labels, texts = dataset.train_images, dataset.train_labels, dataset.train_texts
    if is_cached(images):
        both = mirrored_on_disk(images)
    else:
        check_memory(f"{dataset.name} with its mirror images", 2 * images.nbytes)
        both = np.concatenate([images, images[:, :, ::-1]])
    return dataclasses.replace(
        dataset,
        train_images=both,
        train_labels=None if labels is None else np.concatenate([labels, labels]),
        train_texts=None if texts is None else texts + texts,
    )
