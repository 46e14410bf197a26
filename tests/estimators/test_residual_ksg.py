import math

import numpy as np
import pytest
from scipy.special import ndtr

from tfgan_it.estimators import KSG, ResidualKSG


def gaussian_pairs(n, dimension, correlation, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, dimension))
    noise = random.standard_normal((n, dimension))
    return x, correlation * x + math.sqrt(1 - correlation**2) * noise


def sample_information(x, y, correlation):
    """The mean of ln p(x, y) / p(x) p(y) over the sample."""
    rest = 1 - correlation**2
    return np.mean(
        np.sum((y**2 - (y - correlation * x) ** 2 / rest) / 2 - math.log(rest) / 2, axis=1)
    )


@pytest.mark.examples(1)
@pytest.mark.parametrize(("dimension", "correlation"), [(1, 0.6), (3, 0.0), (5, 0.6), (5, 0.9)])
def test_gaussians_of_five_dimensions(dimension, correlation):
    x, y = gaussian_pairs(5000, dimension, correlation)
    truth = sample_information(x, y, correlation)
    assert ResidualKSG().fit(x, y).estimate() == pytest.approx(truth, abs=0.05)
    if (dimension, correlation) == (5, 0.9):
        assert KSG().fit(x, y).estimate() < truth - 0.8


def test_increasing_maps_order_and_sides_do_not_matter():
    x, y = gaussian_pairs(400, 2, 0.8)
    value = ResidualKSG().fit(x, y).estimate()
    order = np.random.default_rng(1).permutation(400)
    for a, b in [(np.exp(x), y**3), (x[order], y[order]), (y, x)]:
        assert ResidualKSG().fit(a, b).estimate() == pytest.approx(value, abs=1e-6)


def test_a_dependence_that_is_not_linear():
    random = np.random.default_rng(0)
    x, noise = random.standard_normal((2, 5000))
    y = random.choice([-1, 1], 5000) * x + 0.5 * noise
    found = ResidualKSG().fit(x, y).estimate()
    assert found == pytest.approx(KSG(preprocessing="normal_scores").fit(x, y).estimate(), abs=0.04)
    assert found > 0.3


def test_small_samples_of_independent_columns_have_no_information_on_average():
    found = [ResidualKSG().fit(*gaussian_pairs(40, 5, 0.0, seed=s)).estimate() for s in range(12)]
    assert np.mean(found) == pytest.approx(0, abs=0.15)


def test_constant_columns_carry_nothing():
    x, y = gaussian_pairs(100, 1, 0.8)
    value = ResidualKSG().fit(x, y).estimate()
    with_constant = np.column_stack([x, np.full(100, 0.1)])
    assert ResidualKSG().fit(with_constant, y).estimate() == value
    assert ResidualKSG().fit(np.ones(100), y).estimate() == 0


def test_a_linear_function_is_infinitely_informative():
    x, _ = gaussian_pairs(100, 1, 0.8)
    assert ResidualKSG().fit(x, 3 * x).estimate() == math.inf


def test_refusals():
    x, y = gaussian_pairs(100, 2, 0.5)
    with pytest.raises(ValueError, match="6 pairs are too few for 4 dimensions: .* least 7"):
        ResidualKSG().fit(x[:6], y[:6])
    with pytest.raises(ValueError, match="values of one side are tied.*Ross"):
        ResidualKSG().fit(x, np.arange(100) % 2)
    with pytest.raises(ValueError, match="variant must be 1 or 2"):
        ResidualKSG(variant=3).fit(x, y)


@pytest.mark.parametrize("both", [False, True])
def test_a_curve_has_no_density_and_the_estimate_is_that_of_ksg(both):
    """A Swiss roll of one side, and a circle of the other, keep the Gaussians' information."""
    x, y = gaussian_pairs(2000, 1, 0.75)
    t = 1.5 * math.pi * (1 + 2 * ndtr(x[:, 0]))
    roll = np.stack([t * np.cos(t), t * np.sin(t)], axis=1)
    if both:
        y = np.stack([np.cos(3 * ndtr(y[:, 0])), np.sin(3 * ndtr(y[:, 0]))], axis=1)
    truth = -math.log(1 - 0.75**2) / 2
    with pytest.warns(RuntimeWarning, match="that of KSG"):
        assert ResidualKSG().fit(roll, y).estimate() == pytest.approx(truth, abs=0.08)


def test_pairs_that_occur_twice_count_once():
    x, y = gaussian_pairs(500, 1, 0.6)
    with pytest.warns(RuntimeWarning, match="^ResidualKSG: 500 of 1000 pairs are exact copies"):
        found = ResidualKSG().fit(np.tile(x, (2, 1)), np.tile(y, (2, 1))).estimate()
    assert found == ResidualKSG().fit(x, y).estimate()
