"""Weights of the data for the next generator of a mixture."""

import numpy as np
import pytest

from support.boosting import bisected
from tfgan_it.models import boosting_weights

CASES = pytest.mark.parametrize(
    "ratios",
    [
        np.random.default_rng(0).uniform(0, 3, 50),
        np.exp(np.random.default_rng(1).normal(0, 4, 200)),
        np.exp([-30.0, 30.0, 0.0, 0.0, 2.0]),
        np.zeros(7),
        np.array([4.0, 4.0, 4.0, 0.0]),
        np.array([5.0]),
    ],
    ids=["uniform", "log-normal", "extreme", "zeros", "ties", "one"],
)
BETAS = pytest.mark.parametrize("beta", [0.01, 1 / 3, 0.5, 0.9, 1.0])


@CASES
@BETAS
def test_weights_are_those_of_a_bisection(ratios, beta):
    np.testing.assert_allclose(boosting_weights(ratios, beta), bisected(ratios, beta), atol=1e-9)


@CASES
@BETAS
def test_weights_make_the_new_mixture_as_level_as_it_can_be(ratios, beta):
    """The conditions of Karush, Kuhn and Tucker, for any convex divergence."""
    weights = boosting_weights(ratios, beta)
    assert weights.shape == ratios.shape and (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    level = (1 - beta) * ratios + beta * len(ratios) * weights
    raised = weights > 0
    threshold = level[raised].mean()
    np.testing.assert_allclose(level[raised], threshold, rtol=1e-9)
    assert (level[~raised] >= threshold * (1 - 1e-9)).all()


@pytest.mark.parametrize(
    "ratios, beta, expected",
    [
        # lambda = 1/3: above 0, below the .75 * 4 of the first.
        ([4.0, 0.0, 0.0, 0.0], 0.25, [0, 1 / 3, 1 / 3, 1 / 3]),
        # lambda = 7/6 with all above 0: (7/6 - 1/2, 7/6 - 1, 7/6 - 1/2) / (3/2) is (4, 1, 4) / 9.
        ([1.0, 2.0, 1.0], 0.5, [4 / 9, 1 / 9, 4 / 9]),
    ],
)
def test_weights_by_hand(ratios, beta, expected):
    np.testing.assert_allclose(boosting_weights(ratios, beta), expected, atol=1e-12)


@BETAS
def test_weights_are_uniform_where_the_mixture_fits_already(beta):
    np.testing.assert_allclose(boosting_weights(np.ones(8), beta), np.full(8, 1 / 8))


@CASES
def test_weights_are_uniform_where_nothing_of_the_mixture_stays(ratios):
    np.testing.assert_allclose(boosting_weights(ratios, 1.0), np.full(len(ratios), 1 / len(ratios)))


@pytest.mark.parametrize("ratios", [[1.0, -1e-9], [1.0, np.nan], [np.inf, 1.0]])
def test_invalid_ratios(ratios):
    message = r"^boosting_weights: give ratios, all finite and at least 0\.\Z"
    with pytest.raises(ValueError, match=message):
        boosting_weights(ratios, 0.5)


@pytest.mark.parametrize("beta", [0, -0.5, 1.01, float("nan")])
def test_a_beta_outside_its_range(beta):
    message = rf"^boosting_weights: beta must be in \(0, 1\], got {beta}\.\Z"
    with pytest.raises(ValueError, match=message):
        boosting_weights([1.0, 2.0], beta)
