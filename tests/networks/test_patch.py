import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_it.networks import patch_discriminator

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 32, 24, 2)).astype("float32")


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]


def test_published_network():
    model = patch_discriminator((256, 256, 3), condition_shape=(256, 256, 3))
    shapes = [(layer.kernel.shape, layer.strides[0]) for layer in convolutions(model)]
    assert shapes == [
        ((4, 4, 6, 64), 2),
        ((4, 4, 64, 128), 2),
        ((4, 4, 128, 256), 2),
        ((4, 4, 256, 512), 1),
        ((4, 4, 512, 1), 1),
    ]
    assert sum(isinstance(layer, layers.BatchNormalization) for layer in model.layers) == 3
    assert convolutions(model)[1].kernel.numpy().std() == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize("depth, patch", [(1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_a_patch(depth, patch):
    size = 160
    model = patch_discriminator((size, size, 1), width=2, depth=depth, normalization=None)
    x = tf.Variable(np.random.default_rng(0).normal(size=(1, size, size, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        logits = model(x)
        middle = logits.shape[1] // 2
        logit = logits[0, middle, middle, 0]
    seen = np.flatnonzero(np.abs(tape.gradient(logit, x)).sum(axis=(0, 2, 3)))
    assert logits.shape == (1, size // 2**depth, size // 2**depth, 1)
    assert seen.max() - seen.min() + 1 == patch


@pytest.mark.parametrize("normalization", ["batch", "instance", "spectral", None])
def test_normalizations(normalization, tmp_path):
    model = patch_discriminator((32, 24, 2), width=4, normalization=normalization)
    logits = model(IMAGES, training=True)
    assert logits.shape == (2, 4, 3, 1) and logits.dtype == "float32"
    kinds = {
        "batch": layers.BatchNormalization,
        "instance": layers.GroupNormalization,
        "spectral": layers.SpectralNormalization,
    }
    counts = {name: sum(isinstance(x, kind) for x in model.layers) for name, kind in kinds.items()}
    expected = {"batch": 3, "instance": 3, "spectral": 5}.get(normalization, 0)
    assert counts == {name: expected * (name == normalization) for name in kinds}
    model.save(tmp_path / "network.keras")
    copy = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(copy(IMAGES), model(IMAGES), rtol=1e-5, atol=1e-6)


def test_sizes_that_do_not_halve_are_rounded_up():
    assert patch_discriminator((28, 28, 1), width=2).output_shape == (None, 4, 4, 1)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"depth": 0}, "patch_discriminator: depth must be a whole number of at least 1, got 0."),
        (
            {"normalization": "bath"},
            "Unknown normalization 'bath': use one of None, batch, instance, spectral (nearest: "
            "batch).",
        ),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError) as error:
        patch_discriminator((8, 8, 1), **options)
    assert str(error.value) == message
