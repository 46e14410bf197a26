import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from support.enumerated_pairs import (
    INFORMATION,
    JOINT,
    LOG_RATIO,
    P_X,
    P_Y,
    batches,
    expected_estimate,
    random_table,
)
from tfgan_it.layers.pair_critics import BilinearCritic
from tfgan_it.losses.ratio_estimates import MINE, SMILE, DonskerVaradhan, JensenShannonNWJ

SEEDS = pytest.mark.parametrize("seed", range(3))
SCORES = np.random.default_rng(0).normal(0, 1.5, (6, 6)).astype("float32")


def donsker_varadhan(table):
    """With exact expectations."""
    return (JOINT * table).sum() - np.log(P_X @ np.exp(table) @ P_Y)


# Values.


def test_donsker_varadhan_is_tight_at_the_log_ratio_and_any_constant():
    # All pairs of six thousand, with exact shares of each outcome.
    counts = np.rint(1000 * JOINT).astype(int)
    x, y = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(JOINT.shape))
    for shift in (0, -30, 30):
        estimate = DonskerVaradhan().estimate(None, (LOG_RATIO + shift)[x][:, y])
        # Without the diagonal the others' mean is 1 - (E r - 1) / (n - 1), to the first order.
        diagonal = ((JOINT * np.exp(LOG_RATIO)).sum() - 1) / 999
        assert float(estimate) == pytest.approx(INFORMATION + diagonal, abs=2e-5)


@SEEDS
def test_mini_batches_bring_donsker_varadhan_above_its_exact_value(seed):
    table = random_table(seed)
    exact = donsker_varadhan(table)
    assert exact < INFORMATION
    means = [expected_estimate(DonskerVaradhan(), table, rows=rows) for rows in (2, 3, 4)]
    assert means[0] > means[1] > means[2] > exact
    # Not a lower bound: with the best critic it is above the information.
    assert expected_estimate(DonskerVaradhan(), LOG_RATIO) > INFORMATION + 0.02
    assert DonskerVaradhan.bound is None


def test_value_of_mine_is_that_of_its_batch_whatever_the_denominator():
    loss = MINE()
    loss.log_denominator.assign(50.0)
    expected = DonskerVaradhan().call(None, SCORES)
    np.testing.assert_array_equal(loss.call(None, SCORES), expected)


@SEEDS
def test_jensen_shannon_nwj_is_below_the_information_for_any_critic(seed):
    table = random_table(seed)
    exact = 1 + (JOINT * table).sum() - P_X @ np.exp(table) @ P_Y
    assert exact < INFORMATION
    assert expected_estimate(JensenShannonNWJ(), table) == pytest.approx(exact, rel=1e-5)


def test_jensen_shannon_nwj_is_tight_at_the_critic_that_its_gradient_finds():
    assert expected_estimate(JensenShannonNWJ(), LOG_RATIO) == pytest.approx(INFORMATION, abs=1e-6)
    for loss in (JensenShannonNWJ(), SMILE()):
        slope = expected_gradient(loss, LOG_RATIO)
        np.testing.assert_allclose(slope, 0, atol=1e-6)
        assert np.abs(expected_gradient(loss, LOG_RATIO + 0.1)).max() > 1e-3


def test_smile_of_a_gaussian_channel_against_quadrature():
    rho, n, tau = 0.95, 2000, 0.7
    x, e = np.random.default_rng(0).normal(size=(2, n))
    y = rho * x + np.sqrt(1 - rho**2) * e

    def log_ratio(x, y):
        return stats.norm.logpdf(y, rho * x, np.sqrt(1 - rho**2)) - stats.norm.logpdf(y)

    def clipped(y, x):
        ratio = np.exp(np.clip(log_ratio(x, y), -tau, tau))
        return stats.norm.pdf(x) * stats.norm.pdf(y) * ratio

    grid = np.linspace(-6, 6, 801)
    values = clipped(grid[None, :], grid[:, None])
    mean = integrate.simpson(integrate.simpson(values, x=grid), x=grid)
    scores = log_ratio(x[:, None], y[None, :])
    found = float(SMILE(tau).estimate(None, scores))
    assert found == pytest.approx(np.diag(scores).mean() - np.log(mean), abs=0.01)
    # The bias of clipping: the denominator is no longer 1.
    assert np.log(mean) < -0.05
    expected = DonskerVaradhan().estimate(None, scores)
    assert float(SMILE(np.inf).estimate(None, scores)) == float(expected)


def test_clipping_lowers_the_variance_of_smile():
    rho = 0.999
    rng = np.random.default_rng(0)
    estimates = {1.0: [], np.inf: []}
    for _ in range(100):
        x, e = rng.normal(size=(2, 16))
        y = rho * x + np.sqrt(1 - rho**2) * e
        scores = stats.norm.logpdf(y[None, :], rho * x[:, None], np.sqrt(1 - rho**2))
        scores -= stats.norm.logpdf(y)
        for tau, values in estimates.items():
            # The joint term is the same in both.
            values.append(float(SMILE(tau).estimate(None, scores)) - np.diag(scores).mean())
    assert np.var(estimates[1.0]) < 0.1 * np.var(estimates[np.inf])


# MINE's gradient.


