import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from tfgan_it.augmentation import geometry as g

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(4, 6, 9, 2)).astype("float32")
SQUARE = RNG.normal(size=(2, 5, 5, 1)).astype("float32")


def column(*numbers):
    return np.asarray(numbers, "float32")


def test_the_identity_changes_no_bit():
    one = column(1, 1, 1, 1)
    maps = g.scaling(one, one) @ g.rotation(0 * one) @ g.shift(0 * one, 0 * one)
    np.testing.assert_array_equal(g.mapped(IMAGES, maps), IMAGES)


def test_mirrors():
    flipped = g.mapped(IMAGES, g.scaling(column(-1, 1, -1, 1), column(1, 1, -1, -1)))
    np.testing.assert_array_equal(flipped[0], IMAGES[0][:, ::-1])
    np.testing.assert_array_equal(flipped[1], IMAGES[1])
    np.testing.assert_array_equal(flipped[2], IMAGES[2][::-1, ::-1])
    np.testing.assert_array_equal(flipped[3], IMAGES[3][::-1])


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_are_clockwise(quarters):
    turned = g.mapped(SQUARE, g.rotation(column(*[quarters * np.pi / 2] * 2)))
    np.testing.assert_allclose(turned, np.rot90(SQUARE, -quarters, axes=(1, 2)), atol=1e-5)


def test_shifts_go_to_the_right_and_downwards():
    moved = g.mapped(IMAGES, g.shift(column(2, 0, -1, 0), column(0, 1, 0, 0.5))).numpy()
    np.testing.assert_array_equal(moved[0][:, 2:], IMAGES[0][:, :-2])
    np.testing.assert_array_equal(moved[1][1:], IMAGES[1][:-1])
    np.testing.assert_array_equal(moved[2][:, :-1], IMAGES[2][:, 1:])
    np.testing.assert_allclose(moved[3][1:], (IMAGES[3][1:] + IMAGES[3][:-1]) / 2, atol=1e-6)


def test_beyond_the_border_the_image_is_mirrored():
    moved = g.mapped(SQUARE, g.shift(column(2, -7), column(0, 0))).numpy()
    row = np.pad(SQUARE, ((0, 0), (0, 0), (8, 8), (0, 0)), "reflect")
    np.testing.assert_array_equal(moved[0], row[0][:, 6:11])
    np.testing.assert_array_equal(moved[1], row[1][:, 15:20])


MAPS = {
    "larger": g.scaling(column(1.7), column(1.3)),
    "smaller": g.scaling(column(0.4), column(0.6)),
    "turned": g.rotation(column(0.7)),
    "moved": g.shift(column(1.3), column(-2.6)),
    "all": g.rotation(column(2.0))
    @ g.scaling(column(0.7), column(1.2))
    @ g.shift(column(3.0), column(0.4)),
}


@pytest.mark.parametrize("name", list(MAPS))
def test_against_an_independent_implementation(name):
    matrix = np.asarray(MAPS[name], "float64")[0]
    # scipy counts rows first, from the corner.
    swap = np.asarray([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    centre = np.asarray([[1, 0, 2.5], [0, 1, 4], [0, 0, 1]])
    matrix = centre @ swap @ matrix @ swap @ np.linalg.inv(centre)
    ours = g.mapped(IMAGES, tf.repeat(MAPS[name], 4, axis=0))
    for image, result in zip(IMAGES, ours, strict=True):
        for channel in range(2):
            expected = ndimage.affine_transform(image[..., channel], matrix, order=1, mode="mirror")
            np.testing.assert_allclose(result[..., channel], expected, atol=1e-4)


def test_the_first_factor_acts_first():
    shift, turn = g.shift(column(1, 1), column(0, 0)), g.rotation(column(np.pi / 2, np.pi / 2))
    in_turn = g.mapped(g.mapped(SQUARE, shift), turn)
    np.testing.assert_allclose(g.mapped(SQUARE, shift @ turn), in_turn, atol=1e-5)
    assert np.abs(g.mapped(SQUARE, turn @ shift) - in_turn).max() > 0.1


def test_first_and_second_gradients():
    weights, move = RNG.normal(size=(2, *IMAGES.shape)).astype("float32")
    maps = tf.repeat(MAPS["all"], 4, axis=0)

    @tf.function
    def gradients():
        images = tf.constant(IMAGES)
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as tape:
                tape.watch(images)
                value = tf.reduce_sum(weights * g.mapped(images, maps) ** 2)
            gradient = tape.gradient(value, images)
            penalty = tf.reduce_sum(gradient * move)
        return gradient, outer.gradient(penalty, images)

    def value(images):
        return float(np.sum(weights.astype("f8") * g.mapped(images.astype("f4"), maps) ** 2))

    gradient, second = gradients()
    # The value is quadratic: central differences are exact.
    difference = (value(IMAGES + 0.5 * move) - value(IMAGES - 0.5 * move)) / 1.0
    assert difference == pytest.approx((gradient.numpy() * move).sum(), rel=1e-4)
    curvature = value(IMAGES + move) - 2 * value(IMAGES) + value(IMAGES - move)
    assert curvature == pytest.approx((second.numpy() * move).sum(), rel=1e-3)


@pytest.mark.parametrize("name", list(MAPS))
@pytest.mark.parametrize("fill", [-1.0, 0.0, 2.5])
def test_beyond_the_border_all_pixels_are_of_the_fill(name, fill):
    matrix = np.asarray(MAPS[name], "float64")[0]
    swap = np.asarray([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    centre = np.asarray([[1, 0, 22.5], [0, 1, 24], [0, 0, 1]])
    matrix = centre @ swap @ matrix @ swap @ np.linalg.inv(centre)
    ours = g.mapped(IMAGES, tf.repeat(MAPS[name], 4, axis=0), fill).numpy()
    padded = np.pad(IMAGES, ((0, 0), (20, 20), (20, 20), (0, 0)), constant_values=fill)
    for image, result in zip(padded, ours, strict=True):
        for channel in range(2):
            expected = ndimage.affine_transform(image[..., channel], matrix, order=1, cval=fill)
            np.testing.assert_allclose(result[..., channel], expected[20:-20, 20:-20], atol=1e-4)
