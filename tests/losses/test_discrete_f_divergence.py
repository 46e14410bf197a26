"""What is the class's own; values, zeros and gradients of its table are in test_divergences."""

import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from scipy.special import rel_entr

from tfgan_it.losses.discrete_f_divergence import DiscreteFDivergence

P, Q = np.random.default_rng(1).dirichlet(np.full(4, 3.0), size=(2, 5))
ZEROS = np.asarray([[0, 0.5, 0.5]]), np.asarray([[0.3, 0, 0.7]])


@keras.saving.register_keras_serializable(package="tests")
def triangular(u):
    return ops.square(u - 1) / (u + 1)


def test_a_custom_function():
    loss = DiscreteFDivergence(triangular, slope_at_infinity=1.0)
    np.testing.assert_allclose(loss.call(P, Q), ((P - Q) ** 2 / (P + Q)).sum(-1), rtol=1e-5)
    p, q = ZEROS
    expected = ((p - q) ** 2 / (p + q)).sum(-1)
    np.testing.assert_allclose(loss.call(p, q), expected, rtol=1e-5)


def test_a_function_of_ones_own_is_infinite_without_its_slope():
    assert float(DiscreteFDivergence(triangular).estimate(*ZEROS)) == math.inf
    both = np.asarray([[0, 0.5, 0.5]])
    assert float(DiscreteFDivergence(triangular).estimate(both, both)) == 0


def test_the_gradient_of_a_custom_function():
    p, q = tf.constant(P), tf.constant(Q)
    with tf.GradientTape() as tape:
        tape.watch([p, q])
        total = tf.reduce_sum(DiscreteFDivergence(triangular, dtype="float64").call(p, q))
    by_p, by_q = tape.gradient(total, [p, q])
    np.testing.assert_allclose(by_p, (P - Q) * (P + 3 * Q) / (P + Q) ** 2, rtol=1e-9)
    np.testing.assert_allclose(by_q, (Q - P) * (Q + 3 * P) / (P + Q) ** 2, rtol=1e-9)


def test_gradients_at_zeros_are_finite():
    rows = [tf.constant(x, "float32") for x in ZEROS]
    for slope in (1.0, math.inf):
        with tf.GradientTape() as tape:
            tape.watch(rows)
            value = DiscreteFDivergence(triangular, slope).call(*rows)
        assert np.isfinite(tape.gradient(value, rows)).all()


def test_a_registered_function_is_saved_with_the_loss():
    loss = DiscreteFDivergence(triangular, slope_at_infinity=1.0, base=2)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.divergence is triangular and copy.slope_at_infinity == 1.0
    assert float(copy(P, Q)) == float(loss(P, Q))


def test_an_absent_outcome_may_underflow_from_logits():
    logits = np.asarray([[0.0, -200.0]])
    assert (
        float(DiscreteFDivergence("pearson", from_logits=True).estimate([[1.0, 0.0]], logits)) == 0
    )
    # .25 / q overflows: the tangent of e^x at 40, times .5, and -2 p + q for each outcome.
    far = 200 - math.log(2)
    lost = DiscreteFDivergence("pearson", from_logits=True).estimate([[0.5, 0.5]], logits)
    expected = 0.5 * math.exp(40) * (1 + far - 40)
    assert float(lost) == pytest.approx(expected, rel=1e-6)
    never = DiscreteFDivergence("pearson", from_logits=True).estimate(
        [[0.5, 0.5]], np.asarray([[0.0, -math.inf]])
    )
    assert float(never) == math.inf
    kept = DiscreteFDivergence("kl", from_logits=True).estimate([[0.5, 0.5]], logits)
    assert float(kept) == pytest.approx(100 - np.log(2), rel=1e-6)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_convexity_is_seen_through_rounding(kind):
    def f(u):
        return ops.square(ops.cast(u, kind) - 1)

    loss = DiscreteFDivergence(f, dtype=kind)
    np.testing.assert_allclose(loss.call(P, Q), ((P - Q) ** 2 / Q).sum(-1), rtol=1e-4)


def message_of(*arguments):
    with pytest.raises(ValueError) as error:
        DiscreteFDivergence(*arguments)
    return str(error.value)


def test_an_unknown_name():
    assert message_of("hellinger") == (
        "Unknown divergence 'hellinger': use one of gan, jensen_shannon, kl, neyman, pearson, "
        "reverse_kl, squared_hellinger, total_variation (nearest: squared_hellinger)."
    )


def test_a_function_that_is_not_zero_at_one():
    assert message_of(lambda u: ops.square(u)) == (
        "DiscreteFDivergence: f(1) must be 0, got 1; subtract it from your function."
    )


def test_a_function_that_is_not_convex():
    message = message_of(lambda u: u * (u - 1) * ops.exp(-u))
    assert message.startswith(
        "DiscreteFDivergence: f must be convex, got one that bends down near u = "
    )
    assert message.endswith(
        "; use a convex function of u = p/q or one of gan, jensen_shannon, kl, neyman, pearson, "
        "reverse_kl, squared_hellinger, total_variation."
    )
    assert "bends down near u = 0.001" in message_of(lambda u: ops.log(u))


def test_a_line_adds_nothing():
    # f and f + c (u - 1) are one divergence.
    moved = DiscreteFDivergence(lambda u: u * ops.log(u) - 5 * (u - 1))
    np.testing.assert_allclose(moved.call(P, Q), rel_entr(P, Q).sum(-1), rtol=1e-4, atol=1e-6)
