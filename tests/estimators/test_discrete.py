import itertools
import math

import numpy as np
import pytest

from tfgan_it.estimators import Histogram

PLAIN = Histogram(correction=None)


def test_entropy_of_integers_by_hand():
    x = np.array([4, 4, 4, 4, -9, -9, 100, 7])
    plain = 0.5 * math.log(2) + 0.25 * math.log(4) + 0.25 * math.log(8)
    assert PLAIN.fit(x).estimate() == pytest.approx(plain)
    assert Histogram().fit(x).estimate() == pytest.approx(plain + 3 / 16)


def test_information_of_integers_by_hand():
    table = np.array([[3, 1], [0, 4]])
    x, y = np.repeat([0, 0, 1, 1], table.ravel()), np.repeat([5, 6, 5, 6], table.ravel())
    p = table / 8
    expected = sum(
        p[i, j] * math.log(p[i, j] / (p[i].sum() * p[:, j].sum()))
        for i, j in [(0, 0), (0, 1), (1, 1)]
    )
    assert PLAIN.fit(x, y).estimate() == pytest.approx(expected)
    # Two values of each, three pairs: (1 + 1 - 2) / 2n.
    assert Histogram().fit(x, y).estimate() == pytest.approx(expected)


def test_the_correction_takes_the_bias_off_to_first_order():
    """On average over all samples of 12 throws of a coin with p = .3, weighed by probability."""
    n, p = 12, 0.3
    truth = -p * math.log(p) - (1 - p) * math.log(1 - p)
    means = {"miller_madow": 0.0, None: 0.0}
    for ones in range(n + 1):
        weight = math.comb(n, ones) * p**ones * (1 - p) ** (n - ones)
        x = np.repeat([1, 0], [ones, n - ones])
        for correction in means:
            means[correction] += weight * Histogram(correction=correction).fit(x).estimate()
    assert means[None] - truth == pytest.approx(-1 / (2 * n), rel=0.15)
    assert abs(means["miller_madow"] - truth) < 0.15 / (2 * n)


def test_independent_integers_have_no_information_on_average():
    random = np.random.default_rng(0)
    found = {c: [] for c in ("miller_madow", None)}
    for _, c in itertools.product(range(200), found):
        x, y = random.integers(0, 4, (2, 200))
        found[c].append(Histogram(correction=c).fit(x, y).estimate())
    assert np.mean(found[None]) == pytest.approx(9 / 400, rel=0.1)
    assert abs(np.mean(found["miller_madow"])) < 0.002
    assert min(found[None]) >= 0 > min(found["miller_madow"])


@pytest.mark.filterwarnings("ignore:Histogram. 600 samples are few")
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "bool"])
def test_small_integers_do_not_overflow(dtype):
    x = np.arange(600).astype(dtype)
    assert PLAIN.fit(x, x).estimate() == pytest.approx(PLAIN.fit(x).estimate())
    values = len(np.unique(x))
    expected = -sum(c / 600 * math.log(c / 600) for c in np.unique(x, return_counts=True)[1])
    assert values > 1 and PLAIN.fit(x).estimate() == pytest.approx(expected)


def test_columns_make_cells_together():
    x = np.array(2 * list(itertools.product([0, 1], [0, 1, 2], [7, 9])))
    assert PLAIN.fit(x).estimate() == pytest.approx(math.log(12))
    assert PLAIN.fit(x, x[:, 1]).estimate() == pytest.approx(math.log(3))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-5, 95)])
def test_differential_entropy_of_a_uniform_and_a_gaussian(low, high):
    random = np.random.default_rng(0)
    x = random.uniform(low, high, 5000)
    assert Histogram().fit(x).estimate() == pytest.approx(math.log(high - low), abs=0.01)
    x = high * random.standard_normal(5000)
    truth = math.log(2 * math.pi * math.e) / 2 + math.log(high)
    assert Histogram(60).fit(x).estimate() == pytest.approx(truth, abs=0.03)


def test_bins_of_equal_width_by_hand():
    x = np.array(
        [0.0, 0.9, 1.1, 4.0]
    )  # Two bins of width 2: three in the first, one in the second.
    expected = -0.75 * math.log(0.75) - 0.25 * math.log(0.25) + math.log(2)
    assert Histogram(2, correction=None).fit(x).estimate() == pytest.approx(expected)


def test_there_are_as_many_bins_as_the_cube_root_of_the_number():
    x = np.arange(1000.0)
    assert PLAIN.fit(x, x).estimate() == pytest.approx(math.log(10))
    x = np.arange(1001.0)
    assert PLAIN.fit(x, x).estimate() == pytest.approx(math.log(11), abs=1e-3)


def test_information_in_bins_of_equal_mass_forgets_increasing_maps():
    random = np.random.default_rng(0)
    x = random.standard_normal(3000)
    y = 0.8 * x + 0.6 * random.standard_normal(3000)
    value = Histogram().fit(x, y).estimate()
    assert value == Histogram().fit(np.exp(5 * x), y**3).estimate()
    assert value == pytest.approx(-math.log(0.6), abs=0.06)
    order = random.permutation(3000)
    assert Histogram().fit(x[order], y[order]).estimate() == pytest.approx(value, abs=1e-12)


def test_independent_continuous_variables_have_none():
    x, y = np.random.default_rng(0).standard_normal((2, 3000))
    assert Histogram().fit(x, y).estimate() == pytest.approx(0, abs=0.015)
    assert PLAIN.fit(x, y).estimate() > 0.02


def test_one_side_may_be_integers():
    random = np.random.default_rng(0)
    labels = random.permutation(np.repeat([0, 1], 2000))
    x = random.random(4000) + 3 * labels
    # The correction is (20 + 2 - 20 - 1) / 2n.
    assert Histogram(20, None).fit(x, labels).estimate() == pytest.approx(math.log(2))
    corrected = Histogram(20).fit(x, labels).estimate()
    assert corrected == pytest.approx(math.log(2) + 1 / 8000)


def test_a_constant_side_carries_nothing():
    x = np.random.default_rng(0).random(50)
    assert PLAIN.fit(np.full(50, 0.3), x).estimate() == pytest.approx(0, abs=1e-12)
    assert PLAIN.fit(np.zeros(50, int)).estimate() == 0


@pytest.mark.parametrize(
    ("settings", "data", "message"),
    [
        (
            {"correction": "miler"},
            ([0, 1],),
            "Unknown correction of Histogram 'miler'",
        ),
        ({"bins": 0}, ([0.0, 1.0],), "bins must be a whole number of at least 1, or None, got 0"),
        (
            {"bins": 2.5},
            ([0.0, 1.0],),
            "bins must be a whole number of at least 1, or None, got 2.5",
        ),
        ({}, ([[1.0, 0.0], [1.0, 1.0]],), "column 0 is constant"),
        ({}, ([1.0],), "x has 1 sample"),
        ({}, ([0, 1, 2], [0, 1]), "x and y must have equal lengths, got 3 and 2"),
    ],
)
def test_refusals(settings, data, message):
    with pytest.raises(ValueError, match=message):
        Histogram(**settings).fit(*data)


def test_values_that_hardly_repeat_are_warned_of():
    labels = np.arange(100) % 2
    with pytest.warns(RuntimeWarning, match="100 samples are few for 100 different values"):
        Histogram().fit(np.arange(100), labels)
