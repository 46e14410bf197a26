"""What recipes ask of DCGAN's discriminator beyond what was published."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_it.networks import dcgan_discriminator
from tfgan_it.regularizers import WeightClip

IMAGES = np.random.default_rng(0).uniform(-1, 1, size=(6, 8, 8, 1)).astype("float32")


def kinds(network):
    return [type(layer) for layer in network.layers]


def test_without_normalization_no_sample_depends_on_the_others():
    network = dcgan_discriminator((8, 8, 1), width=4, normalization=None)
    assert not any(issubclass(kind, layers.BatchNormalization) for kind in kinds(network))
    assert all(x.use_bias for x in network.layers if isinstance(x, layers.Conv2D | layers.Dense))
    logits = network(IMAGES, training=True)
    np.testing.assert_allclose(network(IMAGES[:1], training=True), logits[:1], rtol=1e-5)
    normalised = dcgan_discriminator((8, 8, 1), width=4)
    logits = normalised(IMAGES, training=True)
    assert np.abs(normalised(IMAGES[:2], training=True) - logits[:2]).max() > 1e-4


def test_spectral_normalization_of_every_kernel():
    network = dcgan_discriminator((8, 8, 1), width=4, normalization="spectral")
    assert kinds(network).count(layers.SpectralNormalization) == 3
    for _ in range(40):
        network(IMAGES, training=True)
    for layer in network.layers:
        if isinstance(layer, layers.SpectralNormalization):
            kernel = layer.layer.kernel.numpy()
            values = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
            assert values[0] == pytest.approx(1, abs=0.02)


def test_packed_images():
    network = dcgan_discriminator((8, 8, 1), width=4, pack_size=2)
    assert network.input_shape == (None, 8, 8, 1) and network(IMAGES).shape == (len(IMAGES), 1)
    assert network.get_weights()[0].shape == (4, 4, 2, 4)


def test_a_constraint_on_every_kernel():
    network = dcgan_discriminator((8, 8, 1), width=4, kernel_constraint=WeightClip(0.5))
    limits = [x.kernel.constraint.limit for x in network.layers if hasattr(x, "kernel")]
    assert limits == [0.5] * 3


@pytest.mark.parametrize("normalization", [None, "batch", "spectral"])
def test_keras_round_trip(normalization, tmp_path):
    network = dcgan_discriminator(
        (8, 8, 1),
        width=4,
        normalization=normalization,
        pack_size=2,
        kernel_constraint=WeightClip(0.5),
    )
    network(IMAGES, training=True)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(loaded(IMAGES), network(IMAGES), rtol=1e-5, atol=1e-6)


def test_an_unknown_normalization():
    with pytest.raises(ValueError, match=r"^Unknown normalization 'layer': .*\)\.\Z"):
        dcgan_discriminator((8, 8, 1), normalization="layer")
