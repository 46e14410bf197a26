"""Information of two readings: tables worked by hand, NumPy, finite differences, replicas."""

import math

import numpy as np
import pytest
import tensorflow as tf

from support.games import assert_equal_on_two, slopes_of
from tfgan_it.losses import IICLoss, iic_information

LN2 = math.log(2)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def readings(n=8, k=3, seed=0, columns=None):
    rng = np.random.default_rng(seed)
    return softmax(rng.normal(size=(n, k))), softmax(2 * rng.normal(size=(n, columns or k)))


def written_out(p, q, symmetric=True, entropy_weight=1.0):
    """The formula, pair by pair."""
    joint = np.mean([np.outer(a, b) for a, b in zip(p, q, strict=True)], axis=0)
    joint = (joint + joint.T) / 2 if symmetric else joint
    total = 0.0
    for i, j in np.ndindex(joint.shape):
        rows, columns = joint[i].sum(), joint[:, j].sum()
        if joint[i, j] > 0:
            rest = entropy_weight * (np.log(rows) + np.log(columns))
            total += joint[i, j] * (np.log(joint[i, j]) - rest)
    return total


def of_table(table):
    """Readings of as many samples as the table of counts holds, certain of their cells."""
    table = np.asarray(table)
    cells = np.repeat(np.argwhere(table >= 0), table.ravel(), axis=0)
    return np.eye(table.shape[0])[cells[:, 0]], np.eye(table.shape[1])[cells[:, 1]]


@pytest.mark.parametrize(
    "table, symmetric, expected",
    [
        ([[5, 0], [0, 5]], True, LN2),
        ([[5, 0], [0, 5]], False, LN2),
        # Names that are exchanged: still a bit.
        ([[0, 3], [3, 0]], True, LN2),
        ([[2, 2], [2, 2]], False, 0.0),
        # A single outcome: 0 ln 0 = 0 on three of four cells.
        ([[7, 0], [0, 0]], True, 0.0),
        # A binary symmetric channel with an error of 1/5: ln 2 - H(1/5).
        ([[4, 1], [1, 4]], False, LN2 + 0.8 * math.log(0.8) + 0.2 * math.log(0.2)),
        # An erasure channel, half of it lost: half of ln 2.
        ([[2, 0, 2], [0, 2, 2]], False, LN2 / 2),
        # i to i + 1 (mod 3) is certain one way; made symmetric, two of three are possible.
        ([[0, 4, 0], [0, 0, 4], [4, 0, 0]], False, math.log(3)),
        ([[0, 4, 0], [0, 0, 4], [4, 0, 0]], True, math.log(3) - LN2),
    ],
)
def test_tables_worked_by_hand(table, symmetric, expected):
    p, q = of_table(table)
    loss = IICLoss(symmetric)
    assert float(loss.estimate(p, q)) == pytest.approx(expected, abs=1e-6)
    assert float(loss(p, q)) == pytest.approx(-expected, abs=1e-6)


@pytest.mark.parametrize("entropy_weight", [0.0, 1.0, 1.7])
@pytest.mark.parametrize("symmetric", [True, False])
def test_soft_readings_against_numpy(symmetric, entropy_weight):
    p, q = readings(columns=3 if symmetric else 4)
    expected = written_out(p, q, symmetric, entropy_weight)
    options = {"symmetric": symmetric, "entropy_weight": entropy_weight}
    value = iic_information(p, q, **options)
    assert value.shape == () and float(value) == pytest.approx(expected, abs=1e-6)
    rows = IICLoss(**options).call(p, q)
    assert rows.shape == (8,)
    assert -np.mean(rows) == pytest.approx(expected, abs=1e-6)


def test_a_sample_contributes_the_log_ratios_that_it_expects():
    # Joint [[.4, .1], [.1, .4]]: ln 1.6 on the diagonal, ln .4 beside it.
    p, q = np.eye(2), np.asarray([[0.8, 0.2], [0.2, 0.8]])
    expected = 0.8 * math.log(1.6) + 0.2 * math.log(0.4)
    np.testing.assert_allclose(IICLoss().call(p, q), [-expected] * 2, rtol=1e-5)


def test_the_information_is_below_the_entropies_and_what_independent_readings_give_is_small():
    rng = np.random.default_rng(3)
    a, b = np.eye(10)[rng.integers(10, size=(2, 4000))]
    # (K - 1)^2 / 2N = 81 / 8000 nats by chance.
    assert float(iic_information(a, b, symmetric=False)) == pytest.approx(0.0101, abs=0.004)
    assert float(iic_information(a, a)) == pytest.approx(math.log(10), abs=0.003)


def test_base_two_gives_bits_and_logits_are_accepted():
    p, q = readings()
    bits = IICLoss(base=2).estimate(p, q)
    assert float(bits) == pytest.approx(written_out(p, q) / LN2, abs=1e-6)
    logits = IICLoss(from_logits=True).estimate(np.log(p) + 5.0, np.log(q) - 2.0)
    assert float(logits) == pytest.approx(written_out(p, q), abs=1e-6)


@pytest.mark.parametrize("form", ["estimate", "call"])
@pytest.mark.parametrize("entropy_weight", [1.0, 1.5])
def test_the_gradient_against_finite_differences(form, entropy_weight):
    p, q = readings(n=5)
    x = tf.constant(np.log(p), "float32"), tf.constant(np.log(q), "float32")
    loss = IICLoss(entropy_weight=entropy_weight, from_logits=True)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss.estimate(*x) if form == "estimate" else -tf.reduce_mean(loss.call(*x))

    def function(a, b):
        return written_out(softmax(a), softmax(b), entropy_weight=entropy_weight)

    expected = slopes_of(function, np.log(p), np.log(q))
    for gradient, slopes in zip(tape.gradient(value, x), expected, strict=True):
        np.testing.assert_allclose(gradient, slopes, atol=2e-6)
        assert np.abs(slopes).max() > 1e-3


def test_cells_that_never_occur_pass_a_finite_gradient():
    p, q = (tf.constant(x, "float32") for x in of_table([[3, 0, 0], [0, 2, 0], [0, 0, 0]]))
    with tf.GradientTape() as tape:
        tape.watch([p, q])
        value = iic_information(p, q)
    assert all(np.isfinite(gradient).all() for gradient in tape.gradient(value, [p, q]))
    assert float(value) == pytest.approx(-0.6 * math.log(0.6) - 0.4 * math.log(0.4), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["estimate", "call"])
def test_two_replicas_agree_with_one_device(form):
    loss = IICLoss(from_logits=True)

    def mean(p, q):
        return loss.estimate(p, q) if form == "estimate" else -tf.reduce_mean(loss.call(p, q))

    p, q = (np.log(x) for x in readings(n=6))
    value = assert_equal_on_two(mean, p, q, tolerance=1e-6)
    assert float(value) == pytest.approx(written_out(*readings(n=6)), abs=1e-6)


@pytest.mark.parametrize(
    "p, q, message",
    [
        (
            *readings(columns=4),
            r"y_true and y_pred must have one shape \(symmetric=False .*\(8, 3\) and \(8, 4\)",
        ),
        (
            readings(6)[0],
            readings(8)[1],
            r"y_true and y_pred must have one shape, got \(6, 3\) and \(8, 3\)",
        ),
        (np.ones((4, 2)), np.eye(2)[[0, 1, 0, 1]], "y_true must sum to 1 in each row, got 2"),
    ],
)
def test_readings_that_do_not_fit(p, q, message):
    with pytest.raises(ValueError, match=f"^IICLoss: {message}"):
        iic_information(p, q)
