"""Directions that correlate, and their information, where it is known."""

import math

import numpy as np
import pytest

from tfgan_it.estimators import canonical_directions as module

RANDOM = np.random.default_rng(0)


def bits(n, sources, flip, seed=0):
    """Bits and what a symmetric channel makes of them, each with a little noise."""
    random = np.random.default_rng(seed)
    x = random.integers(2, size=(n, sources))
    y = x ^ (random.random((n, sources)) < flip)
    return [2.0 * z - 1 + 0.02 * random.normal(size=z.shape) for z in (x, y)]


def turned(z, seed):
    """The same in other coordinates."""
    matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(z.shape[1],) * 2))[0]
    return z @ matrix


def capacity(sources, flip):
    rest = sum(-p * math.log(p) for p in (flip, 1 - flip) if p > 0)
    return sources * (math.log(2) - rest)


def found_in(a, b, correlations):
    directions = module.CanonicalDirections((a, b), (a, b), correlations)
    return module.information_of_directions(directions, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("sources", "flip"), [(3, 0.1), pytest.param(8, 0.0, marks=pytest.mark.slow)]
)
def test_bits_that_encoders_have_turned_are_found_again(sources, flip):
    x, y = bits(2000, sources, flip)
    a, b = turned(x, 1), turned(y, 1)
    correlations = np.full(sources, 1 - 2 * flip)
    found = found_in(a, b, correlations)
    truth = capacity(sources, flip)
    assert found.nats == pytest.approx(truth, abs=0.02 * sources)
    assert "independent bits" in found.estimator or "KSG" in found.estimator


def test_what_components_share_is_not_counted_twice():
    x, y = bits(1000, 2, 0.05)
    twice = [
        np.hstack([z, z[:, :1] * z[:, 1:] + 0.02 * RANDOM.normal(size=(1000, 1))]) for z in (x, y)
    ]
    found = found_in(*twice, np.array([0.9, 0.9, 0.8]))
    assert found.nats == pytest.approx(capacity(2, 0.05), abs=0.1)


@pytest.mark.parametrize("p", [1, 3])
def test_directions_of_independent_sides_are_within_the_edge(p):
    sides = [RANDOM.normal(size=(2000, p)) for _ in range(4)]
    directions = module.canonical_directions(*sides)
    assert len(directions.correlations) <= 1
    assert np.all(directions.correlations < 0.12)


def test_canonical_directions_are_those_of_other_pairs():
    shared = RANDOM.normal(size=(4000, 1))
    f = np.hstack([RANDOM.normal(size=(4000, 2)), shared]) @ RANDOM.normal(size=(3, 3))
    g = np.hstack([shared + 0.5 * RANDOM.normal(size=(4000, 1)), RANDOM.normal(size=(4000, 1))])
    directions = module.canonical_directions(f[:2000], g[:2000], f[2000:], g[2000:])
    (a, b), correlations = directions.held_out, directions.correlations
    assert a.shape == b.shape == (2000, 1)
    assert correlations[0] == pytest.approx(1 / math.sqrt(1.25), abs=0.03)
    assert abs(np.corrcoef(a[:, 0], shared[2000:, 0])[0, 1]) > 0.99


def test_bits_are_counted():
    """Of a bit and its copy ln 2; of two fair bits and their parity none in pairs, ln 2 of both."""
    random = np.random.default_rng(0)
    a, b = random.integers(2, size=(2, 4000, 1)).astype("float64")
    parity = np.abs(a - b)
    information = module._counted_information
    assert information(a, a)[0] == pytest.approx(math.log(2), abs=2e-3)
    assert information(a, parity)[0] == pytest.approx(0, abs=2e-3)
    assert information(np.hstack([a, b]), parity)[0] == pytest.approx(math.log(2), abs=2e-3)
    shared = module._shared(np.hstack([a, b, parity]), information, random)
    assert shared == pytest.approx(math.log(2), abs=4e-3)


def test_a_bit_is_the_side_of_the_middle_between_both_means():
    values = np.array([0.0, 0.1, 0.2, 5.0])
    assert module._bit(values).tolist() == [0, 0, 0, 1]
    assert module._bit(np.ones(3)).tolist() == [0, 0, 0]


def estimates(trials, half, p, rho, k):
    """Those of Gaussian sides of p columns, of which k correlate, each with its interval."""
    for seed in range(trials):
        random = np.random.default_rng(seed)
        f, g = random.normal(size=(2, 2 * half, p))
        g[:, :k] = rho * f[:, :k] + math.sqrt(1 - rho**2) * g[:, :k]
        parts = f[:half], g[:half], f[half:], g[half:]
        directions = module.canonical_directions(*parts)
        yield module.information_of_directions(directions, random).finished((), half)


@pytest.mark.parametrize(
    ("half", "p", "rho", "k"), [(60, 4, 0.0, 0), (60, 32, 0.0, 0), (400, 32, 0.3, 1)]
)
def test_the_interval_holds_what_is_not_seen(half, p, rho, k):
    truth = -0.5 * k * math.log(1 - rho**2)
    found = list(estimates(12, half, p, rho, k))
    held = [low <= truth <= high for low, high in (each.interval for each in found)]
    assert sum(held) >= 11
    assert all(low < each.nats < high for each in found for low, high in [each.interval])
    assert abs(np.mean([each.nats for each in found])) < 0.05  # They find about nothing.


def test_sides_of_more_columns_than_pairs_do_not_all_correlate():
    f, g, new_f, new_g = RANDOM.normal(size=(4, 40, 100))
    directions = module.canonical_directions(f, g, new_f, new_g)
    assert directions.held_out[0].shape == directions.fitted[1].shape == (40, 1)
    assert len(directions.correlations) <= 1


def test_a_side_that_does_not_vary_has_no_direction():
    f, g = np.zeros((60, 3)), RANDOM.normal(size=(60, 3))
    directions = module.canonical_directions(f, g, f, g)
    assert directions.held_out[0].shape == directions.held_out[1].shape == (60, 0)
    found = module.information_of_directions(directions, RANDOM)
    assert found.nats == 0 and found.standard_error > 0