def expected_gradient(loss, table, rows=2, before=None):
    """E of the gradient of -call with respect to the table, over all batches."""
    weights = tf.Variable(table, dtype="float32")
    x, y, probabilities = batches(rows)

    @tf.function(autograph=False)
    def gradient(x, y):
        if before is not None:
            before()
        with tf.GradientTape() as tape:
            scores = tf.gather(tf.gather(weights, x), y, axis=1)
            mean = tf.reduce_mean(loss.call(None, scores))
        return tf.convert_to_tensor(tape.gradient(mean, weights))

    parts = [gradient(*pair).numpy() for pair in zip(x, y, strict=True)]
    return -np.tensordot(probabilities, parts, axes=1)


def exact_gradient(table):
    weights = np.outer(P_X, P_Y) * np.exp(table)
    return JOINT - weights / weights.sum()


@SEEDS
def test_gradient_of_mine_is_exact_on_average_and_that_of_the_batch_is_not(seed):
    table = random_table(seed)
    exact = exact_gradient(table)
    numeric = [
        (donsker_varadhan(table + step) - donsker_varadhan(table - step)) / 2e-5
        for step in 1e-5 * np.eye(6).reshape(6, 2, 3)
    ]
    np.testing.assert_allclose(exact.ravel(), numeric, atol=1e-8)

    # A denominator that many batches have told: that of the population.
    population = np.log(P_X @ np.exp(table) @ P_Y)
    loss = MINE(decay=1 - 1e-7)
    mine = expected_gradient(
        loss, table, before=lambda: loss.log_denominator.assign(float(population))
    )
    np.testing.assert_allclose(mine, exact, atol=2e-6)

    naive = expected_gradient(DonskerVaradhan(), table)
    biases = [np.abs(gradient - exact).max() for gradient in (mine, naive)]
    print(f"largest bias of the gradient: MINE {biases[0]:.1e}, of the batch {biases[1]:.1e}")
    assert biases[1] > 0.01 > 1000 * biases[0]


def test_gradient_without_memory_is_that_of_the_batch():
    x = tf.constant(SCORES)
    slopes = []
    for loss in (MINE(decay=0.0), DonskerVaradhan()):
        loss.call(None, 2 * SCORES)
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = loss.call(None, x)
        slopes.append(tape.gradient(values, x))
    np.testing.assert_allclose(*slopes, rtol=1e-5)


# MINE's memory.


def mean_exp(scores):
    off = ~np.eye(len(scores), dtype=bool)
    return np.exp(scores[off].astype("float64")).mean()


def test_denominator_is_a_moving_average_that_starts_at_the_first_batch():
    loss = MINE(decay=0.75)
    (variable,) = loss.variables
    assert variable is loss.log_denominator and not variable.trainable
    assert float(variable) == -np.inf
    moved = None
    for scale, function in ((1, loss.call), (0.3, loss.critic_loss), (2, loss)):
        scores = (scale * SCORES).astype("float32")
        moved = mean_exp(scores) if moved is None else 0.75 * moved + 0.25 * mean_exp(scores)
        function(np.zeros(6), scores)
        assert float(variable) == pytest.approx(np.log(moved), rel=1e-5)


def test_estimate_does_not_move_the_denominator():
    loss = MINE()
    loss.estimate(None, SCORES)
    assert float(loss.log_denominator) == -np.inf
    loss.call(None, SCORES)
    before = float(loss.log_denominator)
    loss.estimate(None, 2 * SCORES)
    assert float(loss.log_denominator) == before


def test_denominator_is_saved_with_the_model(tmp_path):
    x, y = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([x, y], BilinearCritic()(x, y))
    model.compile("sgd", loss=MINE(decay=0.7), run_eagerly=True)
    pairs = list(np.random.default_rng(0).normal(size=(2, 12, 2)).astype("float32"))
    model.fit(pairs, np.zeros(12), batch_size=4, verbose=0)
    moved = float(model.loss.log_denominator)
    assert np.isfinite(moved)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert float(loaded.loss.log_denominator) == moved and loaded.loss.decay == 0.7
    # Only weights, of a model without such a loss.
    bare = keras.models.clone_model(model)
    bare.save_weights(tmp_path / "bare.weights.h5")
    bare.compile("sgd", loss=MINE())
    bare.load_weights(tmp_path / "bare.weights.h5")
    assert float(bare.loss.log_denominator) == -np.inf


def test_two_losses_have_separate_denominators():
    first, second = MINE(), MINE()
    first.call(None, SCORES)
    assert float(second.log_denominator) == -np.inf


def test_denominator_recovers_from_scores_that_jump():
    loss = MINE(decay=0.99)
    x = tf.constant(SCORES)
    for shift in (1e4, 0.0, -1e4):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = loss.call(None, x + shift)
        assert np.isfinite(loss.log_denominator) and np.isfinite(tape.gradient(values, x)).all()


# Refusals.


@pytest.mark.parametrize("decay", [-0.1, 1.0, np.nan])
def test_decay_is_below_one(decay):
    with pytest.raises(ValueError, match=rf"^MINE: decay must be in \[0, 1\), got {decay}\.\Z"):
        MINE(decay)


@pytest.mark.parametrize("tau", [0, -1.0, np.nan])
def test_clipping_is_above_zero(tau):
    with pytest.raises(ValueError, match=rf"^SMILE: tau must be above 0, got {tau}\.\Z"):
        SMILE(tau)
