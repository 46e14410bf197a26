"""Logits of categories that are groups of outcomes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfgan_it.layers import OverclusteringHead
from tfgan_it.models.moving_average import MovingAverage

LOGITS = np.log(np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]], "float32"))


def grouped(groups, categories=2):
    layer = OverclusteringHead(categories)
    layer.build((None, len(groups)))
    layer.groups.assign(groups)
    return layer


@pytest.mark.parametrize(
    "groups, expected",
    [
        ([0, 0, 1, 1], [[0.3, 0.7], [0.8, 0.2]]),
        ([1, 0, 0, 1], [[0.5, 0.5], [0.2, 0.8]]),
        ([0, 0, 0, 1], [[0.6, 0.4], [0.9, 0.1]]),
    ],
)
def test_the_probability_of_a_group_is_the_sum_of_its_outcomes(groups, expected):
    log_p = grouped(groups)(LOGITS + 3.0)
    np.testing.assert_allclose(np.exp(log_p), expected, rtol=1e-5)


def test_its_gradient_is_that_of_the_sum():
    # d ln(p_0 + p_1) / d logit_j = p_j / (p_0 + p_1) [j in group] - p_j
    logits = tf.constant(LOGITS[:1])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = grouped([0, 0, 1, 1])(logits)[0, 0]
    p = np.array([0.1, 0.2, 0.3, 0.4])
    expected = p * np.array([1, 1, 0, 0]) / 0.3 - p
    np.testing.assert_allclose(tape.gradient(value, logits)[0], expected, rtol=1e-4)


def test_outcomes_far_below_the_others_stay_finite():
    log_p = grouped([0, 1, 1])(np.array([[0.0, -200.0, -300.0]], "float32"))
    np.testing.assert_allclose(log_p, [[0.0, -200.0]], atol=1e-4)


def test_an_average_of_weights_copies_the_groups():
    inputs = keras.Input((4,))
    network = keras.Model(inputs, OverclusteringHead(2)(inputs))
    average = MovingAverage(0.9)
    average.build_for(network)
    network.layers[-1].groups.assign([1, 1, 0, 0])
    average.update(network, 1000)
    np.testing.assert_array_equal(average.averages[0], [1, 1, 0, 0])


def test_groups_survive_a_file(tmp_path):
    inputs = keras.Input((4,))
    network = keras.Model(inputs, OverclusteringHead(2)(inputs))
    network.layers[-1].groups.assign([1, 0, 0, 0])
    network.save(tmp_path / "m.keras")
    copy = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(copy.layers[-1].members(), ops.one_hot([1, 0, 0, 0], 2))
    assert copy(LOGITS).dtype == "float32"


@pytest.mark.parametrize("categories, outcomes, text", [(1, 4, "at least 2"), (5, 4, "4 outcomes")])
def test_what_cannot_be_grouped_is_named(categories, outcomes, text):
    with pytest.raises(ValueError, match=text):
        OverclusteringHead(categories).build((None, outcomes))
