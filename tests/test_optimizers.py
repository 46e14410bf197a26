"""Adam in one pass, against the formula in NumPy and against Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.replicas import MIRRORED
from support.small_models import IMAGES, small_model
from tfgan_it import optimizers
from tfgan_it.optimizers import Adam

START = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
GRADIENTS = np.random.default_rng(1).normal(size=(4, 3, 4)).astype("float32")


def by_hand(rates, beta_1, beta_2, epsilon):
    """The weights, m and v after the gradients, in double precision."""
    weights, m, v = START.astype("float64"), 0.0, 0.0
    for t, (gradient, rate) in enumerate(zip(GRADIENTS.astype("float64"), rates, strict=True), 1):
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        step = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        weights = weights - step * m / (np.sqrt(v) + epsilon)
    return weights, m, v


@pytest.mark.parametrize("run_eagerly", [True, False])
@pytest.mark.parametrize("beta_1", [0.0, 0.5])
def test_it_is_the_formula(beta_1, run_eagerly):
    variable = keras.Variable(START)
    schedule = keras.optimizers.schedules.PolynomialDecay(0.1, 4, 0.0)
    adam = Adam(schedule, beta_1=beta_1, beta_2=0.99, epsilon=1e-3)
    adam.build([variable])
    apply = lambda gradient: adam.apply([gradient])  # noqa: E731
    apply = apply if run_eagerly else tf.function(apply)
    for gradient in GRADIENTS:
        apply(tf.constant(gradient))
    expected = by_hand([0.1, 0.075, 0.05, 0.025], beta_1, 0.99, 1e-3)
    state = variable, adam._momentums[0], adam._velocities[0]
    for ours, theirs in zip(state, expected, strict=True):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(ours), theirs, atol=1e-6)
    assert int(adam.iterations) == 4


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [tf.distribute.get_strategy(), *slow(MIRRORED)])
def test_in_training_it_ends_as_keras_does(strategy):
    ends = []
    for kind in (keras.optimizers.Adam, Adam):
        with strategy.scope():
            model = small_model()
            model.compile(kind(0.01, 0.5), kind(0.01, 0.5, clipnorm=0.1))
        model.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0)
        ends.append([*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)])
    for theirs, ours in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_amsgrad_and_sparse_gradients_go_keras_way():
    ends = []
    for kind in (keras.optimizers.Adam, Adam):
        variable, adam = keras.Variable(START), kind(0.1, amsgrad=True)
        adam.build([variable])
        for gradient in GRADIENTS:
            adam.apply([tf.constant(gradient)])
        ends.append(keras.ops.convert_to_numpy(variable))
        variable, adam = keras.Variable(START), kind(0.1)
        adam.build([variable])
        adam.apply([tf.IndexedSlices(tf.ones((1, 4)), tf.constant([1]), tf.constant([3, 4]))])
        ends.append(keras.ops.convert_to_numpy(variable))
    np.testing.assert_array_equal(ends[0], ends[2])
    np.testing.assert_array_equal(ends[1], ends[3])
    assert (ends[3][1] != START[1]).all() and (ends[3][0] == START[0]).all()


def test_it_survives_a_keras_file(tmp_path):
    model = small_model()
    model.compile(Adam(0.02, 0.25), "adam")
    model.fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.generator_optimizer) is type(loaded.discriminator_optimizer) is Adam
    assert loaded.generator_optimizer.beta_1 == 0.25
    for ours, theirs in zip(
        loaded.generator_optimizer.variables, model.generator_optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_a_configuration_of_keras_with_or_without_its_module():
    for name in ("Adam", "adam", "rmsprop"):
        optimizer = optimizers.get({"class_name": name, "config": {"learning_rate": 0.5}})
        assert type(optimizer) is optimizers.OPTIMIZERS[name.lower()]
        assert float(optimizer.learning_rate) == 0.5
    whole = optimizers.get(keras.optimizers.serialize(keras.optimizers.SGD(0.2)))
    assert type(whole) is keras.optimizers.SGD
    with pytest.raises(ValueError, match="nope") as error:
        optimizers.get({"class_name": "nope", "config": {}})
    assert "\n" not in str(error.value)
