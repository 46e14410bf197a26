"""The handwritten digits that come with scikit-learn: real data without a download."""

from __future__ import annotations

import numpy as np

from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.splits import split_dataset


def digits() -> ImageDataset:
    """Loads 1,797 real handwritten digits of 8x8 grey pixels: 1,437 for training, 360 for testing.

    They are the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak,
    1998), as `sklearn.datasets.load_digits` embeds it. Its counts 0..16 become pixels as
    `round(count * 255 / 16)`. The 360 test images are the fixed, stratified choice of
    `hold_out(1797, labels, every=5)`: 35 to 37 of each digit.

    Example:

    >>> digits()
    ImageDataset('digits', 1437 train + 360 test images of 8x8x1, 10 classes)
    """
    from sklearn.datasets import load_digits  # Only this set needs it.

    data = load_digits()
    images = np.rint(data.images[..., None] * (255 / 16)).astype("uint8")
    names = tuple(str(name) for name in data.target_names)
    return split_dataset("digits", images, data.target.astype("int64"), names, every=5)
