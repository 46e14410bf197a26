import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_it.networks import translation_generator

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 12, 20, 2)).astype("float32")


def test_published_network():
    model = translation_generator((128, 128, 3))
    kinds = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert sum(isinstance(layer, layers.Conv2DTranspose) for layer in model.layers) == 2
    # After every convolution but the last: 1 + 2 + 6 * 2 + 2.
    assert sum(isinstance(layer, layers.GroupNormalization) for layer in model.layers) == 17
    # 7x7; two that halve; six blocks of two; two that double; 7x7. Each with a bias.
    count = 49 * 3 * 64 + 64 + 9 * 64 * 128 + 128 + 9 * 128 * 256 + 256
    count += 6 * 2 * (9 * 256 * 256 + 256)
    count += 9 * 256 * 128 + 128 + 9 * 128 * 64 + 64 + 49 * 64 * 3 + 3
    assert model.count_params() == count
    kernel = kinds[3].kernel.numpy()
    assert kernel.std() == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize("to_shape", [None, (12, 20, 3)])
def test_shapes_and_range(to_shape):
    model = translation_generator((12, 20, 2), to_shape, width=4, blocks=2)
    images = model(IMAGES).numpy()
    assert images.shape == (2, 12, 20, (to_shape or (12, 20, 2))[2])
    assert images.dtype == "float32" and np.abs(images).max() <= 1


def test_each_image_by_itself_and_whatever_its_contrast():
    model = translation_generator((12, 20, 2), width=4, blocks=1)
    np.testing.assert_allclose(model(IMAGES)[:1], model(IMAGES[:1]), rtol=1e-4, atol=1e-5)
    # Instance normalisation takes out the scale of the first map.
    np.testing.assert_allclose(model(3 * IMAGES), model(IMAGES), rtol=1e-2, atol=1e-3)


def test_keras_round_trip(tmp_path):
    model = translation_generator((12, 20, 2), width=4, blocks=1)
    model.save(tmp_path / "network.keras")
    copy = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(copy(IMAGES), model(IMAGES), rtol=1e-5, atol=1e-6)


def test_every_weight_gets_a_gradient():
    model = translation_generator((12, 20, 2), width=4, blocks=2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(IMAGES) ** 2)
    assert all(np.isfinite(g).all() for g in tape.gradient(loss, model.trainable_variables))


def test_mixed_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        images = translation_generator((12, 20, 2), width=4, blocks=1)(IMAGES)
    finally:
        keras.config.set_dtype_policy(before)
    assert images.dtype == "float32" and np.isfinite(images).all()


@pytest.mark.parametrize("shapes", [((4, 8, 1), (4, 8, 1)), ((8, 8, 1), (12, 8, 1))])
def test_what_is_refused(shapes):
    with pytest.raises(ValueError) as error:
        translation_generator(*shapes)
    assert str(error.value) == (
        "translation_generator: shape and to_shape must have one height and width, at least 8x8, "
        f"got {shapes[0]} and {shapes[1]}."
    )
