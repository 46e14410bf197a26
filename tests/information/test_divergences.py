"""Divergences; values, zeros and gradients are those of the losses, see tests/losses."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import rel_entr
from scipy.stats import entropy

from support.discrete_logits import FAR, P, Q, expectation
from support.discrete_logits import jensen_shannon as exact
from tfgan_it.information import (
    from_logits,
    jensen_shannon,
    jensen_shannon_lower_bound,
    kullback_leibler,
    renyi,
)


def test_over_several_axes_and_by_broadcasting():
    p, q = np.random.default_rng(0).dirichlet(np.ones(6), size=2).reshape(2, 2, 3)
    expected = entropy(p.ravel(), q.ravel())
    assert float(kullback_leibler(p, q, axis=(0, 1))) == pytest.approx(expected, rel=1e-12)
    assert float(jensen_shannon(p, q, axis=(0, 1))) == pytest.approx(exact(p, q), rel=1e-12)
    uniform = np.full(4, 0.25)
    expected = [entropy(row, uniform) for row in (P, Q)]
    np.testing.assert_allclose(kullback_leibler(np.stack([P, Q]), uniform), expected, rtol=1e-12)


def test_probabilities_and_logits_may_be_mixed():
    logits = np.log(Q) + 3.0
    expected = rel_entr(P, Q).sum()
    for p, q in ((P, from_logits(logits)), (tf.constant(P), from_logits(tf.constant(logits)))):
        assert float(kullback_leibler(p, q)) == pytest.approx(expected, rel=1e-12)


def test_jensen_shannon_and_renyi_of_arrays_and_tensors():
    tensors = tf.constant(P), tf.constant(Q)
    assert float(jensen_shannon(P, Q)) == pytest.approx(exact(P, Q), rel=1e-12)
    assert float(jensen_shannon(*tensors)) == pytest.approx(exact(P, Q), rel=1e-12)
    for alpha in (0.5, 1, 2):
        assert float(renyi(P, Q, alpha)) == pytest.approx(float(renyi(*tensors, alpha)), rel=1e-12)
    assert float(renyi(P, Q, 2)) == pytest.approx(np.log((P**2 / Q).sum()), rel=1e-12)


@pytest.mark.parametrize("p, q", [(P, Q), (P, P), (FAR, FAR[::-1]), (FAR, P)])
def test_bound_on_the_jensen_shannon_divergence_is_tight_at_the_log_ratio(p, q):
    bound = expectation(jensen_shannon_lower_bound, np.log(p / q), p, q)
    assert bound == pytest.approx(exact(p, q), abs=1e-6)


def test_bound_on_the_jensen_shannon_divergence_holds_for_any_logits():
    for scale in (0.1, 1, 10):
        for logits in scale * np.random.default_rng(0).normal(size=(20, 4)):
            assert expectation(jensen_shannon_lower_bound, logits, P, Q) < exact(P, Q)


def test_bound_lies_between_no_and_full_information():
    zero, sure = np.zeros(2, "float32"), np.full(2, 80, "float32")
    np.testing.assert_allclose(jensen_shannon_lower_bound(zero, zero), [0, 0], atol=1e-7)
    np.testing.assert_allclose(jensen_shannon_lower_bound(sure, -sure), np.log([2, 2]), rtol=1e-6)
    assert (jensen_shannon_lower_bound(-sure, sure).numpy() < -70).all()
