import math

import numpy as np
import pytest
from scipy import stats

from tfgan_it.estimators import copulas


def test_the_squashing_map_is_the_gaussian_s_and_its_slope_its_derivative():
    z = np.linspace(-4.9, 4.9, 50)
    u, ln_slope = copulas.squash(z)
    np.testing.assert_allclose(u, stats.norm.cdf(z), atol=1e-15)
    np.testing.assert_allclose(ln_slope, stats.norm.logpdf(z))
    z = np.array([-40.0, -7.0, -5.001, -4.999, -1.0, 0.0, 2.0, 4.999, 5.001])
    step = 1e-6 * np.maximum(1, np.abs(z))
    slope = (copulas.squash(z + step)[0] - copulas.squash(z - step)[0]) / (2 * step)
    np.testing.assert_allclose(np.exp(copulas.squash(z)[1]), slope, rtol=1e-3)


def test_the_squashing_map_tells_far_tails_apart():
    u = copulas.squash(np.linspace(-70, 70, 1001))[0]
    assert (np.diff(u) > 0).all() and u[0] > 0 and u[-1] < 1


def test_what_the_cube_has_of_a_ball():
    centres = np.array([[0.5, 0.5], [0.1, 0.9], [0.5, 1.0]])
    volumes = [0.4 * 0.4, 0.3 * 0.3, 2 / 3]
    found = copulas.mean_log_cut_volume(centres, np.array([0.2, 0.2, 2 / 3]))
    assert found == pytest.approx(np.log(volumes).mean())


def test_columns_are_decorrelated_unless_chance_explains_it():
    x = np.random.default_rng(0).standard_normal((2000, 3)) * [1, 50, 0.01]
    matrix, ln_volume = copulas.decorrelation(x)
    np.testing.assert_allclose(matrix, np.diag(1 / x.std(axis=0)))
    assert ln_volume == pytest.approx(np.log(x.std(axis=0)).sum())
    x = x @ np.array([[1, 20, 0], [0, 1, 0], [0, 0, 1]])
    matrix, ln_volume = copulas.decorrelation(x)
    np.testing.assert_allclose(np.cov((x @ matrix).T, ddof=0), np.eye(3), atol=1e-9)
    assert ln_volume == pytest.approx(-np.linalg.slogdet(matrix)[1])


@pytest.mark.parametrize(
    ("marginal", "of_one"),
    [
        (stats.expon(), 1.0),
        (stats.laplace(), 1 + math.log(2)),
        (stats.t(3), float(stats.t(3).entropy())),
    ],
    ids=["exponential", "laplace", "t"],
)
def test_entropy_of_edges_peaks_and_heavy_tails_in_five_dimensions(marginal, of_one):
    x = marginal.rvs((5000, 5), random_state=1)
    sample = -marginal.logpdf(x).sum(axis=1).mean()
    assert copulas.entropy(x, 3) == pytest.approx(sample, abs=0.07)
    assert sample == pytest.approx(5 * of_one, abs=0.2)


def test_entropy_of_two_far_modes():
    random = np.random.default_rng(0)
    x = random.standard_normal((5000, 3))
    x[:, 0] += 20 * random.integers(0, 2, 5000)
    truth = 1.5 * math.log(2 * math.pi * math.e) + math.log(2)
    assert copulas.entropy(x, 3) == pytest.approx(truth, abs=0.06)


def test_cross_entropy_of_a_heavy_tail_is_finite_and_near():
    x, y = stats.t(2).rvs((2, 4000, 2), random_state=0)
    found = copulas.cross_entropy(x, y, 3)
    assert found == pytest.approx(-stats.t(2).logpdf(x).sum(axis=1).mean(), abs=0.15)


def test_cross_entropy_of_samples_far_away_is_a_gaussian_s():
    y = np.random.default_rng(0).standard_normal((2000, 1))
    x = np.full((50, 1), 4.8) + np.linspace(-0.1, 0.1, 50)[:, None]
    truth = -stats.norm.logpdf(x).mean()
    assert copulas.cross_entropy(x, y, 3) == pytest.approx(truth, rel=0.15)
    farther = copulas.cross_entropy(x + 100, y, 3)
    assert truth < farther < math.inf


def test_points_beyond_every_corner_coincide_with_none():
    y = np.random.default_rng(0).standard_normal((50, 2))
    y = np.concatenate([y, [[9.0, 9.0]]])
    assert math.isfinite(copulas.cross_entropy(y + 20, y, 1))


@pytest.mark.parametrize("n", [4, 6, 12])
def test_few_samples_in_many_dimensions_are_finite(n):
    x = np.random.default_rng(0).standard_normal((n, 10))
    assert math.isfinite(copulas.entropy(x, 3))
    assert math.isfinite(copulas.cross_entropy(x, x[::-1] + 0.1, 3))
