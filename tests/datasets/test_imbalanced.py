"""Classes of unequal shares."""

import numpy as np
import pytest

from tfgan_it.datasets import ImageDataset, imbalanced


def blank(train, test, classes=4):
    labels = [np.arange(n) % classes for n in (train, test)]
    images = [np.arange(n, dtype="uint8").reshape(-1, 1, 1, 1) for n in (train, test)]
    return ImageDataset("blank", *images, *labels)


@pytest.mark.parametrize("seed", range(3))
def test_both_splits_have_the_sampled_shares(seed):
    part = imbalanced(blank(800, 240), seed=seed, concentration=3.0)
    shares = np.random.default_rng(seed).dirichlet([3.0] * 4)
    for labels, present in ((part.train_labels, 200), (part.test_labels, 60)):
        counts = np.bincount(labels)
        # The largest part: the most frequent class is there whole.
        assert counts.max() == present
        np.testing.assert_allclose(counts, shares / shares.max() * present, atol=1)


def test_the_first_images_of_a_class_are_used_in_order():
    part = imbalanced(blank(200, 80), seed=1)
    for label in range(4):
        kept = part.train_images[part.train_labels == label].ravel()
        every = np.arange(200)[np.arange(200) % 4 == label]
        np.testing.assert_array_equal(kept, every[: len(kept)])
    assert part.name == "blank-imbalanced-1"


@pytest.mark.parametrize(
    "make, text",
    [
        (lambda: imbalanced(blank(80, 40), 0, concentration=0.0), "concentration must be above 0"),
        (lambda: imbalanced(blank(8, 4), 0, concentration=0.05), "without an image"),
        (lambda: imbalanced(ImageDataset("x", *2 * [np.zeros((9, 2, 2, 1), "uint8")]), 0), "x has"),
    ],
)
def test_what_cannot_be_made_is_named(make, text):
    with pytest.raises(ValueError, match=text):
        make()
