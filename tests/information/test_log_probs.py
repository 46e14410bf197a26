import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax, softmax

from tfgan_it.information import log_probs
from tfgan_it.information.log_probs import from_log_probs, from_logits, from_probs

LOGITS = np.asarray([[1.0, -2.0, 0.5], [0.0, -np.inf, 3.0], [0.0, -2000.0, 0.0]])
every_kind = pytest.mark.parametrize("kind", [np.asarray, tf.constant])


@every_kind
def test_a_zero_is_outside_of_the_support(kind):
    p = from_probs(kind([0.0, 1e-320, 0.25, 0.75]))
    np.testing.assert_array_equal(p.support, [False, False, True, True])
    np.testing.assert_allclose(p.logs, [0, 0, np.log(0.25), np.log(0.75)])


@every_kind
def test_logits(kind):
    p = from_logits(kind(LOGITS))
    np.testing.assert_allclose(p.values, softmax(LOGITS, -1), rtol=1e-12)
    np.testing.assert_array_equal(p.support, np.isfinite(LOGITS))
    expected = np.where(np.isfinite(LOGITS), log_softmax(LOGITS, -1), 0)
    np.testing.assert_allclose(p.logs, expected, rtol=1e-12)
    np.testing.assert_allclose(log_probs.log_softmax(kind(LOGITS)), log_softmax(LOGITS, -1))


@every_kind
def test_what_underflows_keeps_its_logarithm(kind):
    p = from_log_probs(kind([0.0, -2000.0, -np.inf]))
    np.testing.assert_array_equal(p.values, [1, 0, 0])
    np.testing.assert_array_equal(p.logs, [0, -2000, 0])
    np.testing.assert_array_equal(p.support, [True, True, False])


@pytest.mark.parametrize("build", [from_probs, from_log_probs, from_logits])
def test_gradients_are_finite(build):
    x = tf.constant([0.0, 0.5, 0.5] if build is from_probs else [-np.inf, -0.7, -0.7])
    with tf.GradientTape() as tape:
        tape.watch(x)
        p = build(x)
        total = tf.reduce_sum(p.values * p.logs)
    gradient = tape.gradient(total, x).numpy()
    assert np.isfinite(gradient).all() and gradient[0] == 0
