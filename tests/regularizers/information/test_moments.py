"""KL of labels and of Gaussian features, against NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.games import (
    POINTS,
    assert_equal_on_two,
    game_of_points,
    history_of,
    slopes_of,
    step_of,
)
from support.small_models import compiled
from tfgan_it.latents import Normal
from tfgan_it.models import GAN
from tfgan_it.networks import mlp_discriminator
from tfgan_it.regularizers import FeatureGaussian, LabelMarginal
from tfgan_it.seeds import seeded_initializers

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal((1.0, -2.0, 0.5), (1.0, 0.3, 2.0), (2, 10, 3)).astype("float32")
MARGINAL = [0.5, 0.3, 0.15, 0.05]


def classifier(scale=1.0):
    """Softmax of four linear functions; its kernel and bias."""
    rng = np.random.default_rng(1)
    kernel, bias = scale * rng.normal(size=(3, 4)), rng.normal(size=4)
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(4, "softmax")(inputs))
    model.set_weights([kernel, bias])
    return model, kernel, bias


# LabelMarginal


def label_divergence(samples, kernel, bias, marginal):
    """KL of the mean of the classifier's probabilities and a marginal."""
    logits = samples @ kernel + bias
    labels = np.exp(logits - logits.max(axis=1, keepdims=True))
    q = (labels / labels.sum(axis=1, keepdims=True)).mean(axis=0)
    return (q * np.log(q / marginal)).sum()


@pytest.mark.parametrize("marginal", [None, MARGINAL])
def test_the_divergence_of_the_labels_of_a_batch(marginal):
    network, *weights = classifier()
    reports = {}
    part = LabelMarginal(network, marginal, weight=0.3)
    samples = tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch(samples)
        term = part.loss(step_of(generated=samples, report=reports.update))
    expected = label_divergence(FAKE, *weights, marginal or np.full(4, 0.25))
    assert float(term) == pytest.approx(0.3 * expected, rel=1e-5) and expected > 0.01
    assert list(reports) == list(part.metric_names) == ["label_marginal_nats"]
    assert float(reports["label_marginal_nats"]) == pytest.approx(expected, rel=1e-5)

    def written_out(x):
        return 0.3 * label_divergence(x, *weights, marginal or np.full(4, 0.25))

    (slope,) = slopes_of(written_out, FAKE)
    np.testing.assert_allclose(tape.gradient(term, samples), slope, atol=1e-6)


def test_labels_that_never_occur_are_finite():
    network, *_ = classifier(scale=1e4)
    samples = tf.constant(np.repeat(FAKE[:1], 5, axis=0))
    with tf.GradientTape() as tape:
        tape.watch(samples)
        term = LabelMarginal(network).loss(step_of(generated=samples))
    assert float(term) == pytest.approx(np.log(4), rel=1e-5)
    assert np.isfinite(tape.gradient(term, samples)).all()


def test_labels_are_those_of_all_replicas():
    network, *weights = classifier()
    part = LabelMarginal(network, MARGINAL)
    term = assert_equal_on_two(lambda fake: part.loss(step_of(generated=fake)), FAKE)
    assert float(term) == pytest.approx(label_divergence(FAKE, *weights, MARGINAL), rel=1e-4)


def quadrants():
    """The probability of each half of the plane, x > 0 and x < 0, in points."""
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(2, "softmax")(inputs))
    model.set_weights([np.asarray([[4.0, -4.0], [0.0, 0.0]]), np.zeros(2)])
    return model


