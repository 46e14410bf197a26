import keras
import numpy as np
import pytest
from keras import layers

from tfgan_it.layers import spectral_normalization

IMAGES = np.random.default_rng(0).normal(size=(3, 6, 6, 4)).astype("float32")


def largest_singular_value(layer):
    kernel = layer.kernel.numpy()
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def made(kind, **kwargs):
    return layers.Dense(5, **kwargs) if kind == "dense" else layers.Conv2D(5, 3, **kwargs)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_training_calls_bring_the_largest_singular_value_to_one(kind):
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


def test_at_rest_nothing_moves():
    layer = layers.Dense(5)
    wrapped = spectral_normalization(layer)
    wrapped(IMAGES, training=True)
    before = layer.kernel.numpy()
    wrapped(IMAGES)
    np.testing.assert_array_equal(layer.kernel.numpy(), before)


@pytest.mark.parametrize("half", ["bfloat16", "float16"])
def test_half_precision_does_not_round_the_kernel(half):
    layer = layers.Dense(5, dtype=f"mixed_{half}")
    wrapped = spectral_normalization(layer)
    wrapped(IMAGES, training=True)
    kernel = keras.ops.convert_to_tensor(layer.kernel.numpy())
    rounded = keras.ops.cast(keras.ops.cast(kernel, half), "float32")
    assert layer.compute_dtype == half
    assert np.mean(np.asarray(kernel) == np.asarray(rounded)) < 0.2


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
