import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma

from tfgan_it.estimators import KozachenkoLeonenko, NeighborKL

GAUSSIAN = math.log(2 * math.pi * math.e) / 2


def gaussian(n, dimension, seed=0):
    return np.random.default_rng(seed).standard_normal((n, dimension))


def kth_distances(queries, points, k):
    return np.sort(np.abs(queries[:, None] - points[None]).max(axis=2), axis=1)[:, k - 1]


@pytest.mark.parametrize(("k", "dimension"), [(1, 1), (3, 1), (3, 4), (5, 12)])
def test_plain_entropy_is_the_formula(k, dimension):
    x = gaussian(90, dimension)
    radii = kth_distances(x, x, k + 1)  # The nearest is the point itself.
    expected = digamma(90) - digamma(k) + dimension * np.mean(np.log(2 * radii))
    found = KozachenkoLeonenko(k, copula=False).fit(x).estimate()
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("k", "dimension"), [(1, 1), (3, 4), (2, 12)])
def test_plain_divergence_is_the_formula(k, dimension):
    x, y = gaussian(70, dimension), 2 * gaussian(110, dimension, seed=1)
    rho, nu = kth_distances(x, x, k + 1), kth_distances(x, y, k)
    expected = dimension * np.mean(np.log(nu / rho)) + math.log(110 / 69)
    found = NeighborKL(k, copula=False).fit(x, y).estimate()
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dimension", [1, 3, 5])
def test_entropy_of_a_gaussian(dimension):
    x = gaussian(5000, dimension)
    # Less what the sample itself is off by.
    truth = np.mean(-stats.norm.logpdf(x).sum(axis=1))
    assert KozachenkoLeonenko().fit(x).estimate() == pytest.approx(truth, abs=0.04)
    assert truth == pytest.approx(dimension * GAUSSIAN, abs=0.07)


def test_entropy_of_a_correlated_gaussian():
    root = np.eye(5) + 0.9
    x = gaussian(5000, 5) @ root
    truth = 5 * GAUSSIAN + np.linalg.slogdet(root)[1]
    assert KozachenkoLeonenko().fit(x).estimate() == pytest.approx(truth, abs=0.05)


@pytest.mark.parametrize("dimension", [1, 3, 5])
def test_entropy_of_a_uniform_box(dimension):
    x = np.random.default_rng(0).random((5000, dimension)) * 3 - 7
    found = KozachenkoLeonenko().fit(x).estimate()
    assert found == pytest.approx(dimension * math.log(3), abs=0.04)
    if dimension == 5:
        plain = KozachenkoLeonenko(copula=False).fit(x).estimate()
        assert plain > dimension * math.log(3) + 0.3


@pytest.mark.parametrize("copula", [True, False])
def test_entropy_follows_scale_and_nothing_else(copula):
    x = gaussian(300, 3) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0.2, 1]])
    estimator = KozachenkoLeonenko(copula=copula)
    value = estimator.fit(x).estimate()
    order = np.random.default_rng(1).permutation(300)
    assert estimator.fit(x[order]).estimate() == pytest.approx(value, abs=1e-9)
    assert estimator.fit(x[:, ::-1] + 5).estimate() == pytest.approx(value, abs=1e-9)
    scaled = estimator.fit(1e-3 * x).estimate()
    assert scaled == pytest.approx(value + 3 * math.log(1e-3), abs=1e-9)
    if copula:
        scaled = estimator.fit(x * [1, 1e6, 1e-6]).estimate()
        assert scaled == pytest.approx(value, abs=1e-6)


def test_in_one_dimension_there_is_no_copula():
    x = gaussian(200, 1)
    plain = KozachenkoLeonenko(copula=False).fit(x).estimate()
    assert KozachenkoLeonenko().fit(x).estimate() == plain


COPIES = {
    "copies": np.concatenate([gaussian(40, 2), np.ones((20, 2))]),
    "all one": np.ones((20, 2)),
    "integers": np.random.default_rng(0).integers(0, 9, (300, 2)),
}


