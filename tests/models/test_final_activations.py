"""The activation in which a network ends, for networks of every kind."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from support.small_models import IMAGES, NOISE, SHAPE, compiled
from tfgan_it.models import GAN
from tfgan_it.models.final_activations import final_activations

X = keras.KerasTensor((None, 3))


def sequential(*parts):
    return keras.Sequential([keras.Input((3,)), *parts])


def functional(function):
    x = keras.Input((3,))
    return keras.Model(x, function(x))


@keras.saving.register_keras_serializable(package="tests")
class OwnHead(layers.Layer):
    def call(self, x):
        return tf.reshape(tf.nn.sigmoid(x), (-1, 1))


class Subclassed(keras.Model):
    def __init__(self, activation=None):
        super().__init__()
        self.dense = layers.Dense(1, activation)
        self.dense.build((None, 3))
        self.built = True

    def call(self, x, training=False):
        return self.dense(x)


@pytest.mark.parametrize(
    ("network", "names"),
    [
        (sequential(layers.Dense(1)), set()),
        (sequential(layers.Dense(1, "sigmoid")), {"sigmoid"}),
        (sequential(layers.Dense(1, tf.nn.sigmoid)), {"sigmoid"}),
        (sequential(layers.Dense(2, "log_softmax")), {"log_softmax"}),
        (sequential(layers.Dense(1, "hard_sigmoid"), layers.Reshape((1, 1))), {"hard_sigmoid"}),
        (sequential(layers.Dense(2), layers.Activation("softmax")), {"softmax"}),
        (sequential(layers.Dense(1), layers.ReLU()), {"relu"}),
        (sequential(layers.Dense(1), layers.ReLU(negative_slope=0.1)), set()),
        (sequential(layers.Dense(1), layers.LeakyReLU()), set()),
        (sequential(layers.Dense(1, "tanh"), layers.Dropout(0.1)), {"tanh"}),
        (sequential(layers.SpectralNormalization(layers.Dense(1, "sigmoid"))), {"sigmoid"}),
        (functional(lambda x: ops.sigmoid(layers.Dense(1)(x))), {"sigmoid"}),
        (functional(lambda x: OwnHead()(layers.Dense(1)(x))), {"sigmoid"}),
        (functional(lambda x: sequential(layers.Dense(1, "sigmoid"))(x)), {"sigmoid"}),
        (
            functional(
                lambda x: {
                    "logits": layers.Dense(1)(x),
                    "codes": layers.Dense(2, "sigmoid")(x),
                }
            ),
            set(),
        ),
        (
            functional(lambda x: [layers.Dense(1)(x), layers.Dense(1, "sigmoid")(x)]),
            {"sigmoid"},
        ),
        (Subclassed("sigmoid"), {"sigmoid"}),
        (Subclassed(), set()),
    ],
)
def test_the_final_activation(network, names):
    assert final_activations(network, X, "logits") == names


def gan_ending_in(discriminator=None, generator="tanh", **options):
    networks = (
        keras.Sequential([keras.Input((6,)), layers.Dense(16, generator), layers.Reshape(SHAPE)]),
        keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(1, discriminator)]),
    )
    return compiled(GAN(*networks, NOISE, **options), run_eagerly=True)


@pytest.mark.parametrize("loss", ["non_saturating", "hinge", "least_squares", "wasserstein"])
def test_a_discriminator_of_probabilities_is_refused(loss):
    model = gan_ending_in("sigmoid")
    compiled(model, loss=loss)
    with pytest.raises(ValueError, match="^The discriminator ends in sigmoid") as error:
        model.fit(IMAGES, batch_size=16, verbose=0)
    assert "\n" not in str(error.value) and model.trained_steps == 0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: gan_ending_in("tanh"), "^The discriminator ends in tanh, but"),
        (
            lambda: gan_ending_in(generator="sigmoid"),
            r"^The generator ends in sigmoid, whose values lie in \[0, 1\], but images lie in "
            r"\[-1, 1\]: ",
        ),
        (lambda: gan_ending_in(value_range=(0, 255)), r"images lie in \[0, 255\]"),
    ],
)
def test_another_bounded_output_is_warned_of(model, message):
    with pytest.warns(UserWarning, match=message):
        model().check_final_activations()


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("options", [{}, {"value_range": (0, 1)}, {"value_range": None}])
def test_suitable_ranges_are_silent(options):
    generator = "sigmoid" if options.get("value_range") else "tanh"
    model = gan_ending_in(generator=generator, **options)
    assert np.isfinite(model.fit(IMAGES, batch_size=48, verbose=0).history["js_nats"][0])
