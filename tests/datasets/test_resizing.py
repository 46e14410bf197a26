import numpy as np
import pytest

from tfgan_it.datasets import ImageDataset, resize_dataset
from tfgan_it.datasets.resizing import crop_and_resize, height_and_width


def test_size_is_a_side_or_a_pair():
    assert height_and_width(8) == (8, 8)
    assert height_and_width([4, 6]) == height_and_width((np.int64(4), np.uint8(6))) == (4, 6)


@pytest.mark.parametrize(
    "image_size", [0, (4, -1), (4,), (4, 4, 3), (4.0, 4), 4.5, "32", True, {}, np.nan]
)
def test_other_sizes_are_refused(image_size):
    with pytest.raises(ValueError, match="must be one positive int or"):
        height_and_width(image_size)


@pytest.mark.parametrize("image_size", [10**9, (1, 10**13), 2**70])
def test_sizes_that_no_memory_holds_are_refused(image_size):
    with pytest.raises(ValueError, match="pixels needs .* GiB of memory, more than half of"):
        height_and_width(image_size)
    images = np.zeros((2, 2, 2, 1), "uint8")
    huge = ImageDataset("huge", np.broadcast_to(images[:1], (10**9, 2, 2, 1)), images)
    with pytest.raises(ValueError, match="huge: 1000000002 images needs .* GiB of memory"):
        resize_dataset(huge, 2000)


@pytest.mark.parametrize(("shape", "window"), [((4, 8), np.s_[:, 2:6]), ((9, 4), np.s_[2:6])])
def test_the_centre_is_cut_out(shape, window):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), "uint8")
    np.testing.assert_array_equal(crop_and_resize(image, (4, 4)), image[window])


def test_halving_averages_with_the_triangle_filter():
    # Antialiased bilinear at scale 2 weighs 4 pixels 1:3:3:1, and at the border 3:3:1.
    row = np.array([0, 80, 160, 240], "uint8").reshape(1, 4, 1)
    halved = crop_and_resize(np.tile(row, (4, 1, 1)), (2, 2))
    left = (3 * 0 + 3 * 80 + 160) / 7
    assert halved.numpy()[..., 0].tolist() == [[round(left), round(240 - left)]] * 2


def test_extreme_shapes_keep_a_pixel():
    assert crop_and_resize(np.full((1, 100, 1), 7, "uint8"), (50, 1)).numpy().max() == 7


def test_a_dataset_is_resized_as_its_images_are():
    images = np.random.default_rng(0).integers(0, 256, (1030, 6, 8, 1), "uint8")  # over one chunk
    dataset = ImageDataset("noise", images, images[:5], np.arange(1030))
    resized = resize_dataset(dataset, 3)
    assert resized.sample_shape == (3, 3, 1)
    assert resized.train_labels is dataset.train_labels
    assert (len(resized.train_images), len(resized.test_images)) == (1030, 5)
    for row in (0, 1023, 1024, 1029):
        np.testing.assert_array_equal(
            resized.train_images[row], crop_and_resize(images[row], (3, 3))
        )


def test_a_dataset_of_that_size_is_not_changed():
    images = np.zeros((2, 6, 8, 1), "uint8")
    dataset = ImageDataset("blank", images, images)
    assert resize_dataset(dataset, (6, 8)) is dataset
