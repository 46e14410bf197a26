"""Gradient penalties against discriminators whose gradient is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.games import drawn, step_of
from tfgan_it.regularizers import R1, R2, Dragan, GradientPenalty

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 5, 4, 3, 2)).astype("float32")
WEIGHTS = RNG.normal(size=(4, 3, 2)).astype("float32")
ONE = (5, 1, 1, 1)

every_penalty = pytest.mark.parametrize("kind", [R1, R2, GradientPenalty, Dragan])


def linear(images):
    return tf.reduce_sum(WEIGHTS * images, axis=(1, 2, 3))


def quadratic(images):
    return 0.5 * tf.reduce_sum(WEIGHTS * images**2, axis=(1, 2, 3))


def squared_slope(images):
    """||grad quadratic||^2 of each image."""
    return ((WEIGHTS * images) ** 2).sum(axis=(1, 2, 3))


@pytest.mark.parametrize("kind", [R1, R2])
@pytest.mark.parametrize("gamma", [10.0, 1.0, 0.05])
def test_zero_centred_penalty_of_a_linear_discriminator(kind, gamma):
    penalty = kind(gamma).value(step_of(linear, REAL, FAKE))
    assert penalty.dtype == "float32"
    np.testing.assert_allclose(penalty, np.full(5, gamma / 2 * (WEIGHTS**2).sum()), rtol=1e-5)


@pytest.mark.parametrize("kind, images", [(R1, REAL), (R2, FAKE)])
def test_zero_centred_penalty_is_evaluated_on_its_images(kind, images):
    penalty = kind(3.0).value(step_of(quadratic, REAL, FAKE))
    np.testing.assert_allclose(penalty, 1.5 * squared_slope(images), rtol=1e-5)


@pytest.mark.parametrize("kind", [GradientPenalty, Dragan])
def test_one_centred_penalty_of_a_linear_discriminator(kind):
    norm = np.sqrt((WEIGHTS**2).sum())
    penalty = kind(7.0).value(step_of(linear, REAL, FAKE))
    np.testing.assert_allclose(penalty, np.full(5, 7 * (norm - 1) ** 2), rtol=1e-5)
    normal = step_of(lambda images: linear(images) / norm, REAL, FAKE)
    np.testing.assert_allclose(kind().value(normal), np.zeros(5), atol=1e-9)


def test_gradient_penalty_is_evaluated_between_real_and_generated_images():
    a = RNG.uniform(size=ONE)
    penalty = GradientPenalty(2.0).value(step_of(quadratic, REAL, FAKE, draw=drawn(a)))
    between = a * REAL + (1 - a) * FAKE
    expected = 2 * (np.sqrt(squared_slope(between)) - 1) ** 2
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)


def test_dragan_is_evaluated_around_the_real_images():
    u, a = RNG.uniform(size=REAL.shape), RNG.uniform(size=ONE)
    penalty = Dragan(2.0).value(step_of(quadratic, REAL, FAKE, draw=drawn(u, a)))
    around = REAL + a * 0.5 * REAL.std() * u
    expected = 2 * (np.sqrt(squared_slope(around)) - 1) ** 2
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)


class Draws:
    """Keeps what is drawn for many samples."""

    def __init__(self, rows):
        self.rows, self.seed, self.drawn = rows, keras.random.SeedGenerator(0), []

    def __call__(self, function):
        self.drawn.append(function(self.rows, seed=self.seed).numpy())
        return self.drawn[-1]


@pytest.mark.parametrize("kind, shapes", [(GradientPenalty, [()]), (Dragan, [(2, 1), (1, 1)])])
def test_one_uniform_weight_for_each_sample(kind, shapes):
    draws = Draws(4000)
    images = np.zeros((4000, 2, 1), "float32")
    kind().points(step_of(real=images, generated=images, draw=draws))
    assert [numbers.shape[1:] for numbers in draws.drawn] == shapes
    for numbers in draws.drawn:
        assert 0 <= numbers.min() < 0.01 and 0.99 < numbers.max() < 1
        # Five standard errors of the moments of U(0, 1).
        assert numbers.mean() == pytest.approx(1 / 2, abs=5 * np.sqrt(1 / 12 / numbers.size))
        assert numbers.var() == pytest.approx(1 / 12, abs=5 * np.sqrt(1 / 180 / numbers.size))


@every_penalty
def test_permuting_the_batch_permutes_the_values(kind):
    order = [3, 0, 4, 1, 2]
    numbers = [RNG.uniform(size=REAL.shape), RNG.uniform(size=ONE)][kind is not Dragan :]
    plain = step_of(quadratic, REAL, FAKE, draw=drawn(*numbers))
    permuted = step_of(
        quadratic, REAL[order], FAKE[order], draw=drawn(*(x[order] for x in numbers))
    )
    penalty = kind().value(plain).numpy()
    assert penalty.shape == (5,) and len(np.unique(penalty)) == 5
    np.testing.assert_allclose(kind().value(permuted), penalty[order], rtol=1e-5)


@every_penalty
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 2), (5, 2, 3, 1)])
def test_the_norm_is_over_every_axis_but_the_batch(kind, shape):
    images = RNG.normal(size=shape).astype("float32")
    axes = tuple(range(1, len(shape)))
    scale = np.sqrt(np.prod(shape[1:]))
    step = step_of(lambda x: tf.reduce_sum(3 * x, axis=axes) / scale, images, images)
    # The gradient has norm 3 whatever the shape.
    expected = 1 / 2 * 9 if kind in (R1, R2) else (3 - 1) ** 2
    np.testing.assert_allclose(kind(1.0).value(step), np.full(5, expected), rtol=1e-5)


@every_penalty
def test_no_weight_no_penalty(kind):
    np.testing.assert_array_equal(kind(0).value(step_of(quadratic, REAL, FAKE)), np.zeros(5))


@every_penalty
def test_a_flat_discriminator_has_a_finite_gradient(kind):
    scale = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        step = step_of(lambda images: scale * linear(images), REAL, FAKE)
        penalty = kind(1.0).value(step)
    expected = 0 if kind in (R1, R2) else 1
    np.testing.assert_allclose(penalty, np.full(5, expected), atol=1e-5)
    assert np.isfinite(tape.gradient(penalty, scale))


@every_penalty
@pytest.mark.parametrize("graph", [False, True], ids=["eager", "graph"])
def test_penalty_has_a_gradient_for_the_discriminator(kind, graph):
    weights = tf.Variable(WEIGHTS)

    def gradient():
        critic = step_of(lambda images: tf.reduce_sum(weights * images, axis=(1, 2, 3)), REAL, FAKE)
        with tf.GradientTape() as tape:
            penalty = tf.reduce_mean(kind(4.0).value(critic))
        return tape.gradient(penalty, weights)

    # Of w.x: gamma / 2 |w|^2 and lambda (|w| - 1)^2.
    norm = np.sqrt((WEIGHTS**2).sum())
    expected = 4 * WEIGHTS if kind in (R1, R2) else 8 * (norm - 1) * WEIGHTS / norm
    gradient = tf.function(gradient) if graph else gradient
    np.testing.assert_allclose(gradient(), expected, rtol=1e-5)


def test_half_precision_images_are_interpolated_in_the_precision_of_the_real_ones():
    step = step_of(linear, REAL, FAKE.astype("float16"))
    assert GradientPenalty().value(step).dtype == "float32"


@every_penalty
def test_default_is_that_of_the_paper(kind):
    assert (kind().gamma if kind in (R1, R2) else kind().lambda_) == 10.0
