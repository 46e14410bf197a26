import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

from tfgan_it.information.scores import (
    linearized_exp,
    log_mean_exp,
    log_mean_exp_negatives,
    log_mean_exp_without_each,
    mean_negatives,
    positive_scores,
)

SCORES = np.random.default_rng(0).normal(size=(4, 4))
OFF = ~np.eye(4, dtype=bool)


def test_positives_and_negatives():
    x = tf.constant(SCORES)
    np.testing.assert_allclose(positive_scores(x), np.diag(SCORES))
    for axis in (0, 1):
        expected = np.where(OFF, SCORES, 0).sum(axis) / 3
        np.testing.assert_allclose(mean_negatives(x, axis), expected)
        expected = logsumexp(np.where(OFF, SCORES, -np.inf), axis) - np.log(3)
        np.testing.assert_allclose(log_mean_exp_negatives(x, axis), expected)
    expected = np.log(np.exp(SCORES[OFF]).mean())
    assert float(log_mean_exp_negatives(x)) == pytest.approx(expected)


def test_log_mean_exp_neither_overflows_nor_underflows():
    for shift in (0, 1e4, -1e4):
        found = log_mean_exp(tf.constant(SCORES + shift), axis=1)
        np.testing.assert_allclose(found, np.log(np.exp(SCORES).mean(1)) + shift, rtol=1e-9)


def test_an_exponential_continues_as_its_tangent():
    x = tf.constant([-50.0, 0.0, 40.0, 41.0, 1e4], "float64")
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = linearized_exp(x)
    top = math.exp(40)
    np.testing.assert_allclose(value, [math.exp(-50), 1, top, 2 * top, (1e4 - 39) * top])
    np.testing.assert_allclose(tape.gradient(value, x), [math.exp(-50), 1, top, top, top])


def test_without_each_against_numpy_where_one_row_is_nearly_all():
    scores = np.random.default_rng(0).normal(0, 3, (6, 6))
    scores[2] += 40
    scores[:, 4] = 7.0
    expected = [
        [np.log(np.exp(np.delete(scores[:, i], j)).mean()) for i in range(6)] for j in range(6)
    ]
    x = tf.constant(scores, "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = log_mean_exp_without_each(x)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # Each mean shares 1 among the rows that are in it.
    jacobian = tape.gradient(found, x)
    weights = np.zeros((6, 6))
    for j in range(6):
        kept = np.exp(scores) * (np.arange(6) != j)[:, None]
        weights += kept / kept.sum(axis=0)
    np.testing.assert_allclose(jacobian, weights, rtol=1e-4, atol=1e-6)
