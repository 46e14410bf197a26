import numpy as np
import pytest
import tensorflow as tf

from support.games import drawn, step_of
from tfgan_it.augmentation import DiffAugment, InstanceNoise
from tfgan_it.regularizers import Consistency

RNG = np.random.default_rng(0)
IMAGES, NOISE = RNG.normal(size=(2, 5, 4, 4, 1)).astype("float32")
WEIGHTS = RNG.normal(size=(4, 4, 1)).astype("float32")


def linear(images):
    return tf.reduce_sum(WEIGHTS * images, axis=(1, 2, 3))


def test_the_squared_change_of_each_logit():
    step = step_of(linear, IMAGES, draw=drawn(NOISE))
    penalty = Consistency(InstanceNoise(0.5), 3.0).value(step)
    change = (WEIGHTS * 0.5 * NOISE).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(penalty, 3 * change**2, rtol=1e-4)


def test_a_discriminator_that_ignores_the_transformation_pays_nothing():
    step = step_of(lambda x: tf.reduce_sum(0 * x, axis=(1, 2, 3)) + 7.0, IMAGES)
    np.testing.assert_array_equal(Consistency(DiffAugment()).value(step), np.zeros(5))


def test_both_logits_are_trained():
    scale = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        step = step_of(lambda x: scale * linear(x), IMAGES, draw=drawn(NOISE))
        penalty = Consistency(InstanceNoise(0.5), 1.0).value(step)
    change = (WEIGHTS * 0.5 * NOISE).sum(axis=(1, 2, 3))
    assert float(tape.gradient(penalty, scale)) == pytest.approx(4 * (change**2).sum(), rel=1e-4)


def test_what_the_transformation_remembers_moves_with_it():
    consistency = Consistency(InstanceNoise(1.0, steps=4))
    assert consistency.update(step_of(step=1)) == {} and consistency.metric_names == ()
    assert consistency.weights == [consistency.augmentation.present]
    assert float(consistency.augmentation.present) == 0.5
