"""Entropy and cross-entropy against SciPy; as losses they are tested in tests/losses."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import entr, log_softmax, rel_entr, xlogy
from scipy.stats import entropy

from gaussian_pairs import slopes
from tfgan_it.information import (
    categorical_log_prob,
    cross_entropy,
    from_logits,
    kullback_leibler,
    shannon_entropy,
)

RNG = np.random.default_rng(0)
P, Q = RNG.dirichlet(np.ones(5), size=(2, 4))
ZEROS = np.asarray([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]), np.asarray([[0.3, 0.0, 0.7], [0.5, 0, 0.5]])


def test_over_any_axes():
    joint = RNG.dirichlet(np.ones(12)).reshape(3, 4)
    assert float(shannon_entropy(joint, axis=(0, 1))) == pytest.approx(entr(joint).sum())
    np.testing.assert_allclose(shannon_entropy(joint, axis=0), entr(joint).sum(0), rtol=1e-12)
    np.testing.assert_allclose(shannon_entropy(joint), entr(joint).sum(1), rtol=1e-12)


def test_gradient_at_zeros():
    p = [[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]]
    np.testing.assert_allclose(shannon_entropy(p), [0, np.log(2)], rtol=1e-6)
    (slope,) = slopes(shannon_entropy, p)
    np.testing.assert_allclose(slope, [[-1, 0, 0], [np.log(2) - 1, 0, np.log(2) - 1]], rtol=1e-6)


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda p, q: shannon_entropy(p), lambda p, q: entropy(p, axis=-1)),
        (cross_entropy, lambda p, q: -xlogy(p, q).sum(-1)),
        (kullback_leibler, lambda p, q: rel_entr(p, q).sum(-1)),
    ],
    ids=["entropy", "cross_entropy", "kullback_leibler"],
)
@pytest.mark.parametrize("pair", [(P, Q), ZEROS, ZEROS[::-1]], ids=["inside", "lacking", "missing"])
def test_arrays_stay_arrays_and_tensors_agree(function, expected, pair):
    arrays, tensors = function(*pair), function(*map(tf.constant, pair))
    assert type(arrays) is np.ndarray and arrays.dtype == "float64" == tensors.dtype
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(arrays, expected(*pair), rtol=1e-12)
    np.testing.assert_allclose(arrays, tensors, rtol=1e-13)
    single = function(*(x.astype("float32") for x in pair))
    assert single.dtype == "float32"
    np.testing.assert_allclose(single, arrays, rtol=1e-5, atol=1e-6)
    half = function(*(tf.cast(x, "float16") for x in pair))
    assert half.dtype == "float32" and not np.isnan(half).any()


def test_an_array_is_a_number_while_a_graph_is_traced():
    @tf.function
    def function(x):
        return x + float(shannon_entropy(np.asarray([0.5, 0.5])))

    assert float(function(tf.zeros(()))) == pytest.approx(np.log(2))


def test_log_prob_of_a_code():
    logits, code = RNG.normal(size=(6, 3)), np.eye(3)[[0, 1, 2, 2, 1, 0]]
    expected = log_softmax(logits, -1)[code > 0]
    np.testing.assert_allclose(categorical_log_prob(code, logits), expected, rtol=1e-12)
    found = categorical_log_prob(tf.constant(code), tf.constant(logits))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    soft = np.full((6, 3), 1 / 3)
    minus = -cross_entropy(soft, from_logits(logits))
    np.testing.assert_allclose(categorical_log_prob(soft, logits), minus, rtol=1e-12)
