import warnings

import numpy as np
import pytest

from tfgan_it.estimators import copies

X = np.random.default_rng(0).normal(size=(100, 3))


def test_equal_rows_are_counted():
    x = np.array([[0.0, 1.0], [2.0, 2.0], [-0.0, 1.0], [1.0, 0.0]])
    counts, first = copies.counts_of_equal(x)
    assert counts.tolist() == [2, 1, 2, 1] and first.tolist() == [0, 1, 3]


def test_of_each_sample_the_first_is_kept():
    with pytest.warns(RuntimeWarning, match="^KSG: 40 of 140 samples are exact copies of others"):
        kept = copies.distinct(np.concatenate([X, X[:40]]), 3, "KSG")
    assert kept.tolist() == list(range(100))


def test_a_few_copies_are_rounding_and_pass_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(copies.distinct(np.concatenate([X, X[:1]]), 3, "KSG")) == 100


def test_as_many_copies_as_neighbours_are_refused():
    with pytest.raises(ValueError, match="^KSG: 8 of 106 samples have 3 or more exact copies"):
        copies.distinct(np.concatenate([X, X[:2], X[:2], X[:2]]), 3, "KSG")


def test_too_few_different_samples_are_refused():
    with pytest.warns(RuntimeWarning), pytest.raises(ValueError, match="2 different samples are"):
        copies.distinct(np.concatenate([X[:2], X[:2]]), 3, "KSG")


def test_samples_in_both_sets():
    y = np.concatenate([X[50:], X + 1])
    with pytest.warns(RuntimeWarning, match="^NeighborKL: 50 of 100 samples of x are also in y"):
        assert copies.in_both(X, y, "NeighborKL").tolist() == [False] * 50 + [True] * 50


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (X, False),
        (np.tile(X, (2, 1)), True),
        (np.tile(X, (30, 1)), True),
        (np.concatenate([X, X[:30]]), True),
        (np.sign(X[:, :1]), False),  # Atoms occur often, and not equally often.
        (np.repeat([[0.0], [1.0]], 50, axis=0), False),
    ],
)
def test_copies_are_told_from_atoms(x, told):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        copies.warn_of_copies(x, "Ross", "they look near")
    assert bool(found) == told
