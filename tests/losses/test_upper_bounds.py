import numpy as np
import pytest
from scipy import stats

from support.enumerated_pairs import (
    INFORMATION,
    JOINT,
    LOG_CONDITIONAL,
    P_X,
    P_Y,
    expected_estimate,
    random_conditional,
    random_marginal,
)
from tfgan_it.losses.lower_bounds import InfoNCE
from tfgan_it.losses.upper_bounds import (
    CLUB,
    DifferenceOfEntropies,
    LeaveOneOut,
    VariationalUpperBound,
)

SEEDS = pytest.mark.parametrize("seed", range(3))


def kullback_leibler(p, q):
    return (p * np.log(p / q)).sum()


# Exact expectations over all batches of a small joint distribution.


def test_club_of_the_true_conditional_is_above_the_information():
    # The gap is E_p(x) KL(p(y) || p(y|x)).
    gap = (P_X[:, None] * P_Y * (np.log(P_Y) - LOG_CONDITIONAL)).sum()
    assert gap > 0.05
    for rows in (2, 3):
        estimate = expected_estimate(CLUB(), LOG_CONDITIONAL, rows=rows)
        assert estimate == pytest.approx(INFORMATION + gap, abs=1e-6)


@SEEDS
def test_club_of_a_model_equals_its_formula(seed):
    log_q = random_conditional(seed)
    exact = (JOINT * log_q).sum() - P_X @ log_q @ P_Y
    assert expected_estimate(CLUB(), log_q) == pytest.approx(exact, abs=1e-6)


def test_club_of_an_uninformed_model_is_not_a_bound():
    assert expected_estimate(CLUB(), np.tile(np.log(P_Y), (2, 1))) == pytest.approx(0, abs=1e-6)


def test_leave_one_out_is_above_the_information_and_comes_nearer_with_more_pairs():
    estimates = [expected_estimate(LeaveOneOut(), LOG_CONDITIONAL, rows=n) for n in (2, 3, 4)]
    assert estimates[0] > estimates[1] > estimates[2] > INFORMATION
    # With one other it is CLUB.
    club = expected_estimate(CLUB(), LOG_CONDITIONAL)
    assert estimates[0] == pytest.approx(club, abs=1e-6)


def test_leave_one_out_and_info_nce_enclose_the_information():
    below = expected_estimate(InfoNCE(), LOG_CONDITIONAL, rows=4)
    above = expected_estimate(LeaveOneOut(), LOG_CONDITIONAL, rows=4)
    assert 0 < below < INFORMATION < above < INFORMATION + 0.1


@SEEDS
def test_gap_of_the_variational_upper_bound_is_the_divergence_of_the_marginal(seed):
    log_r = random_marginal(seed)
    gap = kullback_leibler(P_Y, np.exp(log_r))
    assert gap > 0.01
    loss = VariationalUpperBound()
    estimate = expected_estimate(loss, LOG_CONDITIONAL, log_r, rows=2)
    assert estimate == pytest.approx(INFORMATION + gap, abs=1e-6)
    best = expected_estimate(loss, LOG_CONDITIONAL, np.log(P_Y), rows=2)
    assert best == pytest.approx(INFORMATION, abs=1e-6)


@SEEDS
def test_difference_of_entropies_errs_to_both_sides(seed):
    log_q, log_r = random_conditional(seed), random_marginal(seed)
    below = kullback_leibler(JOINT, P_X[:, None] * np.exp(log_q))
    above = kullback_leibler(P_Y, np.exp(log_r))
    loss = DifferenceOfEntropies()
    for conditional, marginal, error in (
        (LOG_CONDITIONAL, np.log(P_Y), 0),
        (log_q, np.log(P_Y), -below),
        (LOG_CONDITIONAL, log_r, above),
        (log_q, log_r, above - below),
    ):
        estimate = expected_estimate(loss, conditional, marginal, rows=2)
        assert estimate == pytest.approx(INFORMATION + error, abs=1e-6)
    assert loss.bound is None


# Gaussians, whose information is known.

RHO, ROWS = 0.8, 1000
GAUSSIAN_INFORMATION = -0.5 * np.log(1 - RHO**2)


@pytest.fixture(scope="module")
def gaussian_pairs():
    """y and ln p(y_j|x_i)."""
    x, e = np.random.default_rng(0).normal(size=(2, ROWS))
    y = RHO * x + np.sqrt(1 - RHO**2) * e
    return y, stats.norm.logpdf(y[None, :], RHO * x[:, None], np.sqrt(1 - RHO**2))


def test_club_of_a_gaussian_channel(gaussian_pairs):
    # E ln p(y|x) is -1/2 - ln s, and apart -(1 + rho^2) / 2 (1 - rho^2) - ln s.
    _, log_conditional = gaussian_pairs
    estimate = float(CLUB().estimate(None, log_conditional))
    assert estimate == pytest.approx(RHO**2 / (1 - RHO**2), abs=0.1)
    assert estimate > GAUSSIAN_INFORMATION + 1


def test_leave_one_out_of_a_gaussian_channel(gaussian_pairs):
    _, log_conditional = gaussian_pairs
    estimate = float(LeaveOneOut().estimate(None, log_conditional))
    assert estimate == pytest.approx(GAUSSIAN_INFORMATION, abs=0.05)


@pytest.mark.parametrize("deviation", [0.7, 1.0, 2.0])
def test_variational_upper_bound_of_a_gaussian_channel(gaussian_pairs, deviation):
    y, log_conditional = gaussian_pairs
    estimate = VariationalUpperBound().estimate(
        stats.norm.logpdf(y, scale=deviation), np.diag(log_conditional)
    )
    gap = np.log(deviation) + 0.5 / deviation**2 - 0.5
    assert float(estimate) == pytest.approx(GAUSSIAN_INFORMATION + gap, abs=0.06)
