import keras
import numpy as np
import pytest
from scipy import stats

from support.enumerated_pairs import (
    INFORMATION,
    JOINT,
    LOG_CONDITIONAL,
    LOG_RATIO,
    P_X,
    P_Y,
    expected_estimate,
    random_conditional,
    random_marginal,
    random_table,
)
from tfgan_it.layers.pair_critics import SeparableCritic
from tfgan_it.losses.lower_bounds import (
    NWJ,
    TUBA,
    BarberAgakov,
    InfoNCE,
    Interpolated,
)

SEEDS = pytest.mark.parametrize("seed", range(3))


def kullback_leibler(p, q):
    return (p * np.log(p / q)).sum()


# Exact expectations over all batches of a small joint distribution.


@SEEDS
def test_gap_of_barber_agakov_is_the_divergence_of_the_model(seed):
    log_q = random_conditional(seed)
    gap = kullback_leibler(JOINT, P_X[:, None] * np.exp(log_q))
    assert gap > 0.05
    estimate = expected_estimate(BarberAgakov(), log_q, np.log(P_Y), rows=1)
    assert estimate == pytest.approx(INFORMATION - gap, abs=1e-6)
    best = expected_estimate(BarberAgakov(), LOG_CONDITIONAL, np.log(P_Y), rows=1)
    assert best == pytest.approx(INFORMATION, abs=1e-6)


def test_tuba_is_tight_at_the_conditional_and_its_marginal():
    for shift in (np.zeros(3), np.asarray([2.0, -1.0, 0.5])):
        estimate = expected_estimate(TUBA(), LOG_CONDITIONAL + shift, np.log(P_Y) + shift)
        assert estimate == pytest.approx(INFORMATION, abs=1e-6)


@SEEDS
def test_tuba_is_below_the_information_by_its_formula(seed):
    table, log_a = random_table(seed), random_marginal(seed + 10)
    exact = 1 + (JOINT * (table - log_a)).sum() - P_X @ np.exp(table - log_a) @ P_Y
    assert exact < INFORMATION
    assert expected_estimate(TUBA(), table, log_a) == pytest.approx(exact, rel=1e-5)


def test_nwj_is_tight_at_one_plus_the_log_ratio():
    for rows in (2, 3):
        estimate = expected_estimate(NWJ(), 1 + LOG_RATIO, rows=rows)
        assert estimate == pytest.approx(INFORMATION, abs=1e-6)
    assert expected_estimate(NWJ(), LOG_RATIO) < INFORMATION - 0.1


@SEEDS
def test_nwj_is_below_the_information_for_any_critic(seed):
    table = random_table(seed)
    exact = (JOINT * table).sum() - P_X @ np.exp(table - 1) @ P_Y
    assert exact < INFORMATION
    assert expected_estimate(NWJ(), table) == pytest.approx(exact, rel=1e-5)


@SEEDS
def test_info_nce_is_below_the_information_for_any_critic(seed):
    for rows in (2, 3):
        assert expected_estimate(InfoNCE(), random_table(seed), rows=rows) < INFORMATION


def test_info_nce_comes_nearer_with_more_pairs_and_ignores_functions_of_x():
    estimates = [expected_estimate(InfoNCE(), LOG_RATIO, rows=rows) for rows in (2, 3, 4)]
    assert 0 < estimates[0] < estimates[1] < estimates[2] < INFORMATION
    shifted = expected_estimate(InfoNCE(), LOG_RATIO + np.asarray([[5.0], [-3.0]]), rows=4)
    assert shifted == pytest.approx(estimates[2], abs=1e-5)
    # Worth ln p(y|x)/p(y) of the pair against its average over the batch: 1/B of the bias is left.
    gaps = INFORMATION - np.asarray(estimates)
    assert gaps[2] / gaps[0] == pytest.approx(2 / 4, abs=0.05)


@pytest.mark.examples(2)
@SEEDS
@pytest.mark.parametrize("alpha", [0.01, 0.5, 1.0])
def test_interpolated_is_below_the_information_for_any_critic_and_baseline(seed, alpha):
    loss = Interpolated(alpha)
    for rows in (2, 3):
        estimate = expected_estimate(loss, random_table(seed), random_marginal(seed), rows)
        assert estimate < INFORMATION


