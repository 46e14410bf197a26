"""The handwritten digits that come with scikit-learn: real data that need no file."""

from __future__ import annotations

import numpy as np

from tfgan_it.datasets.images import ImageDataset
from tfgan_it.datasets.splits import split_dataset


def digits() -> ImageDataset:
    """1,797 real handwritten digits of 8x8 grey pixels, 1,437 to train on and 360 to test on.

    The test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, 1998), as
    `sklearn.datasets.load_digits` embeds it. Its counts 0..16 become pixels as
    `round(count * 255 / 16)`. The 360 test images are the fixed, stratified rows of
    `hold_out(1797, labels, every=5)`: 35 to 37 of each digit.

    Example:

    >>> digits()
    ImageDataset('digits', 1437 train + 360 test images of 8x8x1, 10 classes)
    """
    from sklearn.datasets import load_digits  # for this set alone

    rows = load_digits()
    images = np.rint(rows.images[..., None] * (255 / 16)).astype("uint8")
    names = tuple(str(name) for name in rows.target_names)
    return split_dataset("digits", images, rows.target.astype("int64"), names, every=5)
