import keras
import numpy as np
import pytest
from keras import layers, ops

from tfgan_it.estimators.array_training import (
    ArrayTraining,
    as_samples,
    shuffled,
    small_network,
)

X = np.array([[0.0], [1.0], [2.0]], "float32")
Y = np.array([1.0, 3.0, 5.0], "float32")


def line(shape=(1,)):
    return keras.Sequential([keras.Input(shape), layers.Dense(1, kernel_initializer="zeros")])


def squared(y, outputs):
    return ops.square(y - outputs[:, 0])


def adam(x, y, batches, rate):
    """Weights after Adam on the squared error of a line, by its definition."""
    weights, m, v, losses = np.zeros(2), np.zeros(2), np.zeros(2), []
    for step, rows in enumerate(batches, 1):
        inputs = np.stack([x[rows, 0], np.ones(len(rows))])
        error = weights @ inputs - y[rows]
        losses.append(np.mean(error**2))
        slope = np.mean(2 * error * inputs, axis=1)
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        root = np.sqrt(v / (1 - 0.999**step))
        weights = weights - rate * m / (1 - 0.9**step) / (root + 1e-7)
    return weights, np.mean(losses)


def test_a_run_is_adam_on_each_batch_in_turn():
    training = ArrayTraining(line, squared, 0.1)
    order = np.array([[0, 1], [2, 2], [1, 0], [2, 0]])
    loss = training.run(X, Y, order)
    weights, expected = adam(X, Y, order, 0.1)
    np.testing.assert_allclose([w.ravel()[0] for w in training.state()[:2]], weights, rtol=1e-4)
    assert loss == pytest.approx(expected, rel=1e-5)


def test_restart_forgets_all():
    training = ArrayTraining(line, squared, 0.1)
    order = np.tile([0, 1, 2], (5, 1))
    first = training.run(X, Y, order)
    outputs = training.outputs(X)
    assert training.run(X, Y, order) < first
    training.restart()
    assert training.run(X, Y, order) == first
    np.testing.assert_array_equal(training.outputs(X), outputs)


def test_it_ends_with_the_best_weights_after_three_falls_of_the_rate():
    training = ArrayTraining(line, squared, 0.1)
    values = iter([3.0, 1.0, 2.0, 2.0, 0.5, 0.5, 0.6, 0.49995, 1.0])
    seen = []

    def look():
        seen.append((training.outputs(X), float(training.optimizer.learning_rate)))
        return next(values)

    made = training.run_while_better(
        X, Y, lambda steps: np.tile([0, 1], (steps, 1)), look, steps=1000, every=4, patience=2
    )
    assert made == 4 * 9
    rates = [0.1, 0.1, 0.1, 0.1, 0.1 / 3, 0.1 / 3, 0.1 / 3, 0.1 / 9, 0.1 / 9]
    np.testing.assert_allclose([rate for _, rate in seen], rates, rtol=1e-6)
    # .49995 is the least, though no progress from .5.
    np.testing.assert_array_equal(training.outputs(X), seen[7][0])


def test_no_more_steps_than_allowed_and_the_best_of_them():
    training = ArrayTraining(line, squared, 0.1)
    asked, seen = [], []

    def order(steps):
        asked.append(steps)
        return np.tile([0], (steps, 1))

    def look():
        seen.append(training.outputs(X))
        return [3.0, 1.0, 2.0][len(seen) - 1]

    options = {"steps": 7, "every": 3, "patience": 2}
    assert training.run_while_better(X, Y, order, look, **options) == 7
    assert asked == [3, 3, 1]
    np.testing.assert_array_equal(training.outputs(X), seen[1])


def test_outputs_in_parts_are_those_of_the_whole():
    training = ArrayTraining(lambda: small_network((2,), 3), squared, 0.1, seed=1)
    x = np.random.default_rng(0).normal(size=(7, 2)).astype("float32")
    whole = training.outputs(x)
    assert whole.shape == (7, 3)
    np.testing.assert_allclose(training.outputs(x, batch_size=3), whole, rtol=1e-5, atol=1e-6)


def test_weights_are_a_function_of_the_seed():
    states = [
        ArrayTraining(lambda: small_network((2,)), squared, 0.1, seed=seed).state()[0]
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(states[0], states[1])
    assert not np.array_equal(states[0], states[2])


@pytest.mark.parametrize(
    "shape, maps", [((8, 8, 1), 2), ((28, 28, 1), 2), ((64, 30, 3), 4), ((5, 32, 16, 2), 3)]
)
def test_small_networks_halve_images_until_they_are_small(shape, maps):
    network = small_network(shape, 10)
    kernels = [weight for weight in network.weights if len(weight.shape) == 4]
    assert len(kernels) == maps
    assert network.get_layer("flat").input.shape[1] <= 7
    assert network.output_shape == (None, 10)


@pytest.mark.parametrize("length, maps", [(8192, 6), (40, 2), (5, 2)])
def test_small_networks_quarter_sequences_until_they_are_short(length, maps):
    network = small_network((length, 3), 10)
    kernels = [weight for weight in network.weights if len(weight.shape) == 3]
    assert len(kernels) == maps and network.get_layer("flat").input.shape[1] <= 7
    assert network.output_shape == (None, 10)


def test_frames_of_a_video_are_channels_of_one_image():
    video = np.random.default_rng(0).normal(size=(2, 3, 8, 6, 2)).astype("float32")
    network = small_network((3, 8, 6, 2))
    layers = [network.get_layer(name) for name in ("frames_last", "frames")]
    channels = layers[1](layers[0](video)).numpy()
    for frame, channel in ((0, 0), (1, 1), (2, 0)):
        np.testing.assert_array_equal(
            channels[..., 2 * frame + channel], video[:, frame, ..., channel]
        )


def test_small_networks_are_float32_whatever_the_policy():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        networks = small_network((8, 8, 1)), small_network((2,))
    finally:
        keras.config.set_dtype_policy(policy)
    for network in networks:
        assert all(layer.compute_dtype == "float32" for layer in network.layers[1:])


def test_rows_come_equally_often():
    rows = shuffled(5, np.random.default_rng(0))
    drawn = [rows(count) for count in (3, 4, 13, 5)]
    assert [len(part) for part in drawn] == [3, 4, 13, 5]
    in_turn = np.concatenate(drawn).reshape(5, 5)
    assert (np.sort(in_turn, axis=1) == np.arange(5)).all()
    assert len({tuple(epoch) for epoch in in_turn}) > 1


@pytest.mark.parametrize(
    "given, expected",
    [
        (np.array([[0, 255]], "uint8"), [[-1, 1]]),
        (np.array([0.5, 2.0]), [[0.5], [2.0]]),
        (np.array([[3, 4]]), [[3, 4]]),
    ],
)
def test_samples_as_floats(given, expected):
    found = as_samples(given)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)
