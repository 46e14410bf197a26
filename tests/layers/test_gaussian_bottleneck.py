"""A Gaussian bottleneck against the Gaussian that its weights say."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfgan_it.layers import GaussianBottleneck
from tfgan_it.seeds import StatelessSeed, layer_noise

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(6, 4)).astype("float32")
NOISE = RNG.normal(size=(6, 3)).astype("float32")


def bottleneck(scale=0.5, **arguments):
    """A bottleneck of three columns behind four features, its kernel and its bias."""
    layer = GaussianBottleneck(3, **arguments)
    layer.build((None, 4))
    rng = np.random.default_rng(1)
    kernel, bias = (scale * rng.normal(size=size) for size in ((4, 6), (6,)))
    layer.set_weights([kernel.astype("float32"), bias.astype("float32")])
    return layer, kernel, bias


def moments(features, kernel, bias):
    """Mean and standard deviation of the code."""
    parameters = features.astype("float64") @ kernel + bias
    return parameters[:, :3], np.exp(parameters[:, 3:] / 2)


def drawing(seed):
    """Inside it, layers draw as they do in an update of the discriminator."""
    stream = StatelessSeed(seed)
    return layer_noise(lambda sample, n: sample(n, seed=stream))


def test_the_code_is_the_mean_and_the_noise_times_the_scale():
    layer, *weights = bottleneck()
    mean, scale = moments(FEATURES, *weights)
    code, _ = layer(FEATURES, noise=NOISE)
    assert code.dtype == "float32"
    np.testing.assert_allclose(code, mean + scale * NOISE, rtol=1e-5, atol=1e-6)


def test_the_information_is_the_divergence_from_a_standard_normal():
    layer, *weights = bottleneck()
    x = np.linspace(-30, 30, 200_001)
    expected = np.zeros(6)
    for mean, scale in zip(*(m.T for m in moments(FEATURES, *weights)), strict=True):
        for row in range(6):
            p = stats.norm(mean[row], scale[row])
            density = p.pdf(x) * (p.logpdf(x) - stats.norm.logpdf(x))
            expected[row] += np.trapezoid(density, x)
    for noise in (None, NOISE):
        _, information = layer(FEATURES, noise=noise)
        assert information.shape == (6,) and information.dtype == "float32"
        np.testing.assert_allclose(information, expected, rtol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_in_inference_mode_the_code_is_the_mean(training):
    layer, *weights = bottleneck()
    expected = moments(FEATURES, *weights)[0]
    np.testing.assert_allclose(layer(FEATURES, training=training)[0], expected, rtol=1e-5)
    with layer_noise(None):
        np.testing.assert_allclose(layer(FEATURES)[0], expected, rtol=1e-5)


def test_where_layers_draw_the_code_has_its_distribution():
    layer, *weights = bottleneck()
    rows = np.repeat(FEATURES[:1], 4000, axis=0)
    mean, scale = moments(FEATURES[:1], *weights)
    with drawing(0):
        first, second = layer(rows)[0].numpy(), layer(rows)[0].numpy()
    for code in (first, second):
        noise = (code - mean) / scale
        assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3
        off = np.corrcoef(noise.T)[np.triu_indices(3, 1)]
        assert np.abs(off).max() < 5 / np.sqrt(len(rows))
    together = np.corrcoef(first[:, 0], second[:, 0])[0, 1]
    assert abs(together) < 5 / np.sqrt(len(rows))
    with drawing(0):
        np.testing.assert_array_equal(layer(rows)[0], first)


def test_given_noise_is_not_sampled():
    layer, *_ = bottleneck()
    expected = layer(FEATURES, noise=NOISE)[0]
    with drawing(0):
        np.testing.assert_array_equal(layer(FEATURES, noise=NOISE)[0], expected)


def test_gradients_of_the_code_and_of_the_information():
    layer, *weights = bottleneck()
    mean, scale = moments(FEATURES, *weights)
    with tf.GradientTape(persistent=True) as tape:
        code, information = layer(FEATURES, noise=NOISE)
    by_code = np.concatenate([np.ones((6, 3)), 0.5 * scale * NOISE], axis=1)
    by_information = np.concatenate([mean, (scale**2 - 1) / 2], axis=1)
    for output, slope in ((code, by_code), (information, by_information)):
        kernel, bias = tape.gradient(output, layer.trainable_variables)
        np.testing.assert_allclose(kernel, FEATURES.T @ slope, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(bias, slope.sum(axis=0), rtol=1e-4, atol=1e-5)


def test_extreme_scales_are_held():
    layer, *_ = bottleneck()
    layer.set_weights([np.zeros((4, 6), "float32"), np.repeat([0, 60], 3).astype("float32")])
    code, information = layer(FEATURES, noise=np.ones((6, 3), "float32"))
    np.testing.assert_allclose(code, np.full((6, 3), np.exp(5)), rtol=1e-5)
    np.testing.assert_allclose(information, np.full(6, 3 * (np.exp(10) - 11) / 2), rtol=1e-5)
    layer.set_weights([np.zeros((4, 6), "float32"), np.repeat([0, -60], 3).astype("float32")])
    expected = 3 * (np.exp(-10) + 9) / 2
    np.testing.assert_allclose(layer(FEATURES)[1], np.full(6, expected), rtol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_rounds_neither_code_nor_information(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer, *weights = bottleneck(scale=0.05)
        symbolic = layer(keras.Input((4,)))
        assert [output.dtype for output in symbolic] == ["float32", "float32"]
    finally:
        keras.config.set_dtype_policy(before)
    mean, scale = moments(FEATURES, *weights)
    code, information = layer(FEATURES, noise=NOISE)
    assert code.dtype == information.dtype == "float32"
    np.testing.assert_allclose(code, mean + scale * NOISE, rtol=0, atol=1e-6)
    expected = ((mean**2 + scale**2 - 1) / 2 - np.log(scale)).sum(axis=1)
    assert expected.max() < 0.1
    np.testing.assert_allclose(information, expected, rtol=0, atol=1e-6)


def test_shapes():
    code, information = GaussianBottleneck(3)(keras.Input((4,)))
    assert code.shape == (None, 3) and information.shape == (None,)
    code, information = bottleneck()[0](np.zeros((0, 4), "float32"))
    assert code.shape == (0, 3) and information.shape == (0,)
