import colorsys

import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.augmentation import transformations as t

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, size=(5, 6, 8, 3)).astype("float32")
NUMBERS = RNG.uniform(size=5).astype("float32")
OTHERS = RNG.uniform(size=5).astype("float32")
COLUMN = NUMBERS[:, None, None, None]
GREY = IMAGES.mean(axis=-1, keepdims=True)


def test_brightness():
    np.testing.assert_allclose(t.brightness(IMAGES, NUMBERS), IMAGES + COLUMN, rtol=1e-6)


def test_contrast():
    np.testing.assert_allclose(t.contrast(IMAGES, NUMBERS), IMAGES * COLUMN, rtol=1e-6)


def test_contrast_about_the_mean_of_each_image():
    changed = t.contrast_about_mean(IMAGES, NUMBERS).numpy()
    axes = (1, 2, 3)
    np.testing.assert_allclose(changed.mean(axes), IMAGES.mean(axes), atol=1e-6)
    np.testing.assert_allclose(changed.std(axes), NUMBERS * IMAGES.std(axes), rtol=1e-5)


def test_saturation():
    expected = GREY + COLUMN * (IMAGES - GREY)
    np.testing.assert_allclose(t.saturation(IMAGES, NUMBERS), expected, atol=1e-6)
    np.testing.assert_allclose(t.saturation(GREY, NUMBERS), GREY, atol=1e-6)


def test_luma_flip():
    flip = np.asarray([1, 0, 1, 1, 0], "float32")
    expected = np.where(flip[:, None, None, None] == 1, IMAGES - 2 * GREY, IMAGES)
    np.testing.assert_allclose(t.luma_flip(IMAGES, flip), expected, atol=1e-6)
    np.testing.assert_allclose(t.luma_flip(GREY, np.ones(5, "float32")), -GREY, atol=1e-6)


def test_hue_turns_colours_around_grey():
    third = 2 * np.pi / 3
    turned = t.hue(IMAGES, np.asarray([0, third, -third, 2 * np.pi, third], "float32")).numpy()
    np.testing.assert_array_equal(turned[0], IMAGES[0])
    np.testing.assert_allclose(turned[1], np.roll(IMAGES[1], 1, axis=-1), atol=1e-6)
    np.testing.assert_allclose(turned[2], np.roll(IMAGES[2], -1, axis=-1), atol=1e-6)
    np.testing.assert_allclose(turned[3], IMAGES[3], atol=1e-6)
    red = np.asarray([1, 0, 0], "float32").reshape(1, 1, 1, 3)
    reached = t.hue(red, np.asarray([third], "float32")).numpy().ravel()
    assert colorsys.rgb_to_hsv(*np.clip(reached, 0, 1))[0] == pytest.approx(1 / 3, abs=1e-6)


@pytest.mark.parametrize("angle", [0.3, 2.0, -1.0])
def test_hue_keeps_grey_and_distance_from_it(angle):
    turned = t.hue(IMAGES, np.full(5, angle, "float32")).numpy()
    np.testing.assert_allclose(turned.mean(-1), IMAGES.mean(-1), atol=1e-6)
    lengths = [np.linalg.norm(x - GREY, axis=-1) for x in (turned, IMAGES)]
    np.testing.assert_allclose(*lengths, atol=1e-5)


def translated(image, down, right):
    result = np.zeros_like(image)
    height, width, _ = image.shape
    for i in range(height):
        for j in range(width):
            if 0 <= i - down < height and 0 <= j - right < width:
                result[i, j] = image[i - down, j - right]
    return result


@pytest.mark.parametrize("ratio, most", [(0.125, (1, 1)), (0.25, (2, 2)), (0.5, (3, 4))])
def test_translation_by_a_whole_number_of_pixels(ratio, most):
    moved = t.translation(IMAGES, NUMBERS, OTHERS, ratio)
    for image, u, v, result in zip(IMAGES, NUMBERS, OTHERS, moved, strict=True):
        down, right = (int(x * (2 * m + 1)) - m for x, m in zip((u, v), most, strict=True))
        np.testing.assert_array_equal(result, translated(image, down, right))


