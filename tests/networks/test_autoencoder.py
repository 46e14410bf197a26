import keras
import numpy as np
import pytest
from keras import layers

from support.small_models import NOISE, compiled
from tfgan_it.models import GAN
from tfgan_it.networks import autoencoder_discriminator, decoder_generator

SIZES = [(8, 8, 1), (12, 20, 2), (28, 28, 1), (32, 32, 3), (64, 64, 3)]
RNG = np.random.default_rng(0)


def images_of(shape, batch=3):
    return RNG.uniform(-1, 1, size=(batch, *shape)).astype("float32")


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_logits_are_minus_the_mean_reconstruction_error(shape):
    network = autoencoder_discriminator(shape, width=2, hidden=3)
    images = images_of(shape)
    outputs = network(images)
    assert outputs["reconstruction"].shape == images.shape
    assert {output.dtype.name for output in outputs.values()} == {"float32"}
    error = np.abs(images - outputs["reconstruction"]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(outputs["logits"], -error[:, None], rtol=1e-5)


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_generator(shape):
    generator = decoder_generator(shape, 5, width=2)
    images = generator(RNG.normal(size=(3, 5)))
    assert images.shape == (3, *shape) and images.dtype == "float32"


def convolutions(network):
    found = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
    return [(layer.filters, layer.strides[0], layer.activation.__name__) for layer in found]


def test_two_convolutions_at_each_size_of_64x64():
    n = 16
    network = autoencoder_discriminator((64, 64, 3), width=n, hidden=64)
    encoder = [(n, 1, "elu")] * 3
    for factor in (2, 3, 4):
        encoder += [(factor * n, 2, "elu"), *[(factor * n, 1, "elu")] * 2]
    decoder = [*[(n, 1, "elu")] * 8, (3, 1, "linear")]
    assert convolutions(network) == encoder + decoder
    assert convolutions(decoder_generator((64, 64, 3), 64, width=n)) == decoder
    dense = [layer for layer in network.layers if isinstance(layer, layers.Dense)]
    assert [layer.units for layer in dense] == [64, 8 * 8 * n]
    assert {layer.activation.__name__ for layer in dense} == {"linear"}
    assert sum(isinstance(layer, layers.UpSampling2D) for layer in network.layers) == 3


def test_keras_round_trip(tmp_path):
    network = autoencoder_discriminator((8, 8, 1), width=2, hidden=3)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    images = images_of((8, 8, 1))
    for name, output in network(images).items():
        np.testing.assert_allclose(loaded(images)[name], output, rtol=1e-6)


@pytest.mark.slow
def test_it_plays_the_whole_game():
    shape = (8, 8, 1)
    discriminator = autoencoder_discriminator(shape, width=2, hidden=3)
    generator = decoder_generator(shape, NOISE.dimension, width=2)
    model = compiled(
        GAN(generator, discriminator, NOISE), loss="boundary_equilibrium", run_eagerly=True
    )
    before = [v.numpy() for v in model.trainable_variables]
    history = model.fit(images_of(shape, 16), batch_size=8, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    # A distance from the data and from the generated images, both above 0.
    assert history["generator_loss"][0] > 0 and history["convergence"][0] > 0
    for value, variable in zip(before, model.trainable_variables, strict=True):
        assert np.abs(variable.numpy() - value).max() > 0
