import math
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone

from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.estimators import neural
from tfgan_it.estimators.neural import NeuralEstimator
from tfgan_it.layers.gaussian_critic import GaussianCritic
from tfgan_it.layers.pair_critics import BilinearCritic, ConcatenatedCritic, SeparableCritic
from tfgan_it.losses.lower_bounds import NWJ
from tfgan_it.losses.ratio_estimates import MINE, SMILE

SMALL = {"hidden": (16,), "learning_rate": 5e-3, "steps": 150, "batch_size": 128}
PAIRS = CorrelatedGaussian(1, 0.5)
X, Y = PAIRS.sample(1500, seed=1)


@pytest.fixture(scope="module")
def fitted():
    return NeuralEstimator(**SMALL).fit(X, Y)


@pytest.mark.examples(1)
# The standard error on 300 pairs is .05.
@pytest.mark.parametrize(
    ("loss", "critic"),
    [
        ("smile", "concatenated"),
        ("mine", "separable"),
        ("tuba", "separable"),
        ("barber_agakov", "gaussian"),
    ],
)
def test_losses_and_critics_by_name(loss, critic):
    estimate = NeuralEstimator(loss, critic, **SMALL).fit(X, Y).estimate()
    assert isinstance(estimate, float)
    assert estimate == pytest.approx(0.5, abs=0.2)


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    ("loss", "critic"),
    [
        (SMILE(tau=3.0), SeparableCritic(hidden=(32,), dimension=8)),
        (NWJ(), ConcatenatedCritic(hidden=(8,))),
    ],
)
def test_losses_and_critics_by_object(loss, critic):
    estimator = NeuralEstimator(loss, critic, **SMALL).fit(X, Y)
    assert estimator.estimate() == pytest.approx(0.5, abs=0.2)
    # They are copied: what was given has no weights and no memory of it.
    if isinstance(critic, keras.layers.Layer):
        assert not critic.built
        used = estimator.critic_
        assert type(used) is type(critic) and used.hidden == critic.hidden


def test_a_loss_with_a_memory_is_copied():
    loss = MINE()
    before = [np.array(variable) for variable in loss.variables]
    estimator = NeuralEstimator(loss, **SMALL | {"steps": 20})
    first = estimator.fit(X, Y).estimate()
    for variable, value in zip(loss.variables, before, strict=True):
        np.testing.assert_array_equal(np.array(variable), value)
    assert estimator.fit(X, Y).estimate() == first


def test_independent_variables_have_no_information():
    independent = CorrelatedGaussian(1, 0.0).sample(1500, seed=3)
    assert NeuralEstimator(**SMALL).fit(*independent).estimate() == pytest.approx(0, abs=0.05)


@pytest.mark.examples(1)
def test_equal_seeds_and_data_give_equal_estimates(fitted):
    again = NeuralEstimator(**SMALL).fit(X, Y)
    assert again.estimate() == fitted.estimate()
    assert again.history_ == fitted.history_ and again.steps_ == fitted.steps_
    other = NeuralEstimator(**SMALL | {"steps": 50}, seed=1).fit(X, Y)
    assert other.history_[0] != fitted.history_[0]


def test_no_global_state_is_touched(fitted):
    states = random.getstate(), np.random.get_state()[1].copy()
    tf.random.set_seed(5)
    expected = tf.random.uniform((2,)).numpy()
    tf.random.set_seed(5)
    NeuralEstimator(**SMALL | {"steps": 5}).fit(X[:100], Y[:100])
    assert random.getstate() == states[0]
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])
    np.testing.assert_array_equal(tf.random.uniform((2,)).numpy(), expected)


