"""Views of an image: what is moved where, by the numbers that were drawn."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy import ndimage

from support.games import drawn
from tfgan_it.augmentation import geometry
from tfgan_it.layers import RandomViews
from tfgan_it.seeds import StatelessSeed

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (4, 8, 12, 2)).astype("float32")
NONE = {"shift": 0.0, "rotation": 0.0, "zoom": 0.0}
NUMBERS = RNG.uniform(-1, 1, (4, 7)).astype("float32")


def moved(numbers, images=IMAGES, **arguments):
    return RandomViews(**arguments).transform(images, drawn(numbers)).numpy()


def numbers(**columns):
    """Numbers for four images; where nothing is said, those of the identity."""
    drawn_numbers = np.zeros((4, 7), "float32")
    drawn_numbers[:, 0] = 0.5
    for name, values in columns.items():
        names = ["mirror", "zoom", "turn", "right", "down", "contrast", "brightness"]
        drawn_numbers[:, names.index(name)] = values
    return drawn_numbers


def test_the_middle_of_all_ranges_changes_no_bit():
    arguments = {"mirror": True, "brightness": 0.3, "contrast": 0.3}
    np.testing.assert_allclose(moved(numbers(), **arguments), IMAGES, atol=1e-7)
    np.testing.assert_array_equal(moved(numbers()), IMAGES)


def test_shifts_are_shares_of_a_side_and_bring_in_the_background():
    # An eighth of 8 rows is one row; a quarter of 12 columns three.
    down = moved(numbers(down=[1, -1, 0.5, 0]), **{**NONE, "shift": 0.125}, fill=-0.7)
    np.testing.assert_allclose(down[0][1:], IMAGES[0][:-1], atol=1e-6)
    np.testing.assert_allclose(down[0][0], -0.7, atol=1e-6)
    np.testing.assert_allclose(down[1][:-1], IMAGES[1][1:], atol=1e-6)
    np.testing.assert_allclose(down[1][-1], -0.7, atol=1e-6)
    np.testing.assert_allclose(down[2][1:], (IMAGES[2][1:] + IMAGES[2][:-1]) / 2, atol=1e-6)
    np.testing.assert_allclose(down[2][0], (IMAGES[2][0] - 0.7) / 2, atol=1e-6)
    np.testing.assert_allclose(down[3], IMAGES[3], atol=1e-6)
    right = moved(numbers(right=[1, -1, 0, 0]), **{**NONE, "shift": 0.25})
    np.testing.assert_allclose(right[0][:, 3:], IMAGES[0][:, :-3], atol=1e-6)
    np.testing.assert_allclose(right[1][:, :-3], IMAGES[1][:, 3:], atol=1e-6)
    np.testing.assert_allclose(right[1][:, -3:], -1, atol=1e-6)


def test_half_of_the_images_are_mirrored():
    flipped = moved(numbers(mirror=[-0.9, -0.1, 0.1, 0.9]), **NONE, mirror=True)
    np.testing.assert_allclose(flipped[:2], IMAGES[:2, :, ::-1], atol=1e-6)
    np.testing.assert_allclose(flipped[2:], IMAGES[2:], atol=1e-6)
    kept = moved(numbers(mirror=[-0.9, -0.1, 0.1, 0.9]), **NONE)
    np.testing.assert_array_equal(kept, IMAGES)


def test_a_quarter_turn_is_clockwise():
    square = IMAGES[:, :, :8]
    turned = moved(numbers(turn=[1, -1, 0, 0]), square, **{**NONE, "rotation": 90})
    np.testing.assert_allclose(turned[0], np.rot90(square[0], -1), atol=1e-5)
    np.testing.assert_allclose(turned[1], np.rot90(square[1]), atol=1e-5)


def test_zoom_turn_and_shift_against_an_independent_implementation():
    arguments = {"shift": 0.2, "rotation": 40, "zoom": 0.3, "fill": 0.4}
    ours = moved(NUMBERS, **arguments)
    for image, result, (_, zoom, turn, right, down, *_) in zip(IMAGES, ours, NUMBERS, strict=True):
        angle, factor = np.radians(40 * turn), 1 + 0.3 * zoom
        # From a place of the result, rows first, back to where it is read.
        back = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / factor
        centre = np.array([3.5, 5.5])
        offset = centre - back @ (centre + [0.2 * 8 * down, 0.2 * 12 * right])
        for channel in range(2):
            expected = ndimage.affine_transform(
                np.pad(image[..., channel], 20, constant_values=0.4),
                back,
                offset=offset + 20 - back @ [20, 20],
                order=1,
                cval=0.4,
            )[20:-20, 20:-20]
            np.testing.assert_allclose(result[..., channel], expected, atol=1e-4)


def test_contrast_is_about_each_images_mean_and_results_stay_in_range():
    changed = moved(NUMBERS, **NONE, contrast=0.5, brightness=0.4)
    mean = IMAGES.mean(axis=(1, 2, 3), keepdims=True)
    contrast, brightness = (NUMBERS[:, i, None, None, None] for i in (5, 6))
    expected = mean + (1 + 0.5 * contrast) * (IMAGES - mean) + 0.4 * brightness
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(changed, np.clip(expected, -1, 1), atol=1e-6)


def test_the_last_numbers_give_the_erased_rectangle():
    draws = iter([np.zeros((2, 7), "float32"), np.array([[0.0, 0.99], [0.5, 0.5]], "float32")])
    layer = RandomViews(0, 0, 0, erase=0.5, fill=-0.5)
    images = np.ones((2, 8, 8, 1), "float32")
    erased = np.asarray(layer.transform(ops.convert_to_tensor(images), lambda f: next(draws)))
    expected = images[..., 0].copy()
    # Four pixels wide, around the corner at the top right and around the middle.
    expected[0, :2, 6:] = expected[1, 2:6, 2:6] = -0.5
    np.testing.assert_array_equal(erased[..., 0], expected)


def test_without_a_fill_images_are_mirrored_at_the_border():
    pushed = moved(numbers(right=1), **{**NONE, "shift": 0.25}, fill=None)
    np.testing.assert_allclose(pushed[:, :, :3], IMAGES[:, :, 3:0:-1], atol=1e-6)


@pytest.mark.parametrize("fill", [-1.0, 0.3])
def test_the_kernel_of_tensorflow_reads_what_the_geometry_reads(fill):
    layer = RandomViews(0.5, 90, 0.6, mirror=True, fill=fill)
    maps = layer.maps(ops.unstack(NUMBERS, axis=1), IMAGES.shape)
    slow = geometry.mapped(IMAGES, maps, fill).numpy()
    np.testing.assert_allclose(layer.transform(IMAGES, drawn(NUMBERS)), slow, atol=1e-5)
    assert 0.1 < (slow == np.float32(fill)).mean() < 0.9


@pytest.mark.parametrize("fill", [-1.0, None])
def test_first_and_second_gradients(fill):
    layer = RandomViews(0.2, 40, 0.3, True, contrast=0.2, fill=fill)
    weights, move = RNG.normal(size=(2, *IMAGES.shape)).astype("float32")
    images = IMAGES / 2  # So that nothing is clipped.

    def value(images):
        return tf.reduce_sum(weights * layer.transform(images, drawn(NUMBERS)) ** 2)

    def gradients(images):
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as tape:
                tape.watch(images)
                total = value(images)
            gradient = tape.gradient(total, images)
            push = tf.reduce_sum(gradient * move)
        return gradient, outer.gradient(push, images)

    gradient, second = gradients(tf.constant(images))
    # The value is quadratic: central differences are exact.
    up, middle, down = (float(value(images + 0.1 * s * move)) for s in (1, 0, -1))
    assert (up - down) / 0.2 == pytest.approx(float((gradient.numpy() * move).sum()), rel=1e-3)
    curvature = (up - 2 * middle + down) / 0.01
    assert curvature == pytest.approx(float((second.numpy() * move).sum()), rel=2e-2)


def test_draws_are_a_function_of_the_seed_and_fill_their_ranges():
    layer = RandomViews(shift=0.25, rotation=0, zoom=0)
    images = np.full((400, 4, 4, 1), -1, "float32")
    images[:, 1:3, 1:3] = 1
    one, same, other = (
        layer.transform(images, lambda f, s=s: f(400, seed=StatelessSeed(s))) for s in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.5
    light = np.clip(one.numpy()[..., 0] + 1, 0, None)
    rows = (light * np.arange(4)[:, None]).sum(axis=(1, 2)) / light.sum(axis=(1, 2)) - 1.5
    # U(-1, 1) of a mean of 0 and a variance of 1/3.
    assert abs(rows.mean()) < 0.1 and rows.var() == pytest.approx(1 / 3, abs=0.05)
    assert 0.9 < np.abs(rows).max() <= 1.0001


def test_as_a_layer_it_transforms_in_training_only():
    inputs = keras.Input(IMAGES.shape[1:])
    model = keras.Model(inputs, RandomViews(seed=3)(inputs))
    np.testing.assert_array_equal(model(IMAGES), IMAGES)
    first, second = (model(IMAGES, training=True).numpy() for _ in range(2))
    assert np.abs(first - second).max() > 0.1
    again = RandomViews(seed=3)
    np.testing.assert_array_equal(again(IMAGES, training=True), first)


def test_what_only_transforms_has_no_state():
    layer = RandomViews()
    layer.transform(IMAGES, drawn(NUMBERS))
    assert not layer.variables


def test_keras_round_trip(tmp_path):
    arguments = {"shift": 0.2, "rotation": 5, "zoom": 0.3, "mirror": True, "brightness": 0.1}
    arguments |= {"contrast": 0.4, "erase": 0.2, "fill": None, "seed": 5}
    inputs = keras.Input(IMAGES.shape[1:])
    layer = RandomViews(**arguments)
    model = keras.Model(inputs, layer(inputs))
    model(IMAGES, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert {name: getattr(loaded.layers[-1], name) for name in arguments} == arguments
    # The seed continues where it was.
    np.testing.assert_array_equal(loaded(IMAGES, training=True), model(IMAGES, training=True))


def test_half_precision_is_read_in_float32():
    half = tf.cast(IMAGES, "bfloat16")
    result = RandomViews().transform(half, drawn(NUMBERS))
    assert result.dtype == "bfloat16"
    expected = moved(NUMBERS, tf.cast(half, "float32"))
    np.testing.assert_allclose(tf.cast(result, "float32"), expected, atol=5e-3)
