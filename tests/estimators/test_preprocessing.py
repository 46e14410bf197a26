import numpy as np
import pytest
from scipy import stats

from tfgan_it.estimators import preprocessing

NAMES = ["standardize", "ranks", "normal_scores", "asinh"]
RANDOM = np.random.default_rng(0)
X = np.column_stack([RANDOM.normal(5, 3, 200), RANDOM.standard_cauchy(200), RANDOM.random(200)])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [1.0, 1e140, 1e-200])
def test_columns_have_mean_0_and_standard_deviation_1_at_any_scale(name, scale):
    found = preprocessing.get(name)(X * scale)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=0), 1)
    np.testing.assert_allclose(found, preprocessing.get(name)(X), atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_order_and_ties_are_kept(name):
    x = np.array([[3.0], [-2.0], [3.0], [1e9], [0.0]])
    found = preprocessing.get(name)(x)[:, 0]
    assert found[0] == found[2]
    assert found[1] < found[4] < found[0] < found[3]


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_column_becomes_0_exactly(name):
    x = np.column_stack([np.full(7, 0.1), np.arange(7)])
    found = preprocessing.get(name)(x)
    assert (found[:, 0] == 0).all() and found[:, 1].std() > 0


@pytest.mark.parametrize("name", ["ranks", "normal_scores"])
def test_ranks_forget_increasing_maps(name):
    transform = preprocessing.get(name)
    np.testing.assert_array_equal(transform(X), transform(np.exp(X / 100)))


def test_ranks_are_evenly_spaced_and_scores_normal():
    ranks = np.sort(preprocessing.ranks(X), axis=0)
    assert np.ptp(np.diff(ranks, axis=0)) < 1e-12
    assert ranks[-1] == pytest.approx(np.sqrt(3), abs=0.01)
    five = preprocessing.normal_scores(np.array([[1.0], [2.0], [4.0], [8.0], [16.0]]))[:, 0]
    expected = stats.norm.ppf([0.1, 0.3, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(five, expected / expected.std(), atol=1e-12)
    scores = preprocessing.normal_scores(X[:, 1:2])[:, 0]
    assert stats.kstest(scores, "norm").statistic < 0.01


def test_asinh_by_hand():
    x = np.array([[0.0], [1.0], [2.0], [3.0], [100.0]])
    # The median is 2, the median distance 1.
    expected = np.arcsinh((x - 2) / 1.4826)
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(preprocessing.asinh(x), expected)


def test_asinh_where_most_values_are_equal():
    x = np.array([[0.0], [0.0], [0.0], [7.0], [-1.0]])
    expected = np.arcsinh(x / 1.6)
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(preprocessing.asinh(x), expected)


def test_names_functions_and_none():
    np.testing.assert_array_equal(preprocessing.get(np.sinh)(X), np.sinh(X))
    assert preprocessing.get(None)(X) is X
    message = r"Unknown preprocessing 'rank': use one of .*\(nearest: ranks\)"
    with pytest.raises(ValueError, match=message):
        preprocessing.get("rank")
    with pytest.raises(ValueError, match="Unknown preprocessing"):
        preprocessing.get([1])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x[:3], "must map .* to n rows"),
        (lambda x: x[:, 0], "must map .* to n rows"),
        (lambda x: x * np.nan, "gives values that are NaN or infinite"),
        (lambda x: x @ np.ones((7, 1)), "fails on"),
    ],
)
def test_functions_that_give_no_samples_are_refused(function, message):
    with pytest.raises(ValueError, match=f"^preprocessing: <lambda> {message}") as error:
        preprocessing.get(function)(X)
    assert "\n" not in str(error.value)
