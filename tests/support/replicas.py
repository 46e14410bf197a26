"""Two replicas on one CPU, one strategy for all tests.

Two MirroredStrategy objects in one process number their collective operations alike, and meet.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

MIRRORED = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def assert_replicas_equal_one_device(make, train, rate=1e-3):
    """Trains by plain SGD on one device and on two replicas, and compares weights and reports.

    Adam would divide rounding errors of small gradients by their size.

    Args:
        make: Function that makes the model.
        train: Function that trains it for a few steps, and returns the history.
        rate: Learning rate: small, since in a game rounding errors grow with the length of steps.
    """
    before, one, reported = _trained(make, train, tf.distribute.get_strategy(), rate)
    _, two, others = _trained(make, train, MIRRORED, rate)
    moved = max(np.abs(a - b).max() for a, b in zip(one, before, strict=True))
    assert moved > 0
    for ours, theirs in zip(one, two, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=max(1e-6, 1e-4 * moved))
    for quantity in reported:
        assert reported[quantity] == pytest.approx(others[quantity], abs=1e-4), quantity


def _trained(make, train, strategy, rate):
    """The weights before and after a few steps, and what is reported."""
    with strategy.scope():
        model = make()
        config = model.get_compile_config()
        for player in ("generator_optimizer", "discriminator_optimizer"):
            config[player] = keras.saving.serialize_keras_object(keras.optimizers.SGD(rate))
        model.compile_from_config(config)
    before = model.get_weights()
    history = train(model)
    return before, model.get_weights(), history
