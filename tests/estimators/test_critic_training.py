import math

import keras
import numpy as np
import pytest
from keras import ops

from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.estimators import critic_training
from tfgan_it.estimators.critic_training import CriticTraining, perceptron_baseline
from tfgan_it.layers.gaussian_critic import GaussianCritic, GaussianMarginal
from tfgan_it.layers.pair_critics import SeparableCritic
from tfgan_it.losses import information_bound

PAIRS = CorrelatedGaussian(2, 1.0)


class Slope(keras.layers.Layer):
    """S_ij = weight x_i y_j: one number to train, whose gradient is written by hand."""

    conditional = False

    def __init__(self, start=0.5, **options):
        super().__init__(**options)
        self.start = start

    def build(self, x_shape, y_shape):
        self.weight = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.start))

    def call(self, x, y):
        return self.weight * ops.matmul(x, ops.transpose(y))


def batches(steps, size, seed=0):
    x, y = PAIRS.sample(steps * size, seed=seed)
    return x.reshape(steps, size, 2), y.reshape(steps, size, 2)


def small(loss, seed=0, **options):
    loss = information_bound.get(loss)
    critic = GaussianCritic if loss.conditional else SeparableCritic
    reference = None
    if loss.needs_reference:
        reference = GaussianMarginal if loss.conditional else lambda: perceptron_baseline((8,))
    return CriticTraining(loss, lambda: critic(hidden=(8,)), reference, 1e-2, seed, **options)


def nwj(slope, x, y):
    """1 + E(f - 1) over pairs - E e^(f - 1) over all others, in NumPy."""
    scores = slope * x @ y.T
    n = len(x)
    others = np.exp(scores - 1)[~np.eye(n, dtype=bool)].mean()
    return np.diagonal(scores).mean() - others


def test_each_step_is_adams_on_its_own_batch():
    """The first steps of Adam on NWJ's bound of one number, by finite differences."""
    x, y = batches(3, 16)
    training = CriticTraining(information_bound.get("nwj"), Slope, learning_rate=0.1)
    values = training.run(x, y)
    slope, mean, square, expected = 0.5, 0.0, 0.0, []
    for step in range(3):
        own = x[step].astype("float64"), y[step].astype("float64")
        expected.append(nwj(slope, *own))
        gradient = -(nwj(slope + 1e-5, *own) - nwj(slope - 1e-5, *own)) / 2e-5
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        unbiased = mean / (1 - 0.9 ** (step + 1)), square / (1 - 0.999 ** (step + 1))
        slope -= 0.1 * unbiased[0] / math.sqrt(unbiased[1])
    # The value is that of before the step.
    np.testing.assert_allclose(values, expected, rtol=1e-4)
    assert float(training.critic.weight) == pytest.approx(slope, abs=1e-4)