def test_the_test_part_trains_and_chooses_nothing():
    """Whatever stands in it, weights and the history are the same; only the estimate changes."""
    estimator = NeuralEstimator(**SMALL | {"steps": 50}, preprocessing=None)
    first = estimator.fit(X[:400], Y[:400])
    fresh = X[400:], Y[400:]
    history, value, of_fresh = first.history_, first.estimate(), first.estimate(*fresh)
    held_out, changed = first.parts_[2], Y[:400].copy()
    changed[held_out] = changed[held_out][::-1]
    second = estimator.fit(X[:400], changed)
    assert second.history_ == history
    assert second.estimate(*fresh) == of_fresh
    assert second.estimate() < value - 0.3


def test_every_pair_has_one_part():
    estimator = NeuralEstimator(**SMALL | {"steps": 1}, validation=0.3, test=0.1)
    parts = estimator.fit(X[:50], Y[:50]).parts_
    assert [len(part) for part in parts] == [30, 15, 5]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(50))


def test_fresh_pairs(fitted):
    x, y = PAIRS.sample(1200, seed=7)
    assert fitted.estimate(x, y) == pytest.approx(0.5, abs=0.12)
    # Pairs that are torn apart have nothing in common: the bound is below 0.
    assert fitted.estimate(x, y[::-1]) < 0
    assert fitted.estimate(x[:, 0], y[:, 0]) == fitted.estimate(x, y)
    assert fitted.estimate() == fitted.value_


def test_training_ends_when_nothing_gets_better():
    """A critic memorises 40 pairs; the best evaluation is kept."""
    options = SMALL | {"steps": 5000, "hidden": (64,)}
    options |= {"check_every": 10, "patience": 3, "preprocessing": None}
    estimator = NeuralEstimator(**options).fit(X[:60], Y[:60])
    assert estimator.steps_ == 10 * len(estimator.history_) < 1000
    best = int(np.argmax(estimator.history_))
    assert len(estimator.history_) == best + 1 + 3
    looked_at = estimator.parts_[1]
    kept = estimator.estimate(X[looked_at], Y[looked_at])
    assert kept == pytest.approx(estimator.history_[best], abs=1e-6)


def test_steps_are_at_most_what_was_said():
    estimator = NeuralEstimator(**SMALL | {"steps": 25}, check_every=10).fit(X[:200], Y[:200])
    assert estimator.steps_ == 25 and len(estimator.history_) == 3


@pytest.mark.examples(1)
@pytest.mark.parametrize("preprocessing", ["standardize", "ranks"])
def test_preprocessing_by_name(preprocessing):
    """Scales that a critic without standardisation could not see."""
    scaled = 1e6 * X, 1e-6 * Y - 3
    estimator = NeuralEstimator(**SMALL, preprocessing=preprocessing).fit(*scaled)
    assert estimator.estimate() == pytest.approx(0.5, abs=0.2)
    fresh = PAIRS.sample(1000, seed=8)
    assert estimator.estimate(1e6 * fresh[0], 1e-6 * fresh[1] - 3) == pytest.approx(0.5, abs=0.2)


def test_without_preprocessing_samples_stay_as_they_are():
    seen = []

    def spy(values):
        seen.append(values.copy())
        return values

    spied, raw = (
        NeuralEstimator(**SMALL | {"steps": 1}, preprocessing=each).fit(X[:50], Y[:50])
        for each in (spy, None)
    )
    np.testing.assert_array_equal(seen, [X[:50], Y[:50]])
    assert raw.estimate() == spied.estimate()


@pytest.mark.slow
def test_bits():
    nats, bits = (NeuralEstimator(**SMALL | {"steps": 20}, base=b) for b in (math.e, 2))
    nats, bits = nats.fit(X, Y), bits.fit(X, Y)
    assert bits.estimate() == pytest.approx(nats.estimate() / math.log(2))
    assert bits.history_ == pytest.approx([value / math.log(2) for value in nats.history_])
    assert bits.estimate(X, Y) == pytest.approx(nats.estimate(X, Y) / math.log(2))


def test_a_constant_says_nothing():
    assert NeuralEstimator(**SMALL).fit(X, np.ones(1500)).estimate() == pytest.approx(0, abs=1e-4)


