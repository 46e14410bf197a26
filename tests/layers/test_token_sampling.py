"""Tokens of logits, soft, drawn and straight-through, and the mask of padding."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import ndtri

from tfgan_it.datasets import Vocabulary
from tfgan_it.layers import PaddingMask, TokenSampling

LOGITS = np.log(np.array([[[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]]], "float32"))
NOISE = np.random.default_rng(0).normal(size=LOGITS.shape).astype("float32")


def perturbed():
    """l + g, worked out in float64 by another function for P."""
    from scipy.stats import norm

    return LOGITS - np.log(-norm.logcdf(NOISE.astype("float64")))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_softmax_has_a_temperature():
    expected = np.exp(LOGITS) ** 2 / (np.exp(LOGITS) ** 2).sum(-1, keepdims=True)
    np.testing.assert_allclose(TokenSampling(temperature=0.5)(LOGITS), expected, rtol=1e-5)


def test_gumbel_softmax():
    found = TokenSampling("gumbel", temperature=0.7)([LOGITS, NOISE])
    np.testing.assert_allclose(found, softmax(perturbed() / 0.7), rtol=1e-4)


@pytest.mark.parametrize("mode", ["straight_through", "one_hot"])
def test_drawn_tokens_are_exactly_one_hot(mode):
    found = TokenSampling(mode, temperature=0.3)([LOGITS, NOISE])
    np.testing.assert_array_equal(found, np.eye(3)[perturbed().argmax(-1)])


def test_tokens_are_drawn_from_the_softmax():
    n = 20_000
    noise = ndtri(np.random.default_rng(1).uniform(size=(n, 1, 3))).astype("float32")
    logits = np.repeat(LOGITS[:, :1], n, axis=0)
    shares = TokenSampling("one_hot")([logits, noise]).numpy().mean((0, 1))
    # Six standard errors.
    np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=6 * np.sqrt(0.25 / n))


def gradient(mode, weights):
    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = tf.reduce_sum(weights * TokenSampling(mode, 0.7)([logits, NOISE]))
    return tape.gradient(value, logits)


def test_straight_through_has_the_gradient_of_the_soft_tokens():
    weights = np.arange(6, dtype="float32").reshape(LOGITS.shape)
    y = softmax(perturbed() / 0.7)
    # d sum_i w_i y_i / dl_j = y_j (w_j - sum_i w_i y_i) / t
    expected = y * (weights - (weights * y).sum(-1, keepdims=True)) / 0.7
    np.testing.assert_allclose(gradient("straight_through", weights), expected, rtol=1e-3)
    np.testing.assert_allclose(gradient("gumbel", weights), expected, rtol=1e-3)
    assert gradient("one_hot", weights) is None


@pytest.mark.parametrize("noise", [-1e4, -40, 0, 40, 1e4])
def test_extreme_noise_stays_finite(noise):
    for mode in ("gumbel", "straight_through", "one_hot"):
        noises = np.full_like(NOISE, noise)
        assert np.isfinite(TokenSampling(mode, 1e-3)([LOGITS, noises])).all()


def test_a_vocabulary_is_kept_in_the_configuration():
    layer = TokenSampling(vocabulary=Vocabulary("ab", unknown="b"))
    again = TokenSampling.from_config(layer.get_config())
    assert (again.vocabulary.characters, again.vocabulary.unknown) == ("ab", "b")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"mode": "hard"}, "mode"),
        ({"temperature": 0}, "temperature must be .* got 0"),
        ({"vocabulary": "abc"}, "vocabulary must be .*Vocabulary.* got 'abc'"),
    ],
)
def test_a_mistake_is_one_line(arguments, message):
    with pytest.raises(ValueError, match=message):
        TokenSampling(**arguments)


# The mask


def test_the_first_padding_is_seen_and_nothing_behind():
    tokens = np.eye(3, dtype="float32")[[[1, 2, 0, 1, 0], [0, 1, 1, 1, 1], [1, 1, 1, 2, 2]]]
    expected = [[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]]
    np.testing.assert_array_equal(PaddingMask()(tokens)[..., 0], expected)


def test_of_soft_tokens_it_is_a_lower_bound():
    p = np.random.default_rng(0).uniform(0, 0.6, (50, 6)).astype("float32")
    mask = PaddingMask(1)(np.stack([1 - p, p], -1)).numpy()[..., 0]
    survival = np.cumprod(np.concatenate([np.ones((50, 1)), 1 - p[:, :-1]], 1), axis=1)
    assert (mask <= survival + 1e-6).all() and (mask >= 0).all()
    np.testing.assert_allclose(mask[:, :2], survival[:, :2], rtol=1e-5)


def test_argmax_is_one_hot_without_chance_and_has_the_gradient_of_softmax():
    layer = TokenSampling("argmax", temperature=0.7)
    np.testing.assert_array_equal(layer(LOGITS), np.eye(3)[LOGITS.argmax(-1)])
    weights = np.random.default_rng(2).normal(size=LOGITS.shape).astype("float32")
    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = tf.reduce_sum(weights * layer(logits))
    p = softmax(LOGITS / 0.7)
    expected = p * (weights - (p * weights).sum(-1, keepdims=True)) / 0.7
    np.testing.assert_allclose(tape.gradient(value, logits), expected, atol=1e-5)
    assert layer.compute_output_shape((None, 2, 3)) == (None, 2, 3)


def test_the_first_of_equal_logits_is_chosen():
    found = TokenSampling("argmax")(np.array([[[0.5, 2.0, 2.0], [1.0, 1.0, 1.0]]], "float32"))
    np.testing.assert_array_equal(found, [[[0, 1, 0], [1, 0, 0]]])