def test_a_game_with_it_balances_labels_and_leaves_the_classifier():
    network = quadrants()
    before = network.get_weights()
    make = lambda: LabelMarginal(network, [0.9, 0.1], weight=5.0)  # noqa: E731
    model = game_of_points(rates=(0.1, 0.0), generator_regularizers=[make])
    nats = history_of(model, batch_size=48, steps=20)["label_marginal_nats"]
    assert nats[0] > 0.05 and np.mean(nats[-5:]) < 0.1 * nats[0]
    for ours, theirs in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not {id(v) for v in network.weights} & {id(v) for v in model.players[1].variables}


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"marginal": [0.5, 0.5]}, r"marginal must be 4 .* got \[0.5, 0.5\]"),
        ({"marginal": [0.5, 0.5, 0.0, 0.0]}, r"marginal must be .* got \[0.5, 0.5, 0.0, 0.0\]"),
        ({"marginal": [0.5] * 4}, r"marginal must be 4 numbers above 0 with the sum 1, got .*"),
        ({"weight": -1.0}, "weight must be at least 0, got -1.0"),
    ],
)
def test_bad_arguments_of_label_marginal(arguments, message):
    with pytest.raises(ValueError, match=rf"^LabelMarginal: {message}\.\Z"):
        LabelMarginal(classifier()[0], **arguments)


# FeatureGaussian


def gaussian_divergence(mean, covariance, other_mean, other_covariance):
    precision, shift = np.linalg.inv(other_covariance), other_mean - mean
    log_ratio = np.linalg.slogdet(other_covariance)[1] - np.linalg.slogdet(covariance)[1]
    trace = np.trace(precision @ covariance) - len(mean)
    return 0.5 * (trace + shift @ precision @ shift + log_ratio)


def moments(samples, covariance):
    """Mean, and mean of the squares or of the products."""
    samples = np.asarray(samples, "float64")
    if covariance == "full":
        return samples.mean(axis=0), samples.T @ samples / len(samples)
    return samples.mean(axis=0), (samples**2).mean(axis=0)


def divergence_of_moments(moments, other, floor):
    def covariance(mean, second):
        if second.ndim == 1:
            return np.diag(second - mean**2 + floor)
        return second - np.outer(mean, mean) + floor * np.eye(len(mean))

    return gaussian_divergence(moments[0], covariance(*moments), other[0], covariance(*other))


class Game:
    """What a part of a game of vectors (3,) is built for."""

    sample_shape = (3,)


def built(**arguments):
    part = FeatureGaussian(**arguments)
    part.build_for(Game)
    return part


every_covariance = pytest.mark.parametrize("covariance", ["diagonal", "full"])


@every_covariance
def test_the_divergence_of_a_batch_from_the_data(covariance):
    part = built(covariance=covariance, weight=0.3, floor=0.01)
    assert part.update(step_of(real=REAL)) == {}
    samples, reports = tf.constant(FAKE), {}
    with tf.GradientTape() as tape:
        tape.watch(samples)
        term = part.loss(step_of(generated=samples, report=reports.update))
    data = moments(REAL, covariance)

    def written_out(x):
        return 0.3 * divergence_of_moments(moments(x, covariance), data, 0.01)

    expected = written_out(FAKE)
    assert float(term) == pytest.approx(expected, rel=1e-4) and expected > 0.1
    assert list(reports) == list(part.metric_names) == ["feature_gaussian_nats"]
    assert float(reports["feature_gaussian_nats"]) == pytest.approx(expected / 0.3, rel=1e-4)
    (slope,) = slopes_of(written_out, FAKE)
    np.testing.assert_allclose(tape.gradient(term, samples), slope, atol=1e-4 * np.abs(slope).max())


@every_covariance
def test_the_moments_of_the_data_are_averages(covariance):
    part = built(covariance=covariance, decay=0.75)
    mean, second = None, None
    for step in range(4):
        batch = REAL + step
        part.update(step_of(real=batch))
        first = moments(batch, covariance)
        if mean is None:
            mean, second = first
        else:
            mean = 0.75 * mean + 0.25 * first[0]
            second = 0.75 * second + 0.25 * first[1]
        np.testing.assert_allclose(part.mean, mean, rtol=1e-5)
        products = np.square(mean) if second.ndim == 1 else np.outer(mean, mean)
        np.testing.assert_allclose(part.variances, second - products, rtol=1e-4)
    value = float(part.loss(step_of(generated=FAKE)))
    expected = divergence_of_moments(moments(FAKE, covariance), (mean, second), 1e-3)
    assert value == pytest.approx(expected, rel=1e-4)
    assert part.trainable_variables == []


