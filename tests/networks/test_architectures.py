"""Layer by layer: InfoGAN's networks for MNIST and DCGAN's for 64x64, worked out by hand."""

import keras
import numpy as np
import pytest

from tfgan_it import networks


def described(network):
    """(kind, what matters of it) for each layer but the input."""
    return [(type(layer).__name__, *details(layer)) for layer in network.layers[1:]]


def details(layer):
    match type(layer).__name__:
        case "Dense":
            return (layer.units, layer.use_bias)
        case "Conv2D" | "Conv2DTranspose":
            assert layer.padding == "same"
            return (layer.filters, layer.kernel_size, layer.strides, layer.use_bias)
        case "LeakyReLU":
            return (layer.negative_slope,)
        case "Reshape":
            return (layer.target_shape,)
        case "Activation":
            return (layer.activation.__name__,)
        case _:
            return ()


def hidden(*layer, activation=("ReLU",)):
    """A layer with batch normalisation and an activation behind it."""
    return [layer, ("BatchNormalization",), activation]


def convolution(kind, filters, bias=False, kernel=4):
    return (kind, filters, (kernel, kernel), (2, 2), bias)


LEAKY = ("LeakyReLU", 0.01)

# Each product is a layer's kernel, each sum with a 2 a batch normalisation's gamma and beta.
INFOGAN_GENERATOR = 74 * 1024 + 2 * 1024
INFOGAN_GENERATOR += 1024 * 7 * 7 * 128 + 2 * 7 * 7 * 128
INFOGAN_GENERATOR += 4 * 4 * 128 * 64 + 2 * 64
INFOGAN_GENERATOR += 4 * 4 * 64 * 1 + 1
INFOGAN_TRUNK = 4 * 4 * 1 * 64 + 64
INFOGAN_TRUNK += 4 * 4 * 64 * 128 + 2 * 128
INFOGAN_TRUNK += 7 * 7 * 128 * 1024 + 2 * 1024
DISCRIMINATOR_HEAD = 1024 * 1 + 1
RECOGNITION_HEAD = 1024 * 128 + 2 * 128 + 128 * 14 + 14


def trainable(network):
    return sum(variable.value.shape.num_elements() for variable in network.trainable_variables)


def statistics(network):
    return sum(variable.value.shape.num_elements() for variable in network.non_trainable_variables)


def test_infogan_generator_for_mnist():
    generator = networks.infogan_generator((28, 28, 1), 74)
    assert described(generator) == [
        *hidden("Dense", 1024, False),
        *hidden("Dense", 6272, False),
        ("Reshape", (7, 7, 128)),
        *hidden(*convolution("Conv2DTranspose", 64)),
        convolution("Conv2DTranspose", 1, bias=True),
        ("Activation", "tanh"),
    ]
    assert trainable(generator) == INFOGAN_GENERATOR == 6_645_121
    assert statistics(generator) == 2 * (1024 + 6272 + 64)


def test_infogan_trunk_for_mnist():
    trunk = networks.infogan_trunk((28, 28, 1))
    assert described(trunk) == [
        convolution("Conv2D", 64, bias=True),
        LEAKY,
        *hidden(*convolution("Conv2D", 128), activation=LEAKY),
        ("Flatten",),
        *hidden("Dense", 1024, False, activation=LEAKY),
    ]
    assert trainable(trunk) == INFOGAN_TRUNK
    assert statistics(trunk) == 2 * (128 + 1024)


def test_heads_of_infogan():
    discriminator, recognition = networks.discriminator_head(), networks.recognition_head(14)
    assert described(discriminator) == [("Dense", 1, True)]
    assert described(recognition) == [
        *hidden("Dense", 128, False, activation=LEAKY),
        ("Dense", 14, True),
    ]
    assert trainable(discriminator) == DISCRIMINATOR_HEAD
    assert trainable(recognition) == RECOGNITION_HEAD


def test_infogan_discriminator_is_one_trunk_with_two_heads():
    network = networks.infogan_discriminator((28, 28, 1), 14)
    trunks = [layer for layer in network.layers if layer.name == "infogan_trunk"]
    assert len(trunks) == 1
    assert described(trunks[0]) == described(networks.infogan_trunk((28, 28, 1)))
    count = INFOGAN_TRUNK + DISCRIMINATOR_HEAD + RECOGNITION_HEAD
    assert trainable(network) == count == 6_691_151


