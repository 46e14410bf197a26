import math

import numpy as np
import pytest

from tfgan_it import datasets
from tfgan_it.datasets.image_information import flip_of, same_class_images
from tfgan_it.datasets.labelled_samples import ImageDataset

DIGITS = datasets.load("digits")


def bits(images, sources):
    """Reads the bits back: pictures of flat classes 0 and 1 have brightness 50 and 200."""
    side = math.ceil(math.sqrt(sources))
    n, height, width, _ = images.shape
    h, w = height // side, width // side
    cells = images.reshape(n, side, h, side, w).transpose(0, 1, 3, 2, 4).reshape(n, -1, h, w)
    return (cells[:, :sources].mean(axis=(2, 3)) > 125).astype(int), cells[:, sources:]


@pytest.fixture
def flat():
    """Images of brightness 50 and 200."""
    images = np.repeat([50, 200, 99], 8).astype("uint8")[:, None, None, None] * np.ones(
        (1, 4, 4, 1), "uint8"
    )
    labels = np.repeat([0, 1, 2], 8)
    return ImageDataset("flat", images, images, labels, labels)


def test_the_bits_of_x_and_y_are_a_symmetric_channel(flat):
    task = same_class_images(flat, 3, 0.2)
    expected = 3 * (math.log(2) + 0.2 * math.log(0.2) + 0.8 * math.log(0.8))
    assert task.mutual_information == pytest.approx(expected)
    x, y = task.sample(4000, seed=1)
    assert x.shape == y.shape == (4000, 8, 8, 1) and x.dtype == np.uint8
    (a, black), (b, _) = bits(x, 3), bits(y, 3)
    assert not black.any()
    assert np.mean(a != b, axis=0) == pytest.approx([0.2] * 3, abs=0.03)
    assert a.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.03)
    assert abs(np.corrcoef(a.T)[0, 1]) < 0.06 and abs(np.corrcoef(a[:, 0], b[:, 1])[0, 1]) < 0.06


def test_pictures_of_x_and_y_are_others_of_the_class():
    task = same_class_images(DIGITS, 1, 0.0, test=True)
    x, y = task.sample(200, seed=2)
    assert task.mutual_information == pytest.approx(math.log(2))
    pairs = zip(DIGITS.test_images, DIGITS.test_labels, strict=True)
    test = {image.tobytes(): label for image, label in pairs}
    assert [test[image.tobytes()] for image in x] == [test[image.tobytes()] for image in y]
    assert np.mean([np.array_equal(a, b) for a, b in zip(x, y, strict=True)]) < 0.2


def test_backgrounds_are_behind_and_independent(flat):
    background = np.random.default_rng(0).integers(256, size=(50, 4, 4, 1)).astype("uint8")
    task = same_class_images(flat, 1, 0.0, background=background, nuisance=0.5)
    assert task.mutual_information == pytest.approx(math.log(2)) and "nuisance_0.5" in task.name
    x, y = task.sample(500, seed=3)
    plain, _ = same_class_images(flat, 1, 0.0).sample(500, seed=3)
    assert (x >= plain).all() and (x > plain).any()
    assert not np.array_equal(x - plain, y - plain)


def test_two_kinds_of_pictures(flat):
    x, y = same_class_images(flat, 2, 0.1, other=DIGITS).sample(20)
    assert x.shape == (20, 8, 8, 1) and y.shape == (20, 16, 16, 1)


@pytest.mark.parametrize("nats", [0.5, 2.0, 6.5])
def test_the_flip_of_an_information(flat, nats):
    assert same_class_images(flat, 10, flip_of(nats, 10)).mutual_information == pytest.approx(nats)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sources": 0}, "sources must be a whole number of at least 1, got 0"),
        ({"flip": 0.7}, "flip must be in .0, 0.5., got 0.7"),
        ({"classes": (0, 7)}, "no image has the class 7"),
    ],
)
def test_bad_arguments(flat, arguments, message):
    with pytest.raises(ValueError, match=message):
        same_class_images(**{"data": flat, "sources": 2, "flip": 0.1, **arguments})


def test_bad_backgrounds(flat):
    background = np.zeros((2, 5, 5, 1), "uint8")
    task = same_class_images(flat, 1, 0.0, background=background, nuisance=0.5)
    with pytest.raises(ValueError, match=r"backgrounds must be \(4, 4, 1\), got \(5, 5, 1\)"):
        task.sample(3)
