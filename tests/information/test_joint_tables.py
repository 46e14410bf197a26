"""Tables against SciPy; tables worked by hand are in tests/losses/test_paired_information."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import entropy

from tfgan_it.information import joint_table, log_ratios, mutual_information

RNG = np.random.default_rng(0)
TABLE = RNG.dirichlet(np.full(12, 0.5)).reshape(3, 4)
TABLE[1, 2] = 0
TABLE /= TABLE.sum()
every_kind = pytest.mark.parametrize("kind", [np.asarray, tf.constant])


@every_kind
def test_information_is_the_divergence_from_independence(kind):
    independent = np.outer(TABLE.sum(1), TABLE.sum(0))
    value = mutual_information(kind(TABLE))
    assert value.dtype == "float64"
    assert float(value) == pytest.approx(entropy(TABLE.ravel(), independent.ravel()), rel=1e-12)
    with np.errstate(divide="ignore"):
        expected = np.where(TABLE > 0, np.log(TABLE / independent), 0)
    np.testing.assert_allclose(log_ratios(kind(TABLE)), expected, rtol=1e-9)


@every_kind
def test_the_weight_is_of_the_entropies(kind):
    entropies = entropy(TABLE.sum(0)) + entropy(TABLE.sum(1))
    expected = 1.7 * entropies - entropy(TABLE.ravel())
    assert float(mutual_information(kind(TABLE), 1.7)) == pytest.approx(expected, rel=1e-12)


@every_kind
def test_the_table_of_two_readings(kind):
    p, q = RNG.dirichlet(np.ones(3), size=(2, 5))
    expected = np.mean([np.outer(a, b) for a, b in zip(p, q, strict=True)], axis=0)
    np.testing.assert_allclose(joint_table(kind(p), kind(q)), expected, rtol=1e-12)
    found = joint_table(kind(p), kind(q), symmetric=True)
    np.testing.assert_allclose(found, (expected + expected.T) / 2, rtol=1e-12)


def test_cells_of_probability_0_pass_a_finite_gradient():
    x = tf.constant([[0.5, 0.0], [0.0, 0.5]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = mutual_information(x)
    assert float(value) == pytest.approx(np.log(2))
    assert np.isfinite(tape.gradient(value, x)).all()
