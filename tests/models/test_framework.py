"""What Keras 3 and tf.distribute do under a game, and that the game allows for it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from support.small_models import IMAGES, compiled, small_model
from tfgan_it.distribution import all_gather
from tfgan_it.layers import (
    GlobalSumPooling2D,
    MinibatchDeviation,
    PackSamples,
    SelfAttention,
    spectral_normalization,
)
from tfgan_it.models import GAN

RNG = np.random.default_rng(0)


def test_both_optimizers_are_built_for_all_replicas_before_the_first_step():
    with MIRRORED.scope():
        model = small_model()
        model.compile("adam", "adam")
    for player in ("generator", "discriminator"):
        optimizer = getattr(model, f"{player}_optimizer")
        # Adam has two moments for each variable, its count of steps and its rate.
        assert len(optimizer.variables) == 2 + 2 * len(getattr(model, player).trainable_variables)
        assert all(len(variable.value.values) == 2 for variable in optimizer.variables)


def test_fit_on_replicas_calls_the_model_on_nothing(monkeypatch):
    def call(self, latents, training=False):
        raise AssertionError(f"called on {latents.shape}")

    monkeypatch.setattr(GAN, "call", call)
    with MIRRORED.scope():
        model = compiled(small_model())
    history = model.fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0).history
    assert set(history) == {"discriminator_loss", "generator_loss", "js_nats"}


@pytest.mark.slow
def test_replicas_compiled_by_xla_play_the_same_game():
    with MIRRORED.scope():
        model = compiled(small_model(), 0.5, 0.5, jit_compile=True)
    plain = compiled(small_model(), 0.5, 0.5, run_eagerly=True)
    first = plain.get_weights()
    for each in (plain, model):
        each.fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0)
    for expected, by_xla, start in zip(
        plain.get_weights(), model.get_weights(), first, strict=True
    ):
        np.testing.assert_allclose(by_xla, expected, atol=1e-5)
        assert start.shape == () or np.abs(by_xla - start).max() > 1e-4


def test_gathered_rows_are_those_of_all_replicas_and_so_is_their_gradient():
    rows = RNG.normal(size=(6, 3)).astype("float32")
    target = RNG.normal(size=(6, 3)).astype("float32")
    replicas = tf.constant([[0, 1, 2], [3, 4, 5]])

    @tf.function
    def softmax_over_all_rows():
        def replica():
            index = tf.distribute.get_replica_context().replica_id_in_sync_group
            mine = tf.gather(tf.constant(rows), replicas[index])
            with tf.GradientTape() as tape:
                tape.watch(mine)
                shares = mine - tf.reduce_logsumexp(all_gather(mine), axis=0)
                loss = tf.reduce_sum(tf.gather(tf.constant(target), replicas[index]) * shares)
            return shares, tape.gradient(loss, mine)

        return MIRRORED.run(replica)

    parts = softmax_over_all_rows()
    values, slopes = (np.concatenate(MIRRORED.experimental_local_results(part)) for part in parts)
    probabilities = np.exp(rows) / np.exp(rows).sum(axis=0)
    np.testing.assert_allclose(values, np.log(probabilities), rtol=1e-5)
    # Each target pulls at all rows, also at those of the other replica.
    np.testing.assert_allclose(slopes, target - probabilities * target.sum(axis=0), atol=1e-5)


def test_rows_outside_of_replicas_are_all_there_are():
    rows = tf.constant(RNG.normal(size=(2, 3)))
    assert all_gather(rows) is rows


SHAPE = (4, 4, 4, 2)
PASSED = {
    "leaky ReLU": lambda: layers.LeakyReLU(0.2),
    "convolution": lambda: layers.Conv2D(3, 3, strides=2, padding="same"),
    "transposed convolution": lambda: layers.Conv2DTranspose(3, 4, strides=2, padding="same"),
    "dense": lambda: layers.Dense(3),
    "flattened": lambda: keras.Sequential([layers.Flatten(), layers.Dense(3)]),
    "batch normalisation": lambda: layers.BatchNormalization(),
    "layer normalisation": lambda: layers.LayerNormalization(axis=(1, 2, 3)),
    "group normalisation": lambda: layers.GroupNormalization(2),
    "average pooling": lambda: layers.AveragePooling2D(2),
    "nearest neighbours": lambda: layers.UpSampling2D(),
    "sum over positions": GlobalSumPooling2D,
    "pack": lambda: PackSamples(2),
    "self-attention": lambda: SelfAttention(spectral_normalization=False),
    "spectral normalisation": lambda: spectral_normalization(layers.Conv2D(3, 3)),
    "minibatch deviation": MinibatchDeviation,
}
# They compute in single precision, whatever they are given.
SINGLE = ("spectral normalisation", "minibatch deviation")


@pytest.mark.parametrize("name", PASSED)
def test_the_gradient_of_a_gradient_penalty_is_that_of_finite_differences(name):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        layer = PASSED[name]()
        layer.build(SHAPE)
    finally:
        keras.config.set_dtype_policy(policy)
    rng = np.random.default_rng(1)
    variables = [tf.Variable(rng.normal(size=SHAPE))]
    variables += [variable.value for variable in layer.trainable_variables]
    for variable in variables[1:]:
        variable.assign(rng.normal(size=variable.shape, scale=0.5))
    directions = [rng.normal(size=variable.shape) for variable in variables]
    training = name != "spectral normalisation"  # It would change its kernel at each call.

    def penalty():
        with tf.GradientTape() as tape:
            images = tf.convert_to_tensor(variables[0])
            tape.watch(images)
            outputs = tf.cast(layer(images, training=training), "float64")
            score = tf.reduce_sum(tf.sin(outputs + 0.3))
        return tf.reduce_sum(tape.gradient(score, images) ** 2)

    with tf.GradientTape() as tape:
        value = penalty()
    gradients = tape.gradient(value, variables, unconnected_gradients="zero")
    slope = sum(float(np.sum(g * d)) for g, d in zip(gradients, directions, strict=True))

    def moved(length):
        for variable, direction in zip(variables, directions, strict=True):
            variable.assign_add(tf.cast(length * direction, variable.dtype))
        return float(penalty())

    length = 1e-3 if name in SINGLE else 1e-5
    ahead = moved(length)
    behind = moved(-2 * length)
    expected = (ahead - behind) / (2 * length)
    assert abs(expected) > 1e-3
    assert slope == pytest.approx(expected, rel=1e-2 if name in SINGLE else 1e-6)