@pytest.mark.examples(3)
@pytest.mark.parametrize("alpha", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_interpolated_at_the_true_densities_loses_with_alpha(alpha):
    estimate = expected_estimate(Interpolated(alpha), LOG_CONDITIONAL, np.log(P_Y))
    less = expected_estimate(Interpolated(min(1, alpha + 0.1)), LOG_CONDITIONAL, np.log(P_Y))
    assert estimate <= INFORMATION + 1e-6
    assert less < estimate or alpha == 1
    if alpha == 0:
        assert estimate == pytest.approx(INFORMATION, abs=1e-6)


@SEEDS
def test_interpolated_without_the_batch_is_tuba_by_columns(seed):
    scores = np.random.default_rng(seed).normal(size=(5, 5)).astype("float32")
    log_q = np.random.default_rng(seed + 1).normal(size=5)
    value = float(Interpolated(0.0).estimate(log_q, scores))
    assert value == pytest.approx(float(TUBA().estimate(log_q, scores)), rel=1e-5)


@SEEDS
def test_interpolated_with_only_the_batch_is_info_nce_over_one_pair_less(seed):
    # Each y_i is found among x_i and all but one of the others.
    scores = np.random.default_rng(seed).normal(0, 2, size=(5, 5)).astype("float32")
    values = []
    for i in range(5):
        for left_out in set(range(5)) - {i}:
            column = np.delete(scores[:, i].astype("float64"), left_out)
            values.append(scores[i, i] - np.log(np.exp(column).mean()))
    assert float(Interpolated(1.0).estimate(np.zeros(5), scores)) == pytest.approx(
        np.mean(values), rel=1e-5
    )


# Limits.


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
@pytest.mark.parametrize("rows", [2, 7, 64])
def test_no_scores_bring_info_nce_above_ln_b(rows, scale):
    rng = np.random.default_rng(rows)
    for scores in (rng.normal(0, scale, (rows, rows)), scale * np.eye(rows), scale * np.ones(rows)):
        scores = np.broadcast_to(scores, (rows, rows)).astype("float32")
        values = -InfoNCE().call(None, scores).numpy()
        assert values.max() <= np.float32(np.log(rows))
    if scale > 1:
        best = InfoNCE().estimate(None, (scale * np.eye(rows)).astype("float32"))
        assert float(best) == pytest.approx(np.log(rows), abs=1e-5)


@pytest.mark.parametrize("alpha", [0.01, 0.5, 1.0])
def test_interpolated_has_a_highest_value(alpha):
    rows = 16
    scores = (100 * np.eye(rows)).astype("float32")
    # A q(y) that is much above the scores apart, and much below those together.
    values = -Interpolated(alpha).call(np.full(rows, 50.0), scores).numpy()
    expected = np.log(rows - 1) if alpha == 1 else 1 + np.log((rows - 1) / alpha)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    for q in (-1e4, 0.0, 3.0, 100.0, 1e4):
        values = -Interpolated(alpha).call(np.full(rows, q), scores).numpy()
        assert values.max() <= expected + 1e-5


# Gaussians, whose information and density ratio are known.

RHO = 0.8
GAUSSIAN_INFORMATION = -0.5 * np.log(1 - RHO**2)


def gaussian_pairs(rows, seed=0):
    x, e = np.random.default_rng(seed).normal(size=(2, rows))
    y = RHO * x + np.sqrt(1 - RHO**2) * e
    log_conditional = stats.norm.logpdf(y[None, :], RHO * x[:, None], np.sqrt(1 - RHO**2))
    return y, log_conditional, log_conditional - stats.norm.logpdf(y)[None, :]


def test_bounds_at_the_true_densities_of_a_gaussian_channel():
    y, log_conditional, log_ratio = gaussian_pairs(1000)
    log_p = stats.norm.logpdf(y)
    for estimate in (
        BarberAgakov().estimate(log_p, log_conditional),
        TUBA().estimate(log_p, log_conditional),
        NWJ().estimate(None, 1 + log_ratio),
        InfoNCE().estimate(None, log_ratio),
        Interpolated(0.01).estimate(log_p, log_conditional),
    ):
        assert float(estimate) == pytest.approx(GAUSSIAN_INFORMATION, abs=0.08)


def test_known_entropy_serves_as_the_reference_of_barber_agakov():
    # H(y) + E ln q(y|x) for y = x +- .1 with a uniform x and a Gaussian q, by hand.
    deviation = 0.1
    scores = stats.norm.logpdf(deviation * np.asarray([1.0, -1.0]), scale=deviation)
    estimate = BarberAgakov().estimate(np.full(2, -np.log(2.0)), scores)
    expected = np.log(2) - np.log(deviation * np.sqrt(2 * np.pi)) - 0.5
    assert float(estimate) == pytest.approx(expected, abs=1e-5)


# In `fit`.


def fitted(rho, dimension, rows, steps):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)

    def sample(n):
        x, e = rng.normal(size=(2, n, dimension)).astype("float32")
        return x, (rho * x + np.sqrt(1 - rho**2) * e).astype("float32")

    x, y = keras.Input((dimension,)), keras.Input((dimension,))
    model = keras.Model([x, y], SeparableCritic((32,), 8)(x, y))
    model.compile(keras.optimizers.Adam(1e-2), loss=InfoNCE(), jit_compile=False)
    n = rows * steps
    model.fit(list(sample(n)), np.zeros(n), batch_size=rows, epochs=1, verbose=0)
    scores = [model(list(sample(rows))) for _ in range(50)]
    return np.mean([float(InfoNCE().estimate(None, s)) for s in scores])


@pytest.mark.slow
def test_fit_finds_the_information_of_a_gaussian_channel():
    information = -np.log(1 - 0.8**2)
    estimate = fitted(rho=0.8, dimension=2, rows=64, steps=250)
    assert information - 0.15 < estimate < information + 0.05


@pytest.mark.slow
def test_fit_stops_at_ln_b():
    assert -2 * np.log(1 - 0.995**2) > 9
    estimate = fitted(rho=0.995, dimension=4, rows=16, steps=250)
    assert np.log(16) - 0.2 < estimate <= np.log(16)


@pytest.mark.parametrize("alpha", [-0.1, 1.5, np.nan])
def test_share_of_the_batch_is_in_the_unit_interval(alpha):
    with pytest.raises(ValueError, match=rf"^Interpolated: alpha must be in .*, got {alpha}\.\Z"):
        Interpolated(alpha)
