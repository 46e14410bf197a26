"""SNGAN's plain networks: the published layers for 32x32, and what holds for other sizes."""

import keras
import numpy as np
import pytest

from tfgan_it.networks import sngan_discriminator, sngan_generator

SIZES = [(8, 8, 1), (12, 20, 2), (28, 28, 1), (32, 32, 3), (48, 48, 3)]
RNG = np.random.default_rng(0)


def described(network):
    """(kind, channels, kernel size, stride) of each layer with a kernel, with what is around it."""
    rows = []
    for layer in network.layers[1:]:
        spectral = isinstance(layer, keras.layers.SpectralNormalization)
        inner = layer.layer if spectral else layer
        name = ("spectral " if spectral else "") + type(inner).__name__
        match type(inner).__name__:
            case "Conv2D" | "Conv2DTranspose":
                assert inner.padding == "same"
                rows.append((name, inner.filters, inner.kernel_size[0], inner.strides[0]))
            case "Dense":
                rows.append((name, inner.units))
            case "LeakyReLU":
                rows.append((name, inner.negative_slope))
            case _:
                rows.append((name,))
    return rows


def test_published_discriminator():
    leaky = ("LeakyReLU", 0.1)
    plan = [(64, 3, 1), (64, 4, 2), (128, 3, 1), (128, 4, 2), (256, 3, 1), (256, 4, 2), (512, 3, 1)]
    convolutions = [row for part in plan for row in (("spectral Conv2D", *part), leaky)]
    network = sngan_discriminator((32, 32, 3))
    assert described(network) == [*convolutions, ("Flatten",), ("spectral Dense", 1)]
    inputs = [3, 64, 64, 128, 128, 256, 256]
    kernels = sum(k * k * n * out + out for n, (out, k, _) in zip(inputs, plan, strict=True))
    assert sum(v.value.shape.num_elements() for v in network.trainable_variables) == (
        kernels + 4 * 4 * 512 + 1
    )


def test_published_generator():
    normalised = [("BatchNormalization",), ("ReLU",)]
    stages = [
        row
        for filters in (256, 128, 64)
        for row in [("Conv2DTranspose", filters, 4, 2), *normalised]
    ]
    assert described(sngan_generator((32, 32, 3), 128)) == [
        ("Dense", 4 * 4 * 512),
        *normalised,
        ("Reshape",),
        *stages,
        ("Conv2D", 3, 3, 1),
        ("Activation",),
    ]


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_every_size(shape):
    images = sngan_generator(shape, 5, width=2)(RNG.normal(size=(2, 5)))
    assert images.shape == (2, *shape) and np.abs(images).max() <= 1
    assert sngan_discriminator(shape, width=2)(images).shape == (2, 1)


@pytest.mark.parametrize(
    "build",
    [
        lambda: sngan_generator((8, 8, 1), 5, width=2),
        lambda: sngan_discriminator((8, 8, 1), width=2),
    ],
)
def test_keras_round_trip(build, tmp_path):
    network = build()
    inputs = RNG.normal(size=(3, *network.input_shape[1:])).astype("float32")
    network(inputs, training=True)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(loaded(inputs), network(inputs), rtol=1e-5, atol=1e-6)


def test_layers_are_initialised_independently():
    for network in (sngan_generator((8, 8, 1), 5), sngan_discriminator((8, 8, 1))):
        kernels = [
            v.numpy().ravel()[:100] for v in network.trainable_variables if v.name == "kernel"
        ]
        assert np.abs(np.corrcoef(kernels) - np.eye(len(kernels))).max() < 0.5
