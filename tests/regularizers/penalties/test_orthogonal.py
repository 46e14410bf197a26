import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.small_models import IMAGES, NOISE, SHAPE, compiled
from tfgan_it.models import GAN
from tfgan_it.regularizers import Orthogonal

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 2, 4, 6)])
def test_squared_products_of_different_filters(shape):
    kernel = RNG.normal(size=shape).astype("float32")
    filters = kernel.reshape(-1, shape[-1]).T
    expected = sum(
        float(a @ b) ** 2 for i, a in enumerate(filters) for j, b in enumerate(filters) if i != j
    )
    assert float(Orthogonal(0.5)(kernel)) == pytest.approx(0.5 * expected, rel=1e-5)


def test_gradient():
    kernel = tf.Variable(RNG.normal(size=(5, 3)).astype("float32"))
    with tf.GradientTape() as tape:
        value = Orthogonal(0.5)(kernel)
    w = kernel.numpy()
    products = (w.T @ w) * (1 - np.eye(3))
    np.testing.assert_allclose(tape.gradient(value, kernel), 0.5 * 4 * w @ products, rtol=1e-4)


def test_orthogonal_filters_of_any_length_pay_nothing():
    columns, _ = np.linalg.qr(RNG.normal(size=(6, 4)))
    kernel = (columns * [0.1, 1, 2, 5]).astype("float32")
    assert float(Orthogonal(1.0)(kernel)) == pytest.approx(0, abs=1e-9)
    alike = np.repeat(kernel[:, :1], 2, axis=1)
    assert float(Orthogonal(1.0)(alike)) == pytest.approx(2 * 0.1**4, rel=1e-4)


def test_a_layer_reports_it_as_a_loss():
    layer = layers.Dense(4, kernel_regularizer=Orthogonal(0.25))
    layer.build((None, 6))
    (loss,) = layer.losses
    assert float(loss) == pytest.approx(float(Orthogonal(0.25)(layer.kernel.numpy())), rel=1e-6)


def test_the_train_step_minimises_it():
    inputs = keras.Input((NOISE.dimension,))
    hidden = layers.Dense(16, kernel_regularizer=Orthogonal(0.5), name="hidden")
    generator = keras.Model(inputs, layers.Reshape(SHAPE)(hidden(inputs)))
    images = keras.Input(SHAPE)
    logit = layers.Dense(1, kernel_initializer="zeros", trainable=False)
    discriminator = keras.Model(images, logit(layers.Flatten()(images)))
    model = compiled(GAN(generator, discriminator, NOISE), 0.01, 0.01, run_eagerly=True)
    before = float(Orthogonal()(hidden.kernel.numpy()))
    model.fit(IMAGES, batch_size=16, epochs=3, verbose=0)
    # The discriminator is flat: nothing else moves the generator.
    assert float(Orthogonal()(hidden.kernel.numpy())) < 0.9 * before
