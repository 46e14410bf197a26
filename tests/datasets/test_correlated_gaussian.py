import math

import numpy as np
import pytest
from scipy import integrate, stats

from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian

both_kinds = pytest.mark.parametrize("cubed", [False, True])


@pytest.mark.parametrize(("dimension", "information"), [(1, 0.5), (3, 2.0), (20, 10.0)])
def test_the_correlation_gives_the_information(dimension, information):
    pairs = CorrelatedGaussian(dimension, information)
    found = -dimension / 2 * math.log(1 - pairs.correlation**2)
    assert found == pytest.approx(information)
    x, y = pairs.sample(20_000, seed=2)
    assert x.shape == y.shape == (20_000, dimension) and x.dtype == y.dtype == np.float32
    expected = np.eye(2 * dimension)
    expected += pairs.correlation * (np.eye(2 * dimension, k=dimension))
    expected += pairs.correlation * (np.eye(2 * dimension, k=-dimension))
    np.testing.assert_allclose(np.cov(x.T, y.T), expected, atol=0.05)


def test_cubed_pairs_are_the_plain_ones_with_y_cubed():
    (x, y), (same, cubed) = (CorrelatedGaussian(4, 1.0, c).sample(9, seed=5) for c in (0, 1))
    np.testing.assert_array_equal(same, x)
    np.testing.assert_allclose(cubed, y**3, rtol=1e-6)
    assert not (CorrelatedGaussian(4, 1.0).sample(9, seed=6)[0] == x).any()


def test_densities_are_those_of_gaussians():
    pairs = CorrelatedGaussian(3, 1.5)
    x, y = pairs.sample(6, seed=1)
    rho = pairs.correlation
    found = np.array(pairs.log_conditional(x[:4], y))
    assert found.shape == (4, 6)
    for i in range(4):
        spread = stats.multivariate_normal(rho * x[i], (1 - rho**2) * np.eye(3))
        np.testing.assert_allclose(found[i], spread.logpdf(y), rtol=1e-4)
    normal = stats.multivariate_normal(np.zeros(3), np.eye(3))
    np.testing.assert_allclose(pairs.log_marginal(y), normal.logpdf(y), rtol=1e-5)


@pytest.mark.examples(1)
@both_kinds
def test_densities_of_one_dimension_have_volume_one(cubed):
    pairs = CorrelatedGaussian(1, 0.4, cubed)
    x = np.array([[0.8]])

    def volume(density):
        # Beyond 0 and in the logarithm: a cubed y has a pole of its density at 0.
        def at(t):
            return sum(density(np.array([[s * math.exp(t)]])) for s in (-1, 1)) * math.exp(t)

        return integrate.quad(at, -25, 6, limit=400)[0]

    for density in (
        lambda y: math.exp(float(np.array(pairs.log_conditional(x, y))[0, 0])),
        lambda y: math.exp(float(np.array(pairs.log_marginal(y))[0])),
    ):
        assert volume(density) == pytest.approx(1, abs=2e-3)


@both_kinds
@pytest.mark.parametrize("information", [2.0, 8.0])
def test_the_mean_of_the_log_ratio_is_the_information(cubed, information):
    pairs = CorrelatedGaussian(20, information, cubed)
    x, y = pairs.sample(4000, seed=4)
    own = [
        np.diagonal(np.array(pairs.log_conditional(x[i : i + 500], y[i : i + 500])))
        for i in range(0, 4000, 500)
    ]
    ratios = np.concatenate(own).astype("float64") - np.array(pairs.log_marginal(y))
    assert ratios.mean() == pytest.approx(information, abs=4 * ratios.std() / math.sqrt(4000))


def test_no_information_is_independence():
    pairs = CorrelatedGaussian(2, 0.0)
    assert pairs.correlation == 0.0
    x, y = pairs.sample(5, seed=0)
    np.testing.assert_allclose(
        pairs.log_conditional(x, y), np.tile(np.array(pairs.log_marginal(y)), (5, 1)), rtol=1e-5
    )


def test_names_tell_what_they_are():
    assert CorrelatedGaussian(20, 2.0).name == "gaussian_20x20_2_nats"
    assert CorrelatedGaussian(5, 0.5, cubed=True).name == "cubed_5x5_0.5_nats"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1.0), "dimension must be a whole number of at least 1, got 0"),
        ((2, -0.5), "mutual_information must be at least 0, got -0.5"),
        ((2, math.nan), "mutual_information must be at least 0, got nan"),
    ],
)
def test_invalid_gaussians_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^(\\w+: )?{message}\\.$"):
        CorrelatedGaussian(*arguments)
