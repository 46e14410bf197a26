import numpy as np
import pytest

from tfgan_it import metrics


def test_it_is_e_to_the_information():
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=50)
    marginal = p.mean(axis=0)
    information = np.mean(np.sum(p * np.log(p / marginal), axis=1))
    assert metrics.inception_score(p).value == pytest.approx(np.exp(information))


def test_certain_and_useless_classifiers():
    assert metrics.inception_score(np.tile(np.eye(5), (4, 1))).value == pytest.approx(5.0)
    assert metrics.inception_score(np.full((20, 5), 0.2)).value == pytest.approx(1.0)


def test_splits_average_consecutive_parts():
    p = np.random.default_rng(1).dirichlet(np.ones(3), size=10)
    parts = [metrics.inception_score(part).value for part in (p[:3], p[3:6], p[6:])]
    measured = metrics.inception_score(p, splits=3)
    assert measured.value == pytest.approx(np.mean(parts))
    assert measured.standard_error == pytest.approx(np.std(parts, ddof=1) / np.sqrt(3))


@pytest.mark.parametrize(
    ("rows", "splits", "message"),
    [
        (np.zeros((3, 2)), 1, "row 0 sums to 0"),
        (np.eye(3)[0], 1, r"must be \(n, classes\), got \(3,\)"),
        (np.eye(3), 4, "3 samples are fewer than splits=4"),
        (np.eye(3), 0, "splits must be a whole number of at least 1, got 0"),
    ],
)
def test_bad_probabilities_are_refused_in_one_line(rows, splits, message):
    with pytest.raises(ValueError, match=message):
        metrics.inception_score(rows, splits=splits)
