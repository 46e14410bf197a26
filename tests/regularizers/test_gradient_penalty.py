import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.models.training import _gradient
from tfgan_it.regularizers import R1, Regularizer, StepContext

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(5, 4, 3, 2)).astype("float32")
WEIGHTS = RNG.normal(size=(4, 3, 2)).astype("float32")


def context_of(discriminator, real=IMAGES):
    """What R1 needs of the discriminator's step, with a discriminator whose gradient is known."""
    nothing = dict.fromkeys(field.name for field in dataclasses.fields(StepContext))
    return StepContext(
        **nothing
        | {
            "real": tf.constant(real),
            "discriminate": lambda images: {"logits": discriminator(images)},
            "gradient": _gradient,
        }
    )


def linear(images):
    return tf.reduce_sum(WEIGHTS * images, axis=(1, 2, 3))


def quadratic(images):
    return 0.5 * tf.reduce_sum(WEIGHTS * images**2, axis=(1, 2, 3))


@pytest.mark.parametrize("gamma", [10.0, 1.0, 0.05])
def test_linear_discriminator_has_one_gradient_everywhere(gamma):
    penalty = R1(gamma).penalty(context_of(linear))
    assert penalty.dtype == "float32"
    np.testing.assert_allclose(penalty, np.full(5, gamma / 2 * (WEIGHTS**2).sum()), rtol=1e-5)


def test_quadratic_discriminator_has_one_gradient_for_each_sample():
    penalty = R1(3.0).penalty(context_of(quadratic))
    expected = 1.5 * ((WEIGHTS * IMAGES) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)


def test_permuting_the_batch_permutes_the_values():
    order = [3, 0, 4, 1, 2]
    penalty = R1().penalty(context_of(quadratic)).numpy()
    assert len(np.unique(penalty)) == 5
    permuted = R1().penalty(context_of(quadratic, IMAGES[order]))
    np.testing.assert_allclose(permuted, penalty[order], rtol=1e-6)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 2), (1, 2, 3, 1)])
def test_the_norm_is_over_every_axis_but_the_batch(shape):
    images = RNG.normal(size=shape).astype("float32")
    axes = tuple(range(1, len(shape)))
    context = context_of(lambda x: tf.reduce_sum(x**2, axis=axes), images)
    expected = ((2 * images) ** 2).reshape(shape[0], -1).sum(axis=-1)
    np.testing.assert_allclose(R1(2.0).penalty(context), expected, rtol=1e-5)


def test_no_weight_no_penalty():
    np.testing.assert_array_equal(R1(0).penalty(context_of(quadratic)), np.zeros(5))


def test_flat_discriminator_has_no_penalty_and_a_finite_gradient():
    scale = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        penalty = R1().penalty(context_of(lambda images: scale * linear(images)))
    np.testing.assert_array_equal(penalty, np.zeros(5))
    assert float(tape.gradient(penalty, scale)) == 0


@pytest.mark.parametrize("graph", [False, True], ids=["eager", "graph"])
def test_penalty_has_a_gradient_for_the_discriminator(graph):
    # The penalty of w.x is gamma / 2 |w|^2: its gradient is gamma w.
    weights = tf.Variable(WEIGHTS)

    def gradient():
        context = context_of(lambda images: tf.reduce_sum(weights * images, axis=(1, 2, 3)))
        with tf.GradientTape() as tape:
            penalty = tf.reduce_mean(R1(4.0).penalty(context))
        return tape.gradient(penalty, weights)

    gradient = tf.function(gradient) if graph else gradient
    np.testing.assert_allclose(gradient(), 4 * WEIGHTS, rtol=1e-6)


def test_default_is_the_gamma_of_the_paper():
    assert R1().gamma == 10.0


def test_configuration_survives_json():
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(R1(0.5, name="r1"))))
    copy = keras.saving.deserialize_keras_object(config)
    assert (type(copy), copy.gamma, copy.name) == (R1, 0.5, "r1")
    assert copy.trainable_variables == []


@pytest.mark.parametrize("gamma", [-1.0, -1e-9, float("nan")])
def test_bad_gamma(gamma):
    with pytest.raises(ValueError, match=rf"^R1: gamma must be at least 0, got {gamma}\.\Z"):
        R1(gamma)


def test_a_regularizer_must_define_its_penalty():
    with pytest.raises(NotImplementedError):
        Regularizer().penalty(context_of(linear))


def test_the_context_is_read_only():
    with pytest.raises(AttributeError):
        context_of(linear).real = IMAGES