@pytest.mark.parametrize("covariance", ["full", *slow("diagonal")])
def test_moments_are_those_of_all_replicas(covariance):
    part = built(covariance=covariance)

    def term(real, fake):
        part.update(step_of(real=real))
        return part.loss(step_of(generated=fake)) + 0.1 * tf.reduce_mean(real)

    # What the data are is remembered outside of any gradient.
    expected = divergence_of_moments(*(moments(x, covariance) for x in (FAKE, REAL)), 1e-3)
    value = assert_equal_on_two(term, REAL, FAKE, tolerance=1e-4)
    assert float(value) == pytest.approx(expected + 0.1 * REAL.mean(), rel=1e-3)


@every_covariance
def test_of_features(covariance):
    inputs = keras.Input((3,))
    maps = keras.layers.Reshape((2, 1))(keras.layers.Dense(2)(inputs))
    network = keras.Model(inputs, maps)
    part = built(features=network, covariance=covariance)
    assert part.mean.shape == (2,)
    assert part.variances.shape == ((2, 2) if covariance == "full" else (2,))
    part.update(step_of(real=REAL))
    real, fake = (moments(network(x).numpy().reshape(-1, 2), covariance) for x in (REAL, FAKE))
    expected = divergence_of_moments(fake, real, 1e-3)
    assert float(part.loss(step_of(generated=FAKE))) == pytest.approx(expected, rel=1e-3)
    assert part.trainable_variables == []


def test_a_constant_feature_is_finite():
    part = built()
    constant = tf.constant(np.full((5, 3), 7.3, "float32"))
    part.update(step_of(real=constant))
    with tf.GradientTape() as tape:
        tape.watch(constant)
        term = part.loss(step_of(generated=constant))
    assert float(term) == pytest.approx(0, abs=1e-3)
    assert np.isfinite(tape.gradient(term, constant)).all()


@pytest.mark.slow
@every_covariance
def test_training_only_with_it_finds_the_gaussian_of_the_data(covariance):
    inputs = keras.Input((2,))
    with seeded_initializers(3):
        generator = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model = compiled(
        GAN(generator, mlp_discriminator((2,), width=4, depth=1), Normal(2), seed=3),
        0.05,
        0.0,
        generator_regularizers=[FeatureGaussian(covariance=covariance, weight=1.0)],
    )
    kernel, bias = generator.get_weights()
    generator.set_weights([kernel, bias + 3])

    def exact():
        """KL of what is generated, a Gaussian, and the data's."""
        kernel, bias = (w.astype("float64") for w in generator.get_weights())
        covariance_of_data = np.cov(POINTS.T, bias=True)
        made = kernel.T @ kernel
        if covariance == "diagonal":
            made, covariance_of_data = (np.diag(np.diag(c)) for c in (made, covariance_of_data))
        return gaussian_divergence(bias, made, POINTS.mean(axis=0), covariance_of_data)

    first = exact()
    nats = history_of(model, batch_size=48, steps=60)["feature_gaussian_nats"]
    assert first > 3 and exact() < 0.1
    assert nats[0] == pytest.approx(first, rel=0.5) and np.mean(nats[-5:]) < 0.3


@every_covariance
@pytest.mark.parametrize("mean", [0.0, 100.0, 1e4, -1e5])
def test_a_large_mean_changes_nothing(mean, covariance):
    """Batches of one Gaussian, with correlated columns: about (d + d (d + 1) / 2) / 2n nats."""
    random = np.random.default_rng(0)

    def batch(n):
        x = random.normal(size=(n, 1)) + 0.3 * random.normal(size=(n, 3))
        return (mean + x).astype("float32")

    part = built(covariance=covariance)
    for _ in range(20):
        part.update(step_of(real=batch(256)))
    assert 0 < float(part.value(step_of(generated=batch(256)))) < 0.1


def test_columns_that_determine_each_other_have_a_divergence():
    x = np.random.default_rng(0).normal(1e4, 1e3, (64, 1)).astype("float32")
    part = built(covariance="full")
    part.update(step_of(real=np.tile(x, 3)))
    assert float(part.value(step_of(generated=np.tile(x, 3)))) == pytest.approx(0, abs=1e-3)
