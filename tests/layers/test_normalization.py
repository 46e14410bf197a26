"""Batch normalisation in one operation, against NumPy and against Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.layers import BatchNormalization

SHAPES = [(6, 3), (4, 5, 2, 3)]
KEYS = {"momentum": 0.8, "epsilon": 1e-3}


def samples(shape):
    return np.random.default_rng(0).normal(1.0, 2.0, shape).astype("float32")


def both(shape):
    """Keras's layer and ours, with the same weights, which are not those of the start."""
    made = [kind(**KEYS) for kind in (keras.layers.BatchNormalization, BatchNormalization)]
    for layer in made:
        layer.build(shape)
        for seed, weight in enumerate(layer.weights):
            weight.assign(np.random.default_rng(seed).uniform(0.5, 1.5, shape[-1:]))
    return made


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_formula_and_averages_the_moments(shape):
    layer, x = both(shape)[1], samples(shape)
    gamma, beta, moving_mean, moving_variance = map(keras.ops.convert_to_numpy, layer.weights)
    axes = tuple(range(len(shape) - 1))
    mean, variance = x.mean(axes, "float64"), x.var(axes, dtype="float64")
    expected = gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta
    np.testing.assert_allclose(layer(x, training=True), expected, atol=1e-5)
    after = [keras.ops.convert_to_numpy(w) for w in layer.weights[2:]]
    np.testing.assert_allclose(after[0], 0.8 * moving_mean + 0.2 * mean, rtol=1e-5)
    np.testing.assert_allclose(after[1], 0.8 * moving_variance + 0.2 * variance, rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_in_inference_mode_it_uses_the_averages(shape):
    layer, x = both(shape)[1], samples(shape)
    gamma, beta, mean, variance = map(keras.ops.convert_to_numpy, layer.weights)
    expected = gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), expected, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_first_and_second_gradients_are_those_of_keras(shape):
    found = []
    for layer in both(shape):
        x, weights = tf.constant(samples(shape)), [w.value for w in layer.weights[:2]]
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                made = tf.reduce_sum(tf.sin(layer(x, training=True)))
            slope, *first = tape.gradient(made, [x, *weights])
            penalty = tf.reduce_sum(slope**2)
        found.append([slope, *first, *outer.gradient(penalty, [x, *weights])])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)
        assert np.abs(theirs).max() > 1e-2


def test_half_precision_in_and_out_and_single_within():
    layer = BatchNormalization(dtype="mixed_bfloat16", momentum=0.0)
    x = samples((64, 3)) + 100
    assert layer(x, training=True).dtype == "bfloat16"
    rounded = np.asarray(tf.cast(tf.cast(x, "bfloat16"), "float64"))
    np.testing.assert_allclose(layer.moving_mean.numpy(), rounded.mean(0), rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.numpy(), rounded.var(0), rtol=1e-3)


@pytest.mark.parametrize(
    "options", [{"axis": 1}, {"scale": False}, {"center": False}, {"synchronized": True}]
)
def test_other_options_are_those_of_keras(options):
    made = [kind(**options) for kind in (keras.layers.BatchNormalization, BatchNormalization)]
    theirs, ours = (layer(samples((4, 5, 2, 3)), training=True) for layer in made)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("policy", ["float64", "float16", "bfloat16"])
def test_weights_that_are_not_float32_are_normalised_as_keras_does(policy):
    kinds = keras.layers.BatchNormalization, BatchNormalization
    theirs, ours = (kind(dtype=policy)(samples((6, 3)), training=True) for kind in kinds)
    assert ours.dtype == theirs.dtype == policy
    np.testing.assert_array_equal(tf.cast(ours, "float64"), tf.cast(theirs, "float64"))
