"""InfoGAN's networks with attention: what they give, and which kernels are normalised."""

import keras
import numpy as np
import pytest

from tfgan_it.layers import SelfAttention
from tfgan_it.networks import attention_infogan_discriminator, attention_infogan_generator
from tfgan_it.seeds import seeded_initializers

PARAMETERS = {"category": 3, "style": 4}
SHAPES = [(8, 8, 1), (28, 28, 1), (16, 8, 3), (64, 64, 3)]
RNG = np.random.default_rng(0)


def networks(shape=(8, 8, 1), width=4):
    with seeded_initializers(0):
        generator = attention_infogan_generator(shape, 6, width=width)
        discriminator = attention_infogan_discriminator(shape, PARAMETERS, width=width, hidden=5)
    return generator, discriminator


def attention_of(network):
    (layer,) = (layer for layer in network.layers if isinstance(layer, SelfAttention))
    return layer


@pytest.mark.examples(2)
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape):
    generator, discriminator = networks(shape)
    images = generator(RNG.normal(size=(2, 6)).astype("float32"))
    assert images.shape == (2, *shape) and np.abs(images).max() <= 1
    outputs = discriminator(images)
    stages = 2 if max(shape) < 64 else 3
    small = shape[0] // 2**stages, shape[1] // 2**stages
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        "logits": (2, 1),
        "codes": (2, 7),
        "features": (2, 4 * 2 ** (stages - 1)),
        "attention": (2, 2, *small),
    }
    np.testing.assert_allclose(np.sum(outputs["attention"], axis=(2, 3)), 1, rtol=1e-5)


def test_the_published_kinds_for_28x28():
    generator, discriminator = networks((28, 28, 1), 8)
    maps = [
        tuple(layer.output.shape[1:]) for layer in generator.layers if len(layer.output.shape) == 4
    ]
    assert list(dict.fromkeys(maps)) == [
        (7, 7, 16), (14, 14, 16), (14, 14, 8), (28, 28, 8), (28, 28, 1)
    ]  # fmt: skip
    assert attention_of(generator).input.shape[1:] == (14, 14, 8)
    assert attention_of(discriminator).input.shape[1:] == (14, 14, 8)


def test_what_is_spectrally_normalised():
    generator, discriminator = networks()
    logits = keras.Model(discriminator.input, discriminator.output["logits"])
    plain = keras.layers.Dense, keras.layers.Conv2D
    assert not [layer for layer in logits.layers if isinstance(layer, plain)]
    [last] = [layer for layer in generator.layers if isinstance(layer, plain)]
    assert isinstance(last, keras.layers.Conv2D)
    of_q = {layer.name for layer in discriminator.layers if isinstance(layer, plain)}
    assert of_q == {"hidden_category", "category", "hidden_style", "style"}
    assert attention_of(generator).spectral_normalization
    assert attention_of(discriminator).spectral_normalization


def test_each_code_has_its_own_query():
    _, discriminator = networks()
    images = RNG.uniform(-1, 1, (2, 8, 8, 1)).astype("float32")
    before = discriminator(images)
    queries = discriminator.get_layer("pooling").kernel
    queries.assign(queries.numpy() * [[3.0], [1.0]])
    after = discriminator(images)
    changed = np.abs(before["codes"] - after["codes"]).max(axis=0) > 1e-6
    np.testing.assert_array_equal(changed, [True] * 3 + [False] * 4)
    np.testing.assert_array_equal(before["logits"], after["logits"])


def test_a_single_code():
    model = attention_infogan_discriminator((8, 8, 1), {"style": 2}, width=2, hidden=3)
    assert model.output["codes"].shape == (None, 2)


def test_outputs_are_float32_in_half_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        generator, discriminator = networks()
    finally:
        keras.config.set_dtype_policy("float32")
    images = generator(np.ones((2, 6), "float32"))
    assert all(x.dtype == "float32" for x in (images, *discriminator(images).values()))
