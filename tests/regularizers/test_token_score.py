"""The score-function gradient of drawn tokens, against the sum over all texts."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from support.games import step_of
from support.small_models import small_model
from tfgan_it.regularizers import TokenScore

SCORES = np.array([0.3, -1.0, 2.0, 0.7])  # f of the four texts of two tokens of two characters.
TEXTS = np.eye(2, dtype="float32")[list(itertools.product([0, 1], repeat=2))]
LOGITS = np.array([[0.4, -0.2], [0.1, 0.9]], "float32")


def softmax(x):
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def probabilities(logits):
    p = softmax(logits)
    return np.array([(text * p).sum(-1).prod() for text in TEXTS])


def term_gradient(term, scores=SCORES, logits=LOGITS):
    """E of the gradient over all texts, which are weighted by their probabilities."""
    shared = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(shared)
        step = step_of(
            generator_outputs={
                "samples": tf.constant(TEXTS),
                "token_logits": tf.tile(shared[None], (4, 1, 1)),
            },
            generated_outputs={"logits": tf.constant(scores[:, None], "float32")},
        )
        values = term.value(step)
        total = tf.reduce_sum(tf.constant(probabilities(logits), "float32") * values)
    np.testing.assert_array_equal(values, np.zeros(4))
    return tape.gradient(total, shared).numpy()


def expected_gradient():
    """d -E f / dl by differences, in float64."""
    found = np.zeros_like(LOGITS, "float64")
    for i in np.ndindex(LOGITS.shape):
        shift = np.zeros_like(found)
        shift[i] = 1e-5
        up, down = (probabilities(LOGITS.astype("float64") + s) for s in (shift, -shift))
        found[i] = -(SCORES * (up - down)).sum() / 2e-5
    return found


@pytest.mark.parametrize("baseline", [0.0, 0.8])
def test_the_gradient_is_that_of_the_expected_score(baseline):
    term = TokenScore(padding=None)
    term.baseline.assign(baseline)
    term.weight.assign(1.0)
    np.testing.assert_allclose(term_gradient(term), expected_gradient(), atol=1e-5)


def test_tokens_behind_the_padding_do_not_count():
    # Padding is token 0: the second token counts only after a first that is 1.
    p = softmax(LOGITS.astype("float64"))
    weights = -SCORES * probabilities(LOGITS)
    expected = np.zeros((2, 2))
    for weight, text in zip(weights, TEXTS, strict=True):
        expected[0] += weight * (text[0] - p[0])
        expected[1] += weight * (text[1] - p[1]) * text[0, 1]
    np.testing.assert_allclose(term_gradient(TokenScore()), expected, atol=1e-6)


def test_the_baseline_is_a_moving_mean_without_a_bias_of_its_start():
    term = TokenScore(momentum=0.5)
    for scores in ([1.0, 3.0], [5.0, 7.0]):
        logits = tf.constant(np.array(scores)[:, None], "float32")
        term.update(step_of(generated_outputs={"logits": logits}))
    # (0.25 * 2 + 0.5 * 6) / 0.75
    assert float(term.baseline / term.weight) == pytest.approx(3.5 / 0.75)


def test_a_generator_without_logits_of_tokens_is_refused():
    message = r"^TokenScore: the generator must give 'samples' and 'token_logits'.*\.$"
    with pytest.raises(ValueError, match=message):
        TokenScore().build_for(small_model())


@pytest.mark.parametrize("arguments", [{"momentum": 1.0}, {"momentum": -0.1}, {"padding": -1}])
def test_a_mistake_is_one_line(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=f"^TokenScore: {name} must be "):
        TokenScore(**arguments)
