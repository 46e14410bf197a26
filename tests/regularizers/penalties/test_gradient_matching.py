"""Slopes of the score at real and generated samples, by hand."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from support.cases import slow
from support.games import assert_equal_on_two, game_of_points, history_of, step_of
from tfgan_it.regularizers import GradientMatching

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 6, 2, 3, 1)).astype("float32")
KERNEL = RNG.normal(size=(6, 4)).astype("float32")
COLUMN = RNG.normal(size=4).astype("float32")


def logits(images, module=tf):
    flat = images.reshape(-1, 6) if module is np else tf.reshape(images, (-1, 6))
    hidden = module.tanh(flat @ KERNEL)
    return hidden @ COLUMN if module is np else tf.linalg.matvec(hidden, COLUMN)


def means(images, score):
    """E grad s and E grad s . x, of the network above, differentiated by hand."""
    flat = images.reshape(-1, 6).astype("float64")
    hidden = np.tanh(flat @ KERNEL)
    slopes = ((1 - hidden**2) * COLUMN) @ KERNEL.T
    if score == "probability":
        p = special.expit(hidden @ COLUMN)[:, None]
        slopes = p * (1 - p) * slopes
    return slopes.mean(axis=0), (slopes * flat).sum(axis=1).mean()


def gaps(real, fake, score):
    (a, b), (c, d) = means(real, score), means(fake, score)
    return ((a - c) ** 2).sum(), (b - d) ** 2


def shown(real=REAL, fake=FAKE, **more):
    return step_of(logits, phase="generator", real=real, generated=fake, **more)


@pytest.mark.parametrize("score", ["probability", "logit"])
def test_differences_of_mean_slopes_and_their_gradient(score):
    reports = {}
    part = GradientMatching(0.3, 0.7, score=score)
    fake, real = tf.constant(FAKE), tf.constant(REAL)
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        term = part.loss(shown(real, fake, report=reports.update))
    gradient = tape.gradient(term, [real, fake])
    gap, product_gap = gaps(REAL, FAKE, score)
    assert float(term) == pytest.approx(0.3 * gap + 0.7 * product_gap, rel=1e-4)
    assert float(reports["gradient_gap"]) == pytest.approx(gap, rel=1e-4)
    assert float(reports["gradient_product_gap"]) == pytest.approx(product_gap, rel=1e-4)
    assert list(reports) == list(part.metric_names)
    assert gradient[0] is None  # The data do not move.
    move = RNG.normal(size=FAKE.shape)
    up, down = (
        np.dot([0.3, 0.7], gaps(REAL, FAKE + sign * 1e-4 * move, score)) for sign in (1, -1)
    )
    slope = (gradient[1].numpy() * move).sum()
    assert (up - down) / 2e-4 == pytest.approx(slope, rel=1e-3)


def test_a_linear_score_has_one_slope():
    column = np.float32([1.0, -2.0])

    def linear(x):
        return tf.linalg.matvec(x, column)

    real, fake = RNG.normal(size=(2, 5, 2)).astype("float32")
    step = step_of(linear, phase="generator", real=real, generated=fake)
    value = float(GradientMatching(score="logit").loss(step))
    # What is left is the difference of the mean logits.
    assert value == pytest.approx(((real - fake).mean(axis=0) @ column) ** 2, rel=1e-4)
    assert float(GradientMatching(5.0, 0.0, score="logit").loss(step)) == 0


def test_equal_batches_match():
    assert float(GradientMatching().loss(shown(REAL, REAL[::-1].copy()))) == pytest.approx(
        0, abs=1e-9
    )


@pytest.mark.slow
@pytest.mark.parametrize("score", ["logit", *slow("probability")])
def test_expectations_are_over_all_replicas(score):
    part = GradientMatching(0.3, 0.7, score=score)
    # As one array, since the term has no gradient in the data by themselves.
    both = np.concatenate([REAL, FAKE], axis=-1)
    term = assert_equal_on_two(lambda x: part.loss(shown(*tf.split(x, 2, -1))), both)
    gap, product_gap = gaps(REAL, FAKE, score)
    assert float(term) == pytest.approx(0.3 * gap + 0.7 * product_gap, rel=1e-4)


def test_it_moves_the_generator_and_not_the_discriminator():
    models = [
        game_of_points(
            rates=(0.1, 0.1),
            generator_regularizers=[functools.partial(GradientMatching, weight, weight)],
            run_eagerly=True,
        )
        for weight in (0.0, 30.0)
    ]
    for model in models:
        history_of(model, steps=1)
    one, other = models
    for a, b in zip(
        one.discriminator.get_weights(), other.discriminator.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    moved = [
        np.abs(a - b).max()
        for a, b in zip(one.generator.get_weights(), other.generator.get_weights(), strict=True)
    ]
    assert min(moved) > 1e-4
