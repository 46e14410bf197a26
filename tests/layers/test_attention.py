import numpy as np
import pytest
import tensorflow as tf

from support.games import step_of
from tfgan_it.layers import SelfAttention
from tfgan_it.regularizers import R1

IMAGES = np.random.default_rng(0).normal(size=(2, 4, 6, 8)).astype("float32")

either = pytest.mark.parametrize("spectral", [False, True])


def attending(gain=0.7, spectral=False):
    layer = SelfAttention(spectral)
    layer.build(IMAGES.shape)
    layer.gain.assign(gain)
    return layer


def written_out(layer, images):
    """The layer without spectral normalisation, position by position."""
    theta, phi, h, v = (
        getattr(layer, name).kernel.numpy()[0, 0] for name in ("theta", "phi", "h", "v")
    )

    def pooled(x):
        return x.reshape(2, 2, 3, 2, -1).max(axis=(1, 3)).reshape(6, -1)

    outputs, maps = [], []
    for image in images.astype("float64"):
        values = pooled(image @ h)
        scores = (image @ theta).reshape(24, -1) @ pooled(image @ phi).T
        attention = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        mixed = (attention @ values @ v).reshape(image.shape)
        outputs.append(image + float(layer.gain) * mixed)
        maps.append(attention)
    return np.asarray(outputs), np.asarray(maps)


@either
def test_it_starts_as_the_identity(spectral):
    for training in (False, True):
        layer = SelfAttention(spectral)
        np.testing.assert_array_equal(layer(IMAGES, training=training), IMAGES)
        assert float(layer.gain) == 0


def test_each_position_adds_what_it_attends_to():
    layer = attending()
    expected, maps = written_out(layer, IMAGES)
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.attention_maps(IMAGES), maps, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(maps.sum(axis=-1), np.ones((2, 24)), rtol=1e-6)


def test_widths_of_the_convolutions():
    layer = attending()
    shapes = {name: tuple(getattr(layer, name).kernel.shape) for name in ("theta", "phi", "h", "v")}
    assert shapes == {
        "theta": (1, 1, 8, 1),
        "phi": (1, 1, 8, 1),
        "h": (1, 1, 8, 4),
        "v": (1, 1, 4, 8),
    }
    assert len(layer.trainable_variables) == 5


@either
def test_the_gain_is_trained_first(spectral):
    def value():
        return tf.reduce_sum(IMAGES**3 * layer(IMAGES))

    layer = attending(0.0, spectral)
    with tf.GradientTape() as tape:
        before = value()
    gradients = tape.gradient(before, layer.trainable_variables)
    for gradient, variable in zip(gradients, layer.trainable_variables, strict=True):
        assert (np.abs(gradient).max() > 0) == (variable is layer.gain)
        if variable is layer.gain:
            slope = float(gradient)
    layer.gain.assign(2.0)
    # The value is linear in the gain.
    assert float(value() - before) == pytest.approx(2 * slope, rel=1e-3)


@pytest.mark.examples(1)
@either
def test_second_order_gradients(spectral):
    layer = attending(0.5, spectral)

    def critic(images):
        return tf.reduce_sum(tf.tanh(layer(images, training=True)), axis=(1, 2, 3))

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            penalty = tf.reduce_mean(R1(1.0).value(step_of(critic, IMAGES)))
        return tape.gradient(penalty, layer.trainable_variables)

    for gradient in gradients():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


def test_half_precision():
    layer = SelfAttention(dtype="mixed_bfloat16")
    layer.build(IMAGES.shape)
    layer.gain.assign(0.5)
    outputs = layer(IMAGES, training=True)
    assert outputs.dtype == "bfloat16"
    assert {v.dtype for v in layer.weights} == {"float32"}