def test_two_calls_are_one():
    x, y = batches(20, 16)
    whole, halves = small("info_nce"), small("info_nce")
    values = whole.run(x, y)
    parts = [halves.run(x[rows], y[rows]) for rows in (slice(0, 8), slice(8, 20))]
    assert values.shape == (20,)
    np.testing.assert_allclose(np.concatenate(parts), values, rtol=1e-5)
    for one, other in zip(whole.get_weights(), halves.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_weights_are_a_function_of_the_seed():
    x, y = batches(2, 8)
    first, again, other = (small("nwj", seed) for seed in (3, 3, 4))
    for training in (first, again, other):
        training.run(x, y)
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(
        (a != b).any() for a, b in zip(first.get_weights(), other.get_weights(), strict=True)
    )


@pytest.mark.examples(1)
# CLUB of the true conditional is rho^2 / (1 - rho^2) = e - 1 for each of the two dimensions.
@pytest.mark.parametrize(
    ("loss", "limit"),
    [
        ("info_nce", 1.0),
        ("smile", 1.0),
        ("mine", 1.0),
        ("interpolated", 1.0),
        ("difference_of_entropies", 1.0),
        ("club", 2 * (math.e - 1)),
    ],
)
def test_training_brings_the_estimate_near_its_limit(loss, limit):
    training = small(loss)
    fresh = PAIRS.sample(1000, seed=9)
    before = training.objective(*fresh)
    training.run(*batches(250, 64))
    assert training.objective(*fresh) < before - 0.1
    assert training.estimate(*fresh) == pytest.approx(limit, rel=0.35)


@pytest.mark.parametrize("loss", ["variational_upper_bound", "barber_agakov"])
def test_a_conditional_loss_is_fitted_by_maximum_likelihood(loss):
    """Also one whose critic_loss leaves ln q(y|x), or ln r(y), as it is."""
    training = small(loss)
    training.run(*batches(250, 64))
    fresh = PAIRS.sample(1000, seed=9)
    conditional = np.mean(np.diagonal(np.array(training.critic(*fresh))))
    marginal = np.mean(np.array(training.reference(fresh[1])))
    # Entropies of y, 1/2 ln(2 pi e) for each of two dimensions, and of y given x: 1 nat less.
    entropy = math.log(2 * math.pi * math.e)
    assert marginal == pytest.approx(-entropy, abs=0.1)
    assert conditional == pytest.approx(1 - entropy, abs=0.25)
    assert training.objective(*fresh) == pytest.approx(-conditional - marginal, abs=1e-3)


def test_what_has_nothing_to_train_is_measured():
    class Exact:
        trainable_variables = ()

        def __call__(self, x, y):
            return PAIRS.log_conditional(x, y)

    training = CriticTraining(information_bound.get("leave_one_out"), Exact)
    values = training.run(*batches(200, 64))
    assert training.get_weights() == []
    assert 1.0 < values.mean() < 1.2


def test_the_objective_of_smile_is_that_of_its_gradient():
    training = small("smile")
    x, y = PAIRS.sample(50, seed=2)
    objective = training.objective(x, y)
    scores = np.array(training.critic(x, y), "float64")
    others = ~np.eye(50, dtype=bool)
    soft = np.logaddexp(0, -np.diagonal(scores)).mean() + np.logaddexp(0, scores)[others].mean()
    assert objective == pytest.approx(soft, rel=1e-5)


def test_the_objective_takes_nothing_into_a_memory():
    training = small("mine")
    training.run(*batches(3, 8))
    [before] = [np.array(v) for v in training.loss.variables[:1]]
    training.objective(*PAIRS.sample(50, seed=2))
    training.estimate(*PAIRS.sample(50, seed=2))
    np.testing.assert_array_equal(np.array(training.loss.variables[0]), before)


def test_an_estimate_is_of_all_pairs_whatever_is_formed_at_a_time(monkeypatch):
    training = small("info_nce")
    x, y = PAIRS.sample(100, seed=2)
    whole = training.estimate(x, y)
    scores = np.array(training.critic(x, y), "float64")
    expected = np.mean(np.diagonal(scores) - np.log(np.exp(scores).mean(axis=1)))
    assert whole == pytest.approx(expected, abs=1e-5)
    monkeypatch.setattr(critic_training, "_PAIRS", 350)
    assert training.estimate(x, y) == pytest.approx(whole, abs=1e-5)
    # Blocks of at most 60 pairs, each of its own: the mean over two of 50.
    monkeypatch.setattr(critic_training, "_ROWS", 60)
    halves = [training.estimate(x[rows], y[rows]) for rows in (slice(0, 50), slice(50, 100))]
    assert training.estimate(x, y) == pytest.approx(np.mean(halves), abs=1e-5)


def test_weights_are_copied_and_put_back():
    training = small("nwj")
    training.run(*batches(2, 8))
    kept = training.get_weights()
    fresh = PAIRS.sample(60, seed=2)
    before = training.estimate(*fresh)
    training.run(*batches(5, 8, seed=1))
    assert training.estimate(*fresh) != before
    training.set_weights(kept)
    assert training.estimate(*fresh) == before


def test_a_baseline_gives_one_number_for_each_row():
    baseline = perceptron_baseline((4, 4))
    assert baseline(np.ones((7, 3))).shape == (7, 1)
    assert [layer.units for layer in baseline.layers] == [4, 4, 1]
