"""Scores of pairs that share a code, against Bayes's rule on tables."""

import numpy as np
import pytest
import tensorflow as tf

from support.games import slopes_of
from tfgan_it.information import shared_code_scores
from tfgan_it.losses import InfoNCE

PRIOR = np.asarray([0.5, 0.3, 0.2])
# p(x|k) and p(y|k) of four and of two symbols.
X = np.asarray([[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25]])
Y = np.asarray([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])


def posterior(channel):
    joint = PRIOR[:, None] * channel
    return (joint / joint.sum(axis=0)).T


def test_of_exact_posteriors_it_is_the_log_ratio_of_the_pair():
    joint = np.einsum("k,kx,ky->xy", PRIOR, X, Y)
    expected = np.log(joint / np.outer(joint.sum(axis=1), joint.sum(axis=0)))
    # Logits are posteriors up to a constant of each row.
    first = np.log(posterior(X)) + np.arange(4)[:, None]
    scores = shared_code_scores(first, np.log(posterior(Y)) - 3.0, np.log(PRIOR))
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_certain_posteriors_do_not_underflow():
    sure = 1e4 * np.eye(3)
    logits = tf.constant(sure, "float32")
    with tf.GradientTape() as tape:
        tape.watch(logits)
        scores = shared_code_scores(logits, sure, np.log(PRIOR))
    np.testing.assert_allclose(np.diagonal(scores), -np.log(PRIOR), rtol=1e-5)
    # The best of the outcomes that both exclude: -1e4 - ln p.
    assert np.max(np.where(np.eye(3), -np.inf, scores)) == pytest.approx(-1e4, rel=1e-3)
    assert np.isfinite(tape.gradient(scores, logits)).all()


def test_the_gradient_against_finite_differences():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4, 3))

    def written_out(a, b):
        p, q = (np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) for x in (a, b))
        scores = np.log((p[:, None] * q[None] / PRIOR).sum(axis=-1))
        return (np.diagonal(scores) - np.log(np.exp(scores).mean(axis=1))).mean()

    x = tf.constant(a, "float32"), tf.constant(b, "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = InfoNCE().estimate(None, shared_code_scores(*x, np.log(PRIOR)))
    assert float(value) == pytest.approx(written_out(a, b), abs=1e-5)
    for gradient, slopes in zip(tape.gradient(value, x), slopes_of(written_out, a, b), strict=True):
        np.testing.assert_allclose(gradient, slopes, atol=1e-5)
        assert np.abs(slopes).max() > 0.01
