"""Networks of texts and images."""

import keras
import numpy as np
import pytest

from tfgan_it.networks import text_to_image_discriminator, text_to_image_generator
from tfgan_it.networks.text import text_trunk

SIZES = {"width": 4, "text_width": 8, "embedding": 6}


def one_hot(tokens, size=5):
    return keras.ops.one_hot(np.asarray(tokens), size)


def test_the_logit_is_that_of_both_embeddings():
    network = text_to_image_discriminator((8, 8, 3), (4, 5), **SIZES)
    images = keras.random.uniform((3, 8, 8, 3), -1, 1, seed=0)
    outputs = network([images, one_hot([[1, 2, 0, 0], [3, 4, 4, 0], [1, 1, 1, 1]])])
    v, t = (np.asarray(outputs[f"{name}_embedding"]) for name in ("sample", "condition"))
    assert v.shape == t.shape == (3, 6)
    expected = np.asarray(outputs["unconditional"]) + (v * t).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(outputs["logits"], expected, rtol=1e-4, atol=1e-5)


def test_another_text_is_another_image():
    network = text_to_image_generator((8, 12, 3), 7, (4, 5), **SIZES)
    latents = keras.random.normal((1, 7), seed=0)
    drawn = [network([latents, one_hot([tokens])]) for tokens in ([1, 2, 0, 0], [3, 4, 0, 0])]
    assert drawn[0].shape == (1, 8, 12, 3) and np.abs(drawn[0] - drawn[1]).max() > 0


@pytest.mark.parametrize("tokens", [[[1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]]])
def test_pooled_features_ignore_what_is_behind_a_text(tokens):
    network = text_trunk((12, 5), width=8, blocks=1, features=6, pooled=True)
    other = np.array(tokens)
    other[0, 8:] = 4  # Behind the first padding.
    np.testing.assert_array_equal(network(one_hot(tokens)), network(one_hot(other)))
    other[0, 1] = 4
    assert np.abs(network(one_hot(tokens)) - network(one_hot(other))).max() > 0


def test_pooled_features_do_not_depend_on_the_place():
    network = text_trunk((20, 5), width=8, blocks=1, features=6, pooled=True)
    # Each window of a block, 9 tokens, occurs in both.
    first, second = ([[3] * k + [1, 2] + [3] * (16 - k) + [0, 0]] for k in (6, 8))
    np.testing.assert_allclose(network(one_hot(first)), network(one_hot(second)), rtol=1e-5)


def test_a_condition_that_is_no_text():
    with pytest.raises(ValueError, match="^Texts must have a shape"):
        text_to_image_generator((8, 8, 3), 7, (4,), **SIZES)
