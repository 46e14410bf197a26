"""y that is x, or a monotone function of it: one warning in every estimator of continuous pairs."""

import warnings

import numpy as np
import pytest

from tfgan_it.estimators import CCA, KSG, Histogram, NeuralEstimator, ResidualKSG
from tfgan_it.estimators.identities import monotone_columns

X = np.random.default_rng(0).normal(size=(200, 3))
NOISE = np.random.default_rng(1).normal(size=(200, 2))


@pytest.mark.parametrize(
    "estimator",
    [
        KSG(),
        KSG(variant=2, preprocessing=None),
        ResidualKSG(),
        CCA(),
        Histogram(),
        NeuralEstimator(steps=1),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("function", [lambda x: x, np.copy, np.exp, lambda x: -x])
def test_each_estimator_warns_once_in_one_line(estimator, function):
    x = X[:, 0]
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        estimator.fit(x, function(x))
    [message] = [str(each.message) for each in found if "infinite" in str(each.message)]
    way = "rises" if function(1.0) > function(0.0) else "falls"
    assert message == (
        f"Column 0 of y {way} wherever column 0 of x rises, as in y = x: without noise the "
        "information of continuous variables is infinite, and an estimate of it only grows with "
        "the number of samples."
    )


def test_a_column_among_others_is_found():
    y = np.column_stack([NOISE, -np.arctan(X[:, 2])])
    assert monotone_columns(X, y) == (2, 2, False)
    assert monotone_columns(X, y[:, :2]) is None


def test_a_single_other_value_is_no_identity():
    y = X[:, :1].copy()
    y[17] = 9
    assert monotone_columns(X, y) is None


def test_rectified_values_still_have_a_density():
    """Of half of them; a quarter of them would be for a label."""
    y = np.maximum(X[:, :1], np.quantile(X[:, 0], 0.4))
    assert monotone_columns(y, y) == (0, 0, True)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.sign(X[:, :1]), np.sign(X[:, :1])),  # A label has an entropy.
        (X[:10, :1], X[:10, :1]),  # An order by chance.
        (X[:, :1], X[:, :1] + 1e-3 * NOISE[:, :1]),
        (np.ones((200, 1)), np.ones((200, 1))),
    ],
)
def test_what_is_no_identity(x, y):
    assert monotone_columns(x, y) is None


def test_integers_have_an_entropy():
    values = np.random.default_rng(0).permutation(300)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        Histogram().fit(values, values)
    assert not [each for each in found if "infinite" in str(each.message)]