def test_a_separate_encoder_has_its_own_trunk():
    network = networks.infogan_discriminator((28, 28, 1), 14, encoder="separate")
    count = 2 * INFOGAN_TRUNK + DISCRIMINATOR_HEAD + RECOGNITION_HEAD
    assert trainable(network) == count
    image = np.random.default_rng(0).normal(size=(1, 28, 28, 1)).astype("float32")
    before = network(image)
    for weight in network.get_layer("encoder_trunk").trainable_variables:
        weight.assign(weight + 0.1)
    after = network(image)
    assert np.array_equal(before["logits"], after["logits"])
    assert np.array_equal(before["features"], after["features"])
    assert not np.array_equal(before["codes"], after["codes"])


def test_recognition_features_are_what_the_codes_are_read_from():
    network = networks.infogan_discriminator((28, 28, 1), 14, encoder="separate")
    assert "recognition_features" not in networks.infogan_discriminator((28, 28, 1), 14).output
    outputs = network(np.random.default_rng(0).normal(size=(3, 28, 28, 1)).astype("float32"))
    assert outputs["recognition_features"].shape == (3, 128)
    last = network.get_layer("recognition_head").get_layer("parameters")
    np.testing.assert_array_equal(last(outputs["recognition_features"]), outputs["codes"])


def test_an_unknown_encoder_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown encoder 'seperate': .*nearest: separate"):
        networks.infogan_discriminator((28, 28, 1), 14, encoder="seperate")


@pytest.mark.parametrize("width, kernel", [(64, 4), (128, 5)])
def test_dcgan_generator_for_64x64(width, kernel):
    generator = networks.dcgan_generator((64, 64, 3), 100, width=width, kernel_size=kernel)
    channels = [8 * width, 4 * width, 2 * width, width]
    assert described(generator) == [
        ("Dense", 4 * 4 * channels[0], False),
        ("Reshape", (4, 4, channels[0])),
        ("BatchNormalization",),
        ("ReLU",),
        *hidden(*convolution("Conv2DTranspose", channels[1], kernel=kernel)),
        *hidden(*convolution("Conv2DTranspose", channels[2], kernel=kernel)),
        *hidden(*convolution("Conv2DTranspose", channels[3], kernel=kernel)),
        convolution("Conv2DTranspose", 3, bias=True, kernel=kernel),
        ("Activation", "tanh"),
    ]
    kernels = [kernel**2 * a * b for a, b in zip(channels, [*channels[1:], 3], strict=True)]
    assert trainable(generator) == 100 * 4 * 4 * channels[0] + sum(kernels) + 2 * sum(channels) + 3
    assert statistics(generator) == 2 * sum(channels)


@pytest.mark.parametrize("kernel", [4, 5])
def test_dcgan_discriminator_for_64x64(kernel):
    discriminator = networks.dcgan_discriminator((64, 64, 3), kernel_size=kernel)
    leaky = ("LeakyReLU", 0.2)
    assert described(discriminator) == [
        convolution("Conv2D", 64, bias=True, kernel=kernel),
        leaky,
        *hidden(*convolution("Conv2D", 128, kernel=kernel), activation=leaky),
        *hidden(*convolution("Conv2D", 256, kernel=kernel), activation=leaky),
        *hidden(*convolution("Conv2D", 512, kernel=kernel), activation=leaky),
        ("Flatten",),
        ("Dense", 1, True),
    ]
    channels = [64, 128, 256, 512]
    kernels = [kernel**2 * a * b for a, b in zip([3, *channels[:-1]], channels, strict=True)]
    normalised = 2 * sum(channels[1:])
    assert trainable(discriminator) == sum(kernels) + 64 + normalised + 4 * 4 * 512 + 1
    assert statistics(discriminator) == normalised


def test_larger_images_get_more_stages():
    def filters(network, kind):
        return [layer.filters for layer in network.layers if isinstance(layer, kind)]

    generator = networks.infogan_generator((96, 64, 4), 8, width=4, features=16)
    assert filters(generator, keras.layers.Conv2DTranspose) == [8, 4, 4]
    assert generator.get_layer(index=7).target_shape == (12, 8, 16)
    trunk = networks.infogan_trunk((96, 64, 4), width=4, features=16)
    assert filters(trunk, keras.layers.Conv2D) == [4, 8, 16]
    small = networks.dcgan_generator((12, 20, 2), 8, width=4)
    assert filters(small, keras.layers.Conv2DTranspose) == [4, 2]


def test_arguments_reach_the_layers():
    trunk = networks.infogan_trunk((8, 8, 1), width=4, features=16, negative_slope=0.3)
    head = networks.recognition_head(3, 16, hidden=5, negative_slope=0.3)
    slopes = [x.negative_slope for x in [*trunk.layers, *head.layers] if "leaky" in x.name]
    assert slopes == [0.3] * 4
    assert described(head)[0] == ("Dense", 5, False)
