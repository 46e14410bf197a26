"""A network in inference mode inside one that trains."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfgan_it.layers import InferenceMode
from tfgan_it.models.moving_average import MovingAverage

X = np.random.default_rng(0).normal(3, 2, (16, 4)).astype("float32")


def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    inputs = keras.Input((4,))
    outer = keras.Model(inputs, InferenceMode(inner, name="rests")(layers.Dense(4)(inputs)))
    return outer, inner


def test_its_statistics_are_used_and_not_moved():
    outer, inner = nested()
    before = [np.array(w) for w in inner.non_trainable_weights]
    np.testing.assert_array_equal(outer(X, training=True), outer(X, training=False))
    for weight, value in zip(inner.non_trainable_weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)
    inner(X, training=True)  # By itself it trains.
    assert not np.array_equal(inner.non_trainable_weights[0], before[0])


def test_inputs_have_gradients_and_its_weights_have_none():
    outer, inner = nested()
    outer(X, training=True)
    inner.layers[-1].moving_mean.assign([1.0, -1.0, 0.5])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(outer(X, training=True) ** 2)
    before, *own = tape.gradient(
        loss, [outer.layers[1].kernel.value, *(w.value for w in inner.trainable_weights)]
    )
    assert own == [None] * 4
    with tf.GradientTape() as tape:
        expected = tf.reduce_sum(inner(outer.layers[1](X), training=False) ** 2)
    np.testing.assert_allclose(
        before, tape.gradient(expected, outer.layers[1].kernel.value), rtol=1e-5
    )


def test_an_average_of_weights_holds_inside():
    outer, inner = nested()
    average = MovingAverage(0.9)
    average.build_for(outer)
    expected = np.array(outer(X))
    for weight in inner.weights:
        weight.assign(weight + 1.0)
    assert not np.allclose(outer(X), expected)
    np.testing.assert_allclose(average.apply(outer, X), expected, rtol=1e-6)


def test_it_survives_a_file(tmp_path):
    outer, _ = nested()
    outer.save(tmp_path / "m.keras")
    copy = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(copy(X), outer(X), rtol=1e-6)
