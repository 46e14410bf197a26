"""The entropy of neighbours, against scipy, Gaussians and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import spatial, special

from support.games import (
    POINTS,
    assert_equal_on_two,
    game_of_points,
    history_of,
    slopes_of,
    step_of,
)
from tfgan_it.networks import mlp_discriminator
from tfgan_it.regularizers import NeighborEntropy

SAMPLES = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")


def kozachenko_leonenko(samples, k):
    """Each sample's part of the estimate, nats."""
    n, d = samples.shape
    distance = spatial.KDTree(samples).query(samples, k + 1)[0][:, k]
    ball = np.pi ** (d / 2) / special.gamma(d / 2 + 1)
    return np.log(n - 1) - special.digamma(k) + np.log(ball) + d * np.log(distance)


@pytest.mark.parametrize("k", [1, 3, 9])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_the_estimate_of_kozachenko_and_leonenko(columns, k):
    samples, reports = SAMPLES[:, :columns], {}
    step = step_of(generated=samples, report=reports.update)
    penalty = NeighborEntropy(0.25, neighbors=k).value(step)
    expected = kozachenko_leonenko(samples, k)
    assert penalty.shape == (10,)
    np.testing.assert_allclose(penalty, -0.25 * expected, rtol=1e-4, atol=1e-5)
    assert list(reports) == list(NeighborEntropy.metric_names)
    np.testing.assert_allclose(reports["sample_entropy_nats"], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("k", [1, 3])
def test_of_a_gaussian_it_is_the_entropy(k):
    covariance = np.asarray([[2.0, 1.2], [1.2, 1.0]])
    samples = np.random.default_rng(1).multivariate_normal([5, -3], covariance, 2000)
    estimate = np.mean(NeighborEntropy(neighbors=k).entropy(tf.constant(samples, "float32")))
    exact = 0.5 * np.log(np.linalg.det(2 * np.pi * np.e * covariance))
    assert estimate == pytest.approx(exact, abs=0.06)  # Twice its standard deviation for k = 1.


def term_of(samples, k=3, weight=1.0):
    return NeighborEntropy(weight, neighbors=k).loss(step_of(generated=samples))


@pytest.mark.parametrize("k", [1, 3])
def test_its_gradient_is_that_of_finite_differences(k):
    samples = tf.constant(SAMPLES)
    with tf.GradientTape() as tape:
        tape.watch(samples)
        term = term_of(samples, k, weight=0.5)
    (expected,) = slopes_of(lambda x: -0.5 * kozachenko_leonenko(x, k).mean(), SAMPLES)
    np.testing.assert_allclose(tape.gradient(term, samples), expected, rtol=1e-3, atol=1e-5)


def test_it_drives_neighbours_apart():
    samples = tf.constant([[0.0, 0.0], [0.1, 0.0], [10.0, 0.0], [10.0, 0.1]])
    with tf.GradientTape() as tape:
        tape.watch(samples)
        term = term_of(samples, k=1)
    push = -tape.gradient(term, samples).numpy()
    # d / eps: of each sample's own part, and of its neighbour's.
    np.testing.assert_allclose(push * 4, [[-40, 0], [40, 0], [0, -40], [0, 40]], rtol=1e-4)


def test_equal_samples_have_a_finite_gradient():
    samples = tf.constant(np.repeat(SAMPLES[:2], 5, axis=0))
    with tf.GradientTape() as tape:
        tape.watch(samples)
        term = term_of(samples)
    floor = np.log(9) - special.digamma(3) + np.log(4 / 3 * np.pi) + 3 * np.log(1e-6)
    assert float(term) == pytest.approx(-floor, rel=1e-5)
    assert np.isfinite(tape.gradient(term, samples)).all()


def test_neighbours_are_sought_on_all_replicas():
    term = assert_equal_on_two(term_of, SAMPLES)
    expected = -kozachenko_leonenko(SAMPLES, 3).mean()
    assert float(term) == pytest.approx(expected, abs=1e-5)


def squares():
    """Nonlinear features of the samples: `(batch, 1, 2)`."""
    inputs = keras.Input((3,))
    weights = keras.layers.Dense(2, name="weights")
    return keras.Model(inputs, keras.layers.Reshape((1, 2))(weights(inputs) ** 2))


def test_features_in_place_of_the_samples():
    features = squares()
    penalty = NeighborEntropy(1.0, features=features).value(step_of(generated=SAMPLES))
    expected = kozachenko_leonenko(features(SAMPLES).numpy()[:, 0], 3)
    np.testing.assert_allclose(penalty, -expected, rtol=1e-4, atol=1e-4)


def test_features_are_not_trained():
    features = mlp_discriminator((2,), width=4, depth=1, outputs=2)
    before = features.get_weights()
    model = game_of_points(
        generator_regularizers=[lambda: NeighborEntropy(1.0, features=features)], run_eagerly=True
    )
    model.train_on_batch(POINTS[:8])
    assert not {id(v) for v in features.weights} & {id(v) for v in model.players[1].variables}
    for ours, theirs in zip(before, features.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_a_game_with_it_has_more_entropy():
    ends = [
        game_of_points(generator_regularizers=[lambda weight=weight: NeighborEntropy(weight)])
        for weight in (0.0, 0.5)
    ]
    without, with_it = (
        history_of(model, batch_size=16, steps=20)["sample_entropy_nats"] for model in ends
    )
    assert without[0] == pytest.approx(with_it[0], abs=1e-5)  # Of the same first samples.
    assert np.mean(with_it[-5:]) > np.mean(without[-5:]) + 0.5


@pytest.mark.parametrize("batch", [2, 3])
def test_more_neighbours_than_others_are_refused(batch):
    message = rf"^NeighborEntropy: neighbors=3 needs a batch above that, got {batch}\.\Z"
    with pytest.raises(ValueError, match=message):
        term_of(tf.constant(SAMPLES[:batch]))
