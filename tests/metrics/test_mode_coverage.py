import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfgan_it.datasets import GaussianMixture, grid, ring
from tfgan_it.metrics import ModeCoverage, mode_coverage

CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


def measured(points, centres=CENTRES, std=1.0, **kwargs):
    metric = ModeCoverage(centres, std, **kwargs)
    metric.update_state(np.asarray(points, "float32"))
    return numbers(metric)


def numbers(metric):
    return {name: float(value) for name, value in metric.result().items()}


def at_centres(*counts):
    """So many points exactly at each centre."""
    return np.repeat(CENTRES, counts, axis=0)


def test_by_hand():
    found = measured(
        [
            (0.0, 2.9),  # Good, mode 0.
            (1.0, -1.0),  # Good, mode 0.
            (4.0, 0.0),  # Nearest to mode 0, and too far from it.
            (6.0, 0.0),  # Nearest to mode 1, and too far: mode 1 is not found.
            (10.0, 12.5),  # Good, mode 3.
        ]
    )
    shares = [3 / 5, 1 / 5, 1 / 5]  # Of the modes 0, 1 and 3.
    assert found == {
        "modes": 2,
        "high_quality": pytest.approx(3 / 5),
        "reverse_kl": pytest.approx(sum(q * math.log(4 * q) for q in shares), abs=1e-6),
        "floor": pytest.approx(3 / 10),
    }


@pytest.mark.parametrize("radius", [0.5, 3.0, 7.0])
def test_good_is_within_the_radius_in_standard_deviations(radius):
    reach = radius * 0.2
    inside, outside = [(0.999 * reach, 0.0)], [(0.0, -1.001 * reach)]
    assert measured(inside, std=0.2, radius=radius)["high_quality"] == 1
    assert measured(outside, std=0.2, radius=radius)["high_quality"] == 0


def test_the_radius_is_three_by_default():
    assert measured([(2.99, 0.0), (3.01, 0.0)])["high_quality"] == 0.5


@pytest.mark.parametrize("make", [ring, grid])
@pytest.mark.parametrize("radius", [1.0, 2.0, 3.0])
def test_the_mixture_itself_has_the_quality_of_the_closed_form(make, radius):
    mixture, n = make(), 40_000
    share = 1 - math.exp(-(radius**2) / 2)
    assert radius < 3 or share == pytest.approx(0.98889, abs=1e-5)
    found = measured(mixture.sample(n), mixture.centres, mixture.std, radius=radius)
    assert found["modes"] == len(mixture.centres)
    assert found["high_quality"] == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n))


@pytest.mark.parametrize("dimension", [1, 3])
def test_in_other_dimensions_quality_is_a_chi_distribution_s(dimension):
    mixture, n = GaussianMixture("pair", np.eye(2, dimension) * 9, 0.1), 40_000
    share = stats.chi(dimension).cdf(3)
    found = mode_coverage(mixture.sample(n), mixture)
    assert found["high_quality"] == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n))


@pytest.mark.parametrize(
    ("counts", "nats"),
    [
        ((5, 5, 5, 5), 0.0),
        ((7, 0, 0, 0), math.log(4)),
        ((3, 3, 0, 0), math.log(2)),
        ((1, 1, 2, 0), math.log(4) - 1.5 * math.log(2)),
        ((6, 2, 1, 1), stats.entropy([0.6, 0.2, 0.1, 0.1], [0.25] * 4)),
    ],
)
def test_reverse_kl_of_a_known_histogram(counts, nats):
    assert measured(at_centres(*counts))["reverse_kl"] == pytest.approx(nats, abs=1e-6)


def test_reverse_kl_counts_bad_samples_too():
    far = [(-30.0, -30.0)] * 3
    found = measured([*far, (10.0, 0.0)])
    assert (found["modes"], found["high_quality"]) == (1, 0.25)
    assert found["reverse_kl"] == pytest.approx(stats.entropy([3, 1, 0, 0], [1] * 4), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("make", "n", "draws"), [(ring, 500, 400), (grid, 2500, 300)])
