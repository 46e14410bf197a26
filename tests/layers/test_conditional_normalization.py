import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from tfgan_it.layers import ConditionalBatchNormalization

RANDOM = np.random.default_rng(0)
CLASSES = np.array([0, 2, 1, 0, 0, 2])
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
SHAPES = [(6, 4), (6, 5, 4), (6, 3, 2, 4)]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def random_layer(**kwargs):
    return ConditionalBatchNormalization(
        gamma_initializer=keras.initializers.RandomNormal(seed=1),
        beta_initializer=keras.initializers.RandomNormal(seed=2),
        **kwargs,
    )


def drawn(shape):
    return RANDOM.normal(2.0, 3.0, shape).astype("float32")


@every_shape
def test_training_against_numpy(shape):
    x, layer = drawn(shape), random_layer(epsilon=1e-2)
    outputs = layer([x, ONE_HOT], training=True)
    axes = tuple(range(len(shape) - 1))
    normal = (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-2)
    for sample, label in enumerate(CLASSES):
        gamma, beta = (getattr(layer, part).kernel.numpy()[label] for part in ("gamma", "beta"))
        expected = (1 + gamma) * normal[sample] + beta
        np.testing.assert_allclose(outputs[sample], expected, rtol=1e-4, atol=1e-5)


@every_shape
def test_statistics_are_those_of_keras(shape):
    layer = random_layer(momentum=0.8)
    plain = layers.BatchNormalization(momentum=0.8, center=False, scale=False)
    for _ in range(3):
        x = drawn(shape)
        layer([x, ONE_HOT], training=True), plain(x, training=True)
    for mine, other in zip(layer.non_trainable_variables, plain.variables, strict=True):
        np.testing.assert_array_equal(mine, other)
    x = drawn(shape)
    middle = (slice(None), *[None] * (len(shape) - 2))
    gamma, beta = (ONE_HOT @ part.kernel.numpy() for part in (layer.gamma, layer.beta))
    np.testing.assert_allclose(
        layer([x, ONE_HOT]),
        (1 + gamma[middle]) * plain(x) + beta[middle],
        rtol=1e-5,
        atol=1e-6,
    )


def test_at_the_start_it_is_plain_batch_normalisation():
    x = drawn((6, 3, 2, 4))
    plain = layers.BatchNormalization(center=False, scale=False)
    np.testing.assert_array_equal(
        ConditionalBatchNormalization()([x, ONE_HOT], training=True), plain(x, training=True)
    )


def test_vectors_have_a_constant_term():
    layer = random_layer(use_bias=True)
    layer([drawn((6, 4)), drawn((6, 2))])
    assert [v.shape for v in layer.trainable_variables] == [(2, 4), (4,), (2, 4), (4,)]


def test_gradients_of_gamma_and_beta_are_those_of_the_class():
    x, layer = drawn((6, 4)), ConditionalBatchNormalization()
    layer.build([x.shape, ONE_HOT.shape])
    with tf.GradientTape() as tape:
        outputs = layer([x, ONE_HOT], training=True)
        loss = tf.reduce_sum(outputs[:2])  # Of the classes 0 and 2.
    gamma, beta = tape.gradient(loss, layer.trainable_variables)
    np.testing.assert_array_equal(beta, [[1] * 4, [0] * 4, [1] * 4])
    np.testing.assert_allclose(gamma[0], outputs[0], rtol=1e-6)
    np.testing.assert_array_equal(gamma[1], [0] * 4)


def test_mixed_precision():
    layer = random_layer(dtype="mixed_bfloat16")
    assert layer([drawn((6, 4)), ONE_HOT], training=True).dtype == "bfloat16"
    assert {v.dtype for v in layer.variables} == {"float32"}


def test_keras_round_trip(tmp_path):
    inputs = [keras.Input((3, 2, 4)), keras.Input((3,))]
    layer = random_layer(momentum=0.7, epsilon=0.1, use_bias=True, name="conditional")
    model = keras.Model(inputs, layer(inputs))
    model([drawn((6, 3, 2, 4)), ONE_HOT], training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_layer("conditional").get_config() == layer.get_config()
    x = [drawn((6, 3, 2, 4)), ONE_HOT]
    for training in (False, True):
        np.testing.assert_allclose(
            loaded(x, training=training), model(x, training=training), rtol=1e-6
        )


def test_the_condition_is_one_vector_a_sample():
    with pytest.raises(ValueError, match=r"must be \(batch, size\), got \(6, 3, 1\)\.\Z"):
        ConditionalBatchNormalization()([drawn((6, 4)), ONE_HOT[..., None]])


@pytest.mark.slow
def test_replicas_share_statistics_where_synchronized():
    x = drawn((12, 4))
    y = np.concatenate([ONE_HOT, ONE_HOT])
    with MIRRORED.scope():
        layer = random_layer(synchronized=True)
        layer.build([x.shape, y.shape])
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(12)
    batch = next(iter(MIRRORED.experimental_distribute_dataset(data)))
    call = tf.function(lambda *values: layer(list(values), training=True))
    halves = MIRRORED.experimental_local_results(MIRRORED.run(call, batch))
    alone = random_layer()([x, y], training=True)
    np.testing.assert_allclose(np.concatenate(halves), alone, rtol=1e-4, atol=1e-5)
