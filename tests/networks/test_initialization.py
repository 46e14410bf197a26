"""Weights as they are published: N(0, .02^2), scales of batch normalisation N(1, .02^2)."""

import itertools

import keras
import numpy as np
import pytest

from tfgan_it import networks

SHAPE = (32, 32, 3)
BUILDERS = {
    "dcgan_generator": lambda: networks.dcgan_generator(SHAPE, 100),
    "dcgan_discriminator": lambda: networks.dcgan_discriminator(SHAPE),
    "infogan_generator": lambda: networks.infogan_generator(SHAPE, 74),
    "infogan_trunk": lambda: networks.infogan_trunk(SHAPE),
    "discriminator_head": lambda: networks.discriminator_head(),
    "recognition_head": lambda: networks.recognition_head(14),
}


@pytest.fixture(scope="module", params=list(BUILDERS))
def network(request):
    return BUILDERS[request.param]()


def values_of(layer, name):
    return getattr(layer, name).numpy().ravel().astype("float64")


def layers_with(network, name):
    return [layer for layer in network.layers if getattr(layer, name, None) is not None]


def test_kernels(network):
    for layer in layers_with(network, "kernel"):
        kernel = values_of(layer, "kernel")
        # A normal distribution cut at two standard deviations keeps .8796 of its own.
        truncated = network.name == "infogan_trunk" and isinstance(layer, keras.layers.Conv2D)
        stddev = 0.02 * (0.87962566 if truncated else 1)
        assert abs(kernel.mean()) < 5 * stddev / np.sqrt(kernel.size)
        assert abs(kernel.std() / stddev - 1) < 5 / np.sqrt(2 * kernel.size)
        assert (np.abs(kernel).max() <= 0.04) == truncated


def test_scales_of_batch_normalization(network):
    gammas = [values_of(layer, "gamma") for layer in layers_with(network, "gamma")]
    assert bool(gammas) == (network.name != "discriminator_head")
    for gamma in gammas:
        assert abs(gamma.mean() - 1) < 5 * 0.02 / np.sqrt(gamma.size)
        assert abs(gamma.std() / 0.02 - 1) < 5 / np.sqrt(2 * gamma.size)


def test_offsets_are_zero(network):
    for kind in ("bias", "beta"):
        for layer in layers_with(network, kind):
            assert not values_of(layer, kind).any()


def test_batch_normalization_as_published(network):
    for layer in layers_with(network, "gamma"):
        assert (layer.momentum, layer.epsilon) == (0.9, 1e-5)


def test_layers_are_initialised_independently(network):
    kernels = [values_of(layer, "kernel") for layer in layers_with(network, "kernel")]
    for one, other in itertools.combinations(kernels, 2):
        n = min(one.size, other.size)
        assert abs(np.corrcoef(one[:n], other[:n])[0, 1]) < 5 / np.sqrt(n)


def test_building_twice_gives_other_weights():
    one, other = (networks.discriminator_head(50).layers[-1].kernel.numpy() for _ in range(2))
    assert (one != other).all()
