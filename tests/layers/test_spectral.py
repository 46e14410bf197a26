import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from support.small_models import NOISE, compiled
from tfgan_it.layers import spectral_normalization
from tfgan_it.models import GAN
from tfgan_it.networks import mlp_discriminator, mlp_generator, sngan_discriminator
from tfgan_it.seeds import seeded_initializers

IMAGES = np.random.default_rng(0).normal(size=(3, 6, 6, 4)).astype("float32")


def largest_singular_value(layer):
    kernel = layer.kernel.numpy()
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def made(kind, **kwargs):
    return layers.Dense(5, **kwargs) if kind == "dense" else layers.Conv2D(5, 3, **kwargs)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_training_calls_bring_the_largest_singular_value_to_one(kind):
    with seeded_initializers(0):
        layer = made(kind)
        wrapped = spectral_normalization(layer)
        wrapped(IMAGES)
    layer.kernel.assign(7 * layer.kernel)
    direction = layer.kernel.numpy()
    for _ in range(30):
        outputs = wrapped(IMAGES, training=True)
    assert largest_singular_value(layer) == pytest.approx(1, abs=0.01)
    kernel = layer.kernel.numpy()
    np.testing.assert_allclose(kernel / kernel[0, 0], direction / direction[0, 0], rtol=1e-3)
    np.testing.assert_allclose(outputs, layer(IMAGES), rtol=1e-5, atol=1e-6)


def test_in_inference_mode_nothing_changes():
    layer = layers.Dense(5)
    wrapped = spectral_normalization(layer)
    wrapped(IMAGES, training=True)
    before = layer.kernel.numpy()
    wrapped(IMAGES)
    np.testing.assert_array_equal(layer.kernel.numpy(), before)


@pytest.fixture(params=["bfloat16", "float16"])
def half(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(f"mixed_{request.param}")
    yield request.param
    keras.config.set_dtype_policy(before)


def test_half_precision_does_not_round_the_kernel(half):
    layer = layers.Dense(5)
    spectral_normalization(layer)(IMAGES, training=True)
    kernel = tf.constant(layer.kernel.numpy())
    assert layer.compute_dtype == half
    rounded = tf.cast(tf.cast(kernel, half), "float32")
    assert np.mean(kernel.numpy() == rounded.numpy()) < 0.2


def test_networks_in_half_precision(half):
    critic = sngan_discriminator((8, 8, 1), width=2)
    logits = critic(IMAGES[:, :4, :4, :1].repeat(2, 1).repeat(2, 2), training=True)
    assert logits.dtype == "float32" and np.isfinite(logits).all()


def test_keras_round_trip(tmp_path):
    inputs = keras.Input(IMAGES.shape[1:])
    model = keras.Model(inputs, spectral_normalization(layers.Conv2D(5, 3))(inputs))
    model(IMAGES, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for _ in range(2):
        np.testing.assert_allclose(
            loaded(IMAGES, training=True), model(IMAGES, training=True), rtol=1e-5, atol=1e-6
        )


@pytest.mark.slow
def test_replicas_keep_one_kernel():
    points = tf.data.Dataset.from_tensor_slices(IMAGES.reshape(-1, 2)[:48]).batch(16)
    kernels = []
    for strategy in (tf.distribute.get_strategy(), MIRRORED):
        with strategy.scope(), seeded_initializers(0):
            critic = mlp_discriminator((2,), width=4, normalization="spectral")
            generator = mlp_generator((2,), NOISE.dimension, width=4)
            model = compiled(GAN(generator, critic, NOISE), 0.1, 0.1)
        model.fit(points, steps_per_epoch=3, verbose=0)
        kernels.append([x.layer.kernel for x in critic.layers if hasattr(x, "layer")])
    for one, two in zip(*kernels, strict=True):
        first, second = (value.numpy() for value in two.value.values)
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(one.numpy(), first, atol=1e-5)