def test_the_floor_is_the_mean_reverse_kl_of_the_mixture_itself(make, n, draws):
    mixture = make()
    found = [mode_coverage(mixture.sample(n, seed=seed), mixture) for seed in range(draws)]
    modes, floor = len(mixture.centres), found[0]["floor"]
    values = np.array([each["reverse_kl"] for each in found])
    # 2n KL is a chi-square with K - 1 degrees of freedom, but for terms of the order of 1 / n.
    error = math.sqrt(2 * (modes - 1)) / (2 * n) / math.sqrt(draws)
    assert values.std() == pytest.approx(error * math.sqrt(draws), rel=0.15)
    assert floor == pytest.approx(values.mean(), abs=3 * error)
    assert 3 * error < 0.1 * floor


def test_batches_add_up():
    points = np.random.default_rng(0).uniform(-3, 13, (200, 2))
    metric = ModeCoverage(CENTRES, 1.0)
    for start in range(0, 200, 33):
        metric.update_state(points[start : start + 33])
    metric.update_state(np.zeros((0, 2)))
    assert numbers(metric) == measured(points)
    assert 0 < numbers(metric)["high_quality"] < 1


def test_reset_forgets():
    metric = ModeCoverage(CENTRES, 1.0)
    nothing = {"modes": 0, "high_quality": 0, "reverse_kl": 0, "floor": 0}
    assert numbers(metric) == nothing
    metric.update_state(at_centres(1, 1, 1, 1))
    metric.reset_state()
    assert numbers(metric) == nothing
    metric.update_state(at_centres(0, 2, 0, 0))
    assert numbers(metric)["modes"] == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_counted_and_are_not_good(value):
    found = measured([(value, value), (value, 0.0), (10.0, 10.0), (0.0, value)])
    assert (found["modes"], found["high_quality"], found["floor"]) == (1, 0.25, 3 / 8)
    assert math.isfinite(found["reverse_kl"])


def test_tensors_are_as_good_as_arrays():
    points = np.random.default_rng(1).uniform(-3, 13, (50, 2))
    metric = ModeCoverage(CENTRES.tolist(), 1.0)
    tf.function(metric.update_state)(tf.constant(points, "float64"))
    assert numbers(metric) == measured(points)


def test_mode_coverage_takes_all_from_the_mixture():
    mixture = GaussianMixture("four", CENTRES, 2.0)
    points = [(4.9, 0.0), (0.0, 4.9), (10.0, 10.0)]
    assert mode_coverage(points[:2], mixture)["high_quality"] == 1
    found = mode_coverage(np.array(points), mixture)
    assert {name: type(value) for name, value in found.items()} == dict.fromkeys(
        ["modes", "high_quality", "reverse_kl", "floor"], float
    )


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 1e9), (1e-30, 0.0), (1e30, 0.0)])
def test_neither_offset_nor_scale_matters(scale, offset):
    centres = np.array([[0.0, 0.0], [4.0, 0.0]])
    random = np.random.default_rng(0)
    points = centres[random.integers(0, 2, 400)] + random.normal(size=(400, 2))
    plain, moved = ModeCoverage(centres, 1.0), ModeCoverage(scale * centres + offset, scale)
    plain.update_state(points)
    moved.update_state(scale * points + offset)
    expected = {name: float(value) for name, value in plain.result().items()}
    assert {name: float(value) for name, value in moved.result().items()} == expected
    assert expected["modes"] == 2 and expected["high_quality"] > 0.9


def test_points_of_another_dimension_are_refused():
    metric = ModeCoverage(np.eye(2), 1.0)
    with pytest.raises(ValueError, match=r"points must be \(n, 2\), got \(3, 5\)"):
        metric.update_state(np.zeros((3, 5)))