def test_every_row_comes_once_before_any_comes_twice():
    rows = np.arange(10, 23)
    batches = neural.shuffled_batches(np.random.default_rng(0), rows, 4)
    drawn = [next(batches) for _ in range(6)]
    for epoch in (drawn[:3], drawn[3:]):
        joined = np.concatenate(epoch)
        assert len(set(joined)) == 12 and set(joined) <= set(rows)
    assert not (np.concatenate(drawn[:3]) == np.concatenate(drawn[3:])).all()
    assert len(next(neural.shuffled_batches(np.random.default_rng(0), rows, 100))) == 13


def test_it_is_an_estimator_of_scikit_learn():
    estimator = NeuralEstimator("club", "gaussian", steps=7, hidden=(3,))
    copy = clone(estimator)
    assert copy is not estimator and copy.get_params() == estimator.get_params()
    assert copy.set_params(steps=8).steps == 8 and estimator.steps == 7
    assert "NeuralEstimator(" in repr(estimator)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"loss": "info_nse"},
            r"^Unknown information bound 'info_nse': .*\(nearest: info_nce\)\.$",
        ),
        ({"critic": "seperable"}, r"^Unknown critic 'seperable': .*\(nearest: separable\)\.$"),
        (
            {"loss": "club"},
            r"^NeuralEstimator: CLUB takes scores that are ln q\(y\|x\), got the critic "
            r"'separable': use critic='gaussian'\.$",
        ),
        (
            {"loss": "leave_one_out", "critic": BilinearCritic()},
            r"got the critic 'BilinearCritic': use critic='gaussian'\.$",
        ),
        ({"preprocessing": "rank"}, r"^Unknown preprocessing 'rank': .*\(nearest: ranks\)\.$"),
        ({"steps": 0}, r"^NeuralEstimator: steps must be a whole number of at least 1, got 0\.$"),
        (
            {"batch_size": 1},
            r"^NeuralEstimator: batch_size must be a whole number of at least 2, got 1\.$",
        ),
        ({"check_every": 0}, r"check_every must be a whole number of at least 1, got 0\.$"),
        ({"patience": 0}, r"patience must be a whole number of at least 1, got 0\.$"),
        ({"test": 0.0}, r"test must be in \(0, 1\), got 0.0\.$"),
        ({"validation": 1.5}, r"validation must be in \(0, 1\), got 1.5"),
        ({"validation": 0.5, "test": 0.5}, r"50 pairs are too few for a validation part of 0.5"),
        ({"base": 1}, r"^base must be a finite number above 1, got 1"),
    ],
)
def test_a_mistake_is_one_line(options, message):
    with pytest.raises(ValueError, match=message) as error:
        NeuralEstimator(**options).fit(X[:50], Y[:50])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, Y[:-1], "x and y must have equal lengths, got 1500 and 1499"),
        (X, np.where(Y > 2, np.nan, Y), "y has .* values that are NaN or infinite"),
        (X[:4], Y[:4], "NeuralEstimator: 4 pairs are too few"),
    ],
)
def test_samples_that_are_not_right(x, y, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        NeuralEstimator().fit(x, y)


def test_estimates_need_a_fit_and_pairs_of_the_same_shape(fitted):
    with pytest.raises(ValueError, match="^NeuralEstimator is not fitted: call fit before"):
        NeuralEstimator().estimate()
    message = "was fitted on x of 1 and y of 1 columns, got 1 and 2"
    with pytest.raises(ValueError, match=f"^NeuralEstimator: {message}\\.$"):
        fitted.estimate(X, np.concatenate([Y, Y], axis=1))
    with pytest.raises(ValueError, match="^y must be"):
        fitted.estimate(X)


def test_club_of_a_gaussian_critic():
    """Of the true conditional it is rho^2 / (1 - rho^2), here e^(2 I) - 1."""
    estimator = NeuralEstimator("club", GaussianCritic(hidden=(8,)), **SMALL).fit(X, Y)
    assert estimator.estimate() == pytest.approx(math.e - 1, abs=0.5)
