"""Networks of tokens: shapes, the mask, logits of tokens."""

import keras
import numpy as np
import pytest

from tfgan_it.datasets import Vocabulary
from tfgan_it.layers.token_sampling import MODES
from tfgan_it.networks import text_discriminator, text_generator

SHAPE = (6, 4)
SMALL = {"width": 8, "blocks": 2}
TOKENS = np.eye(4, dtype="float32")[[[1, 2, 0, 3, 1, 2], [1, 2, 0, 0, 0, 0], [3, 2, 1, 1, 2, 3]]]


def test_the_published_sizes():
    # 128 latents to 32 x 512; five blocks of two convolutions 512 x 512 x 5; 1 x 1 to 96 tokens.
    blocks = 5 * 2 * (512 * 512 * 5 + 512)
    assert text_generator((32, 96), 128).count_params() == (129 * 32 * 512 + blocks + 512 * 96 + 96)
    assert text_discriminator((32, 96)).count_params() == (96 * 512 + 512 + blocks + 32 * 512 + 1)


@pytest.mark.parametrize("sampling", MODES)
def test_tokens_are_probabilities(sampling):
    noise = 0 if sampling == "softmax" else 24
    network = text_generator(SHAPE, 5 + noise, sampling=sampling, **SMALL)
    outputs = network(np.random.default_rng(0).normal(size=(3, 5 + noise)).astype("float32"))
    if sampling == "one_hot":
        assert outputs["token_logits"].shape == (3, *SHAPE)
        outputs = outputs["samples"]
    assert outputs.shape == (3, *SHAPE)
    np.testing.assert_allclose(np.sum(outputs, -1), 1, rtol=1e-5)


def test_the_last_latents_are_the_noise_of_the_draws():
    network = text_generator(SHAPE, 29, sampling="one_hot", **SMALL)
    latents = np.random.default_rng(0).normal(size=(1, 29)).astype("float32")
    other = latents.copy()
    other[:, 5:] = -other[:, 5:]
    first, second = network(latents), network(other)
    np.testing.assert_array_equal(first["token_logits"], second["token_logits"])
    assert not np.array_equal(first["samples"], second["samples"])


@pytest.mark.parametrize("per_token", [False, True])
def test_nothing_behind_the_padding_is_seen(per_token):
    masked = text_discriminator(SHAPE, per_token=per_token, **SMALL)(TOKENS).numpy()
    np.testing.assert_array_equal(masked[0], masked[1])
    assert not np.allclose(masked[0], masked[2])
    seen = text_discriminator(SHAPE, per_token=per_token, masked=False, **SMALL)(TOKENS).numpy()
    assert not np.allclose(seen[0], seen[1])


def test_logits_of_tokens_have_the_mean_of_those_that_count():
    network = text_discriminator(SHAPE, per_token=True, **SMALL)
    logits = network(TOKENS).numpy()[..., 0]
    assert logits.shape == (3, 6) and (logits[:2, 3:] == 0).all() and (logits[2] != 0).all()
    # Three of six count: each is doubled, so that the mean over six is theirs.
    convolution = next(layer for layer in reversed(network.layers) if layer.weights)
    inner = keras.Model(network.input, convolution.output)(TOKENS).numpy()[..., 0]
    np.testing.assert_allclose(logits[:2].mean(-1), inner[:2, :3].mean(-1), rtol=1e-5)
    np.testing.assert_allclose(logits[2], inner[2], rtol=1e-6)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: text_generator((8, 8, 1), 5), r"Texts must have a shape .* got \(8, 8, 1\)\."),
        (lambda: text_discriminator((8, 1)), r"Texts must have a shape .* got \(8, 1\)\."),
        (lambda: text_generator(SHAPE, 24, sampling="gumbel"), "needs more than 24 latents, .* 24"),
        (lambda: text_generator(SHAPE, 5, sampling="hard"), "sampling"),
        (lambda: text_generator(SHAPE, 5, vocabulary=Vocabulary("ab")), "has 3 tokens, .* 4"),
    ],
)
def test_a_mistake_is_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
