import math

import numpy as np
import pytest

from tfgan_it.estimators import mutual_information
from tfgan_it.estimators.preparation import has_atoms, prepared

RANDOM = np.random.default_rng(0)
A, B, NOISE = RANDOM.standard_normal((3, 1000, 1))


def only(x, other=None):
    (found, _), doubts = prepared((x, A if other is None else other), np.random.default_rng(1))
    return found, doubts


def test_constant_and_redundant_columns_are_left_out():
    x = np.hstack([A, np.full_like(A, 3.0), 1.8 * A + 32, B, A - 2 * B])
    found, doubts = only(x)
    assert found.shape == (1000, 2) and not doubts
    np.testing.assert_array_equal(only(np.hstack([A, B]))[0], np.hstack([A, B]))


@pytest.mark.slow
def test_celsius_beside_fahrenheit():
    y = np.hstack([A + NOISE, A + B])
    found = mutual_information(np.hstack([A, 1.8 * A + 32]), y)
    assert found.nats == pytest.approx(mutual_information(A, y).nats, abs=0.02)
    assert found.nats == pytest.approx(math.log(3) / 2, abs=0.08)


def test_copies_of_samples_are_left_out_and_atoms_kept():
    found, doubts = only(np.tile(A, (3, 1)), np.tile(B, (3, 1)))
    assert len(found) == 1000 and "2000 of 3000 samples are copies" in doubts[0]
    values = RANDOM.choice([0.1, 0.2, 0.35], (1000, 1))
    assert has_atoms(values)
    np.testing.assert_array_equal(only(values, values)[0], values)
    assert mutual_information(values, values).nats == pytest.approx(math.log(3), abs=0.02)


@pytest.mark.parametrize("step", [0.1, 0.25])
def test_rounded_values_get_noise_within_their_steps(step):
    rounded = np.round(A / step) * step
    found, _ = only(rounded)
    assert 0 < np.abs(found - rounded).max() <= step / 2 + 1e-9
    assert not has_atoms(found)
    half = np.maximum(A, 0)
    np.testing.assert_array_equal(only(half)[0], half)


def test_independent_rounded_values_know_nothing():
    x, y = np.round(A, 1), np.round(B, 1)
    assert abs(mutual_information(x, y).nats) < 0.03
    counts = RANDOM.poisson(50, (2, 2000))
    assert abs(mutual_information(*counts).nats) < 0.03
    assert abs(mutual_information(*counts.astype("float64")).nats) < 0.03


def test_dependent_rounded_values():
    y = 0.9 * A + math.sqrt(0.19) * NOISE
    found = mutual_information(np.round(A, 1), np.round(y, 1))
    assert found.nats == pytest.approx(-math.log(0.19) / 2, abs=0.08)
