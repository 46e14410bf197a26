"""SNGAN's residual networks: the published blocks for 32x32, and what holds for other sizes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_it.layers import SelfAttention
from tfgan_it.networks import residual_discriminator, residual_generator

SIZES = [(8, 8, 1), (12, 20, 2), (28, 28, 1), (32, 32, 3), (64, 64, 3)]
RNG = np.random.default_rng(0)
NETWORKS = {
    "generator": lambda shape, **options: residual_generator(shape, 5, width=4, **options),
    "discriminator": lambda shape, **options: residual_discriminator(shape, width=4, **options),
}
both = pytest.mark.parametrize("name", list(NETWORKS))


def inputs_of(network, batch=2):
    return RNG.normal(size=(batch, *network.input_shape[1:])).astype("float32")


def sums(network):
    """The shapes in which the blocks end."""
    return [layer.output.shape[1:] for layer in network.layers if isinstance(layer, layers.Add)]


def test_published_generator():
    network = residual_generator((32, 32, 3), 128)
    assert sums(network) == [(8, 8, 256), (16, 16, 256), (32, 32, 256)]
    # Dense; three blocks of two 3x3, one 1x1 and two normalisations; normalisation; last 3x3.
    block = 2 * (9 * 256 * 256 + 256) + (256 * 256 + 256) + 2 * 2 * 256
    count = 129 * 4 * 4 * 256 + 3 * block + 2 * 256 + 9 * 256 * 3 + 3
    assert sum(v.value.shape.num_elements() for v in network.trainable_variables) == count
    assert sum(isinstance(x, layers.UpSampling2D) for x in network.layers) == 6


def test_published_discriminator():
    network = residual_discriminator((32, 32, 3))
    assert sums(network) == [(16, 16, 128), (8, 8, 128), (8, 8, 128), (8, 8, 128)]
    first = 9 * 3 * 128 + 128 + 9 * 128 * 128 + 128 + 3 * 128 + 128
    block = 2 * (9 * 128 * 128 + 128)
    count = first + 3 * block + 128 * 128 + 128 + 128
    assert sum(v.value.shape.num_elements() for v in network.trainable_variables) == count
    with_kernels = [layer for layer in network.layers if layer.trainable_variables]
    assert {type(layer) for layer in with_kernels} == {layers.SpectralNormalization}


def test_a_plain_block_adds_to_what_it_is_given():
    network = residual_discriminator((8, 8, 1), width=3)
    *_, before, last = (layer for layer in network.layers if isinstance(layer, layers.Add))
    trunk = keras.Model(network.input, [before.output, last.output])
    for layer in network.layers[-8:-4]:
        for variable in layer.trainable_variables:
            variable.assign(0 * variable)
    given, result = trunk(inputs_of(network))
    np.testing.assert_array_equal(given, result)


def test_logits_are_sums_over_positions():
    network = residual_discriminator((8, 8, 1), width=3)
    *_, last = (layer for layer in network.layers if isinstance(layer, layers.Add))
    features = keras.Model(network.input, last.output)
    images = inputs_of(network)
    kernel = network.layers[-1].layer.kernel.numpy()
    expected = np.maximum(features(images), 0).sum(axis=(1, 2)) @ kernel
    np.testing.assert_allclose(network(images), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.examples(2)
@both
@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_every_size(name, shape):
    network = NETWORKS[name](shape)
    outputs = network(inputs_of(network))
    assert outputs.shape == ((2, *shape) if name == "generator" else (2, 1))
    assert outputs.dtype == "float32"


@both
def test_self_attention_where_it_is_asked_for(name):
    network = NETWORKS[name]((32, 32, 3), attention=True)
    (attention,) = (layer for layer in network.layers if isinstance(layer, SelfAttention))
    assert attention.output.shape[1:] == (16, 16, 4)
    plain = NETWORKS[name]((32, 32, 3))
    assert not any(isinstance(layer, SelfAttention) for layer in plain.layers)


@pytest.mark.examples(1)
@both
def test_keras_round_trip(name, tmp_path):
    network = NETWORKS[name]((8, 8, 1), attention=True)
    inputs = inputs_of(network)
    network(inputs, training=True)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(loaded(inputs), network(inputs), rtol=1e-5, atol=1e-6)


def test_training_calls_normalise_every_kernel():
    network = residual_discriminator((8, 8, 1), width=4)
    call = tf.function(lambda x: network(x, training=True))
    for _ in range(60):
        call(inputs_of(network))
    for layer in network.layers:
        if isinstance(layer, layers.SpectralNormalization):
            kernel = layer.layer.kernel.numpy()
            values = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
            assert values[0] == pytest.approx(1, abs=0.02)


def test_initial_gains():
    network = residual_generator((32, 32, 3), 8, width=64)
    convolutions = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
    for layer in convolutions:
        kernel = layer.kernel.numpy()
        fans = kernel[..., 0, 0].size * (kernel.shape[2] + kernel.shape[3])
        # Within blocks twice Glorot's variance, 2 / (fan in + fan out).
        gain = 2 if layer.kernel_size == (3, 3) and layer is not convolutions[-1] else 1
        assert kernel.var() == pytest.approx(2 * gain / fans, rel=0.2)


@both
def test_every_weight_gets_a_gradient(name):
    network = NETWORKS[name]((8, 8, 1))
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(network(inputs_of(network, 6), training=True) ** 2)
    for gradient in tape.gradient(value, network.trainable_variables):
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0