@pytest.mark.parametrize("u, shift", [(0.0, -4), (0.4999, 0), (0.5001, 0), (1 - 2**-24, 4)])
def test_translation_at_the_ends_of_the_range(u, shift):
    image = RNG.normal(size=(1, 28, 28, 1)).astype("float32")
    numbers = np.asarray([u], "float32"), np.asarray([0.5], "float32")
    moved = t.translation(image, *numbers)
    np.testing.assert_array_equal(moved[0], translated(image[0], shift, 0))


@pytest.mark.parametrize("ratio", [0.5, 0.3])
def test_cutout(ratio):
    for u, v in RNG.uniform(size=(20, 2)).astype("float32"):
        kept = t.cutout(np.ones((1, 6, 8, 2), "float32"), u[None], v[None], ratio).numpy()[0]
        expected = np.ones((6, 8, 2))
        spans = []
        for number, size in ((u, 6), (v, 8)):
            length = int(size * ratio + 0.5)
            centre = int(number * (size + (1 - length % 2)))
            spans.append(range(centre - length // 2, centre - length // 2 + length))
        for i in range(6):
            for j in range(8):
                if i in spans[0] and j in spans[1]:
                    expected[i, j] = 0
        np.testing.assert_array_equal(kept, expected)
        assert 0 < (kept == 0).sum() <= 2 * len(spans[0]) * len(spans[1])


EVERY = {
    "brightness": (t.brightness, [NUMBERS]),
    "contrast": (t.contrast, [NUMBERS]),
    "contrast_about_mean": (t.contrast_about_mean, [NUMBERS]),
    "saturation": (t.saturation, [NUMBERS]),
    "luma_flip": (t.luma_flip, [np.round(NUMBERS)]),
    "hue": (t.hue, [NUMBERS]),
    "translation": (t.translation, [NUMBERS, OTHERS]),
    "cutout": (t.cutout, [NUMBERS, OTHERS]),
}
every_transformation = pytest.mark.parametrize("name", list(EVERY))


@pytest.mark.parametrize(
    "name, identity",
    [
        ("brightness", 0),
        ("contrast", 1),
        ("contrast_about_mean", 1),
        ("saturation", 1),
        ("luma_flip", 0),
        ("hue", 0),
    ],
)
def test_the_identity_changes_no_bit(name, identity):
    transformation, _ = EVERY[name]
    numbers = np.full(5, identity, "float32")
    np.testing.assert_array_equal(transformation(IMAGES, numbers), IMAGES)


@every_transformation
def test_each_image_independently(name):
    transformation, numbers = EVERY[name]
    together = transformation(IMAGES, *numbers)
    assert together.shape == IMAGES.shape and together.dtype == "float32"
    for index in range(5):
        one = slice(index, index + 1)
        alone = transformation(IMAGES[one], *(x[one] for x in numbers))
        np.testing.assert_allclose(together[one], alone, atol=1e-6)
    assert np.abs(together - IMAGES).max() > 0.01


@every_transformation
def test_the_gradient_reaches_the_images(name):
    transformation, numbers = EVERY[name]
    weights, move = RNG.normal(size=(2, *IMAGES.shape))
    images = tf.constant(IMAGES, "float64")
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.reduce_sum(weights * transformation(images, *(x.astype("f8") for x in numbers)))
    gradient = tape.gradient(value, images).numpy()
    # Affine in the images: the difference is exact for a step of any length.
    moved = transformation(images + move, *(x.astype("f8") for x in numbers))
    moved = tf.reduce_sum(weights * moved)
    assert float(moved - value) == pytest.approx((gradient * move).sum(), rel=1e-9)
