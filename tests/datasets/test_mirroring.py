"""Mirror images."""

import numpy as np
import pytest

from tfgan_it import datasets


def test_images_come_first_and_then_their_mirror_images():
    data = datasets.digits()
    both = datasets.mirrored(data)
    count = len(data.train_images)
    np.testing.assert_array_equal(both.train_images[:count], data.train_images)
    for index in (0, 7, count - 1):
        for column in range(8):
            np.testing.assert_array_equal(
                both.train_images[count + index, :, column], data.train_images[index, :, 7 - column]
            )
    np.testing.assert_array_equal(both.train_labels, [*data.train_labels, *data.train_labels])
    np.testing.assert_array_equal(both.test_images, data.test_images)
    assert both.class_names == data.class_names


def test_images_without_labels():
    images = np.arange(24, dtype="uint8").reshape(2, 3, 4, 1)
    both = datasets.mirrored(datasets.ImageDataset("own", images, images))
    assert both.train_labels is None and len(both.train_images) == 4


def test_points_are_refused_in_one_line():
    with pytest.raises(ValueError, match=r"^Only images have mirror images, got ring, .*\(2,\)\.$"):
        datasets.mirrored(datasets.load("ring"))