@pytest.mark.parametrize("x", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("copula", [True, False])
def test_the_entropy_of_copies_is_minus_infinity_with_a_warning(x, copula):
    with pytest.warns(RuntimeWarning, match="^KozachenkoLeonenko: samples have copies.*add noise"):
        assert KozachenkoLeonenko(copula=copula).fit(x).estimate() == -math.inf


@pytest.mark.parametrize("column", [np.full(50, 0.1), gaussian(50, 2) @ [2.0, -3.0]])
def test_so_is_that_of_a_column_that_says_nothing_new(column):
    with pytest.warns(RuntimeWarning, match="a column that others determine"):
        x = np.column_stack([gaussian(50, 2), column])
        assert KozachenkoLeonenko().fit(x).estimate() == -math.inf


@pytest.mark.filterwarnings("error")
def test_fewer_copies_than_neighbours_are_finite():
    x = gaussian(300, 1)
    x, once = np.concatenate([x, x[:1], x[:1]]), x
    value = KozachenkoLeonenko(3).fit(x).estimate()
    assert value == KozachenkoLeonenko(3).fit(once).estimate()


def test_noise_over_the_rounding_brings_a_rounded_entropy_back():
    random = np.random.default_rng(0)
    x = random.normal(100, 20, 4000).astype("uint8")
    found = KozachenkoLeonenko().fit(x + random.random(4000)).estimate()
    assert found == pytest.approx(GAUSSIAN + math.log(20), abs=0.05)


@pytest.mark.examples(2)
@pytest.mark.parametrize("dimension", [1, 3, 5])
@pytest.mark.parametrize(("scale", "shift"), [(1.5, 0.5), (0.8, -0.2), (1.0, 0.5)])
def test_divergence_of_gaussians(dimension, scale, shift):
    truth = dimension * (math.log(scale) + (1 + shift**2) / (2 * scale**2) - 0.5)
    found = []
    for seed in range(4):
        x, y = gaussian(5000, dimension, seed), gaussian(5000, dimension, seed + 10)
        found.append(NeighborKL().fit(x, scale * y + shift).estimate())
    # Of one sample, the standard deviation is .03.
    assert np.mean(found) == pytest.approx(truth, abs=0.04)
    assert found == pytest.approx([truth] * 4, abs=0.1)


@pytest.mark.parametrize("copula", [True, False])
@pytest.mark.parametrize("dimension", [1, 4])
def test_divergence_of_a_distribution_from_itself_is_nothing(dimension, copula):
    random = np.random.default_rng(0)
    x, y = random.exponential(size=(3000, dimension)), random.exponential(size=(5000, dimension))
    found = NeighborKL(copula=copula).fit(x, y).estimate()
    assert found == pytest.approx(0, abs=0.1 if copula else 0.06)


@pytest.mark.parametrize("copula", [True, False])
def test_divergence_does_not_change_with_scale_or_order(copula):
    x, y = gaussian(300, 2), gaussian(400, 2, seed=1) + 0.5
    estimator = NeighborKL(copula=copula)
    value = estimator.fit(x, y).estimate()
    assert estimator.fit(1e4 * x, 1e4 * y).estimate() == pytest.approx(value, abs=1e-9)
    assert estimator.fit(x[::-1], y[::-1]).estimate() == pytest.approx(value, abs=1e-9)
    constant = np.full((700, 1), 0.1)
    wide = np.hstack([x, constant[:300]]), np.hstack([y, constant[:400]])
    assert estimator.fit(*wide).estimate() == value


def test_divergence_where_nothing_differs_at_all():
    assert NeighborKL().fit(np.ones((9, 2)), np.ones((5, 2))).estimate() == 0


@pytest.mark.parametrize("copula", [True, False])
def test_divergence_of_copies_is_refused(copula):
    x, y = gaussian(50, 2), gaussian(50, 2, seed=1)
    copies = np.concatenate([x, np.ones((20, 2))])
    for pair, name in (((copies, y), "x"), ((y, copies), "y")):
        message = f"^NeighborKL: 20 of 70 samples of {name} have 3 or more exact copies"
        with pytest.raises(ValueError, match=message):
            NeighborKL(copula=copula).fit(*pair)


@pytest.mark.parametrize("copula", [True, False])
def test_a_set_does_not_diverge_from_itself_or_a_part_of_it(copula):
    x, other = gaussian(1000, 2), gaussian(1000, 2, seed=1)
    half_copied = np.concatenate([x[:500], other[:500]])
    for pair in ((x, x), (x[:300], x), (x, x[:300]), (x, half_copied)):
        with pytest.warns(RuntimeWarning, match="samples of x are also in y: they are not counted"):
            found = NeighborKL(copula=copula).fit(*pair).estimate()
        assert found == pytest.approx(0, abs=0.1)
    if not copula:
        with pytest.warns(RuntimeWarning):
            assert NeighborKL(copula=False).fit(x, x).estimate() == 0


def test_copies_leave_entropy_and_divergence_as_they_are():
    x, y = gaussian(300, 2), gaussian(400, 2, seed=1) + 1
    with pytest.warns(RuntimeWarning, match="^KozachenkoLeonenko: 300 of 600 samples are exact"):
        found = KozachenkoLeonenko().fit(np.concatenate([x, x])).estimate()
    assert found == pytest.approx(KozachenkoLeonenko().fit(x).estimate(), abs=1e-9)
    with pytest.warns(RuntimeWarning, match="^NeighborKL: 400 of 800 samples of y are exact"):
        found = NeighborKL().fit(x, np.concatenate([y, y])).estimate()
    assert found == pytest.approx(NeighborKL().fit(x, y).estimate(), abs=1e-9)


@pytest.mark.parametrize("copula", [True, False])
def test_fewer_samples_than_columns_are_warned_of(copula):
    with pytest.warns(RuntimeWarning, match="20 samples in 30 dimensions have no near neighbours"):
        KozachenkoLeonenko(copula=copula).fit(gaussian(20, 30))


def test_a_column_that_is_constant_on_one_side_is_refused():
    x = gaussian(50, 2)
    for pair, name in (((x * [1, 0], x), "x"), ((x, x * [1, 0]), "y")):
        with pytest.raises(ValueError, match=f"column 1 of {name} is constant.*leave it out"):
            NeighborKL().fit(*pair)


def test_sizes_of_the_two_samples():
    with pytest.raises(ValueError, match="x has 2 dimensions, y 3"):
        NeighborKL().fit(gaussian(9, 2), gaussian(9, 3))
    with pytest.raises(ValueError, match="y has 3 samples, too few for neighbors=3"):
        NeighborKL().fit(gaussian(9, 2), gaussian(3, 2))
    found = NeighborKL().fit(gaussian(4, 2), gaussian(9, 2, seed=1)).estimate()
    assert math.isfinite(found)


def test_bits():
    x, y = gaussian(100, 2), gaussian(100, 2, seed=1)
    entropy, divergence = KozachenkoLeonenko().fit(x), NeighborKL().fit(x, y)
    in_bits = KozachenkoLeonenko(base=2).fit(x).estimate()
    assert in_bits == pytest.approx(entropy.estimate() / math.log(2))
    in_bits = NeighborKL(base=2).fit(x, y).estimate()
    assert in_bits == pytest.approx(divergence.estimate() / math.log(2))


def test_heavy_tails_leave_the_entropy_finite():
    """Of exp(s z): ln s + the entropy of z, for each column; its mean is far beyond most of it."""
    z = np.random.default_rng(0).normal(size=(4000, 2))
    with pytest.warns(RuntimeWarning, match="so far from the others.*copula=False"):
        estimate = KozachenkoLeonenko().fit(np.exp(8 * z)).estimate()
    exact = 2 * math.log(8) + math.log(2 * math.pi * math.e)
    assert estimate == pytest.approx(exact, abs=0.5)
