import numpy as np
import pytest
from scipy import linalg, stats

from tfgan_it.datasets import invertible_maps as maps

LINE = np.linspace(-6, 6, 4001)[:, None]


@pytest.mark.parametrize("map_", [maps.half_cube, maps.normal_cdf, maps.wiggly, maps.bimodal])
def test_maps_of_a_line_increase(map_):
    assert (np.diff(map_(LINE)[:, 0]) > 0).all()


def test_the_slope_of_the_wiggly_map():
    slopes = np.diff(maps.wiggly(np.linspace(-60, 60, 200_001))) / (120 / 200_000)
    assert 0.16 < slopes.min() < 0.3


def test_half_cubes():
    x = np.array([[-4.0, 0.0], [9.0, 0.25]])
    np.testing.assert_allclose(maps.half_cube(x), [[-8, 0], [27, 0.125]])


def test_normal_numbers_become_uniform_and_bimodal_ones():
    x = np.random.default_rng(0).standard_normal((20_000, 1))
    assert stats.kstest(maps.normal_cdf(x)[:, 0], "uniform").pvalue > 1e-3

    def mixture(z):
        return (stats.norm.cdf(z, -2, 0.5) + stats.norm.cdf(z, 2, 0.5)) / 2

    found = maps.bimodal(x)[:, 0]
    assert stats.kstest(found, mixture).pvalue > 1e-3
    # Exactly: the quantile function of the mixture at Phi(x).
    np.testing.assert_allclose(mixture(found), stats.norm.cdf(x[:, 0]), atol=1e-10)


def test_a_bimodal_tail_keeps_its_digits():
    """Far out one mode counts: half its tail is that of the normal number."""
    x = np.array([[-30.0], [30.0]])
    low, high = maps.bimodal(x)[:, 0]
    assert low == -high and -20 < low < -16
    assert stats.norm.logcdf(low, -2, 0.5) - np.log(2) == pytest.approx(
        stats.norm.logcdf(-30), abs=1e-6
    )


@pytest.mark.parametrize("map_", [maps.swiss_roll, maps.curve])
def test_embeddings_never_cross_themselves(map_):
    points = map_(np.linspace(0, 1, 1001)[:, None])
    gaps = np.linalg.norm(points[:, None] - points, axis=-1)
    near = np.abs(np.subtract.outer(np.arange(1001), np.arange(1001))) < 30
    assert gaps[~near].min() > 0.02
    assert np.linalg.norm(np.diff(points, axis=0), axis=1).min() > 1e-3


def test_the_swiss_roll_is_read_off_its_radius():
    u = np.random.default_rng(1).uniform(size=(500, 1))
    points = maps.swiss_roll(u)
    assert points.shape == (500, 2)
    radius = np.linalg.norm(points, axis=1)
    np.testing.assert_allclose((21 * radius / (1.5 * np.pi) - 1) / 2, u[:, 0], atol=1e-12)


def test_the_curve_keeps_where_it_is():
    u = np.random.default_rng(1).uniform(size=(7, 1))
    points = maps.curve(u)
    assert points.shape == (7, 5)
    np.testing.assert_array_equal(points[:, :1], u)
    turn = np.exp(2j * np.pi * u[:, 0])
    expected = [turn.real, turn.imag, (turn**2).real, (turn**2).imag]
    np.testing.assert_allclose(points[:, 1:].T, expected, atol=1e-12)


@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_a_spiral_is_a_rotation_that_can_be_undone(dimension):
    x = np.random.default_rng(dimension).standard_normal((50, dimension))
    turned = maps.spiral(x, 0.7)
    assert turned.dtype == np.float64
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(x, axis=1))
    np.testing.assert_allclose(maps.spiral(turned, -0.7), x, atol=1e-12)
    assert np.abs(turned - x).max() > 0.5


def test_a_spiral_is_the_exponential_of_a_matrix():
    x = np.array([[0.3, -1.0, 0.5], [2.0, 0.1, -0.2]])
    turns = np.array([[0, 1, 0], [-1, 0, 1], [0, -1, 0]])
    expected = [linalg.expm(row @ row / 3 * turns) @ row for row in x]
    np.testing.assert_allclose(maps.spiral(x), expected, atol=1e-12)
