"""How a step calls networks and draws numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from support.small_models import CODES, IMAGES, NOISE, compiled, scaled, small_model
from tfgan_it.models.runtime import (
    Stream,
    batch_size_of,
    bind_networks,
    counted_draw,
    detached,
    draw,
    global_mean,
    global_sum,
    gradient,
    without_updates,
)
from tfgan_it.seeds import StatelessSeed


def test_streams_keep_their_numbers():
    """Another number would change what every seed gives."""
    assert {stream.name: int(stream) for stream in Stream} == {
        "LATENTS": 0,
        "DISCRIMINATOR": 1,
        "GENERATOR": 2,
        "AUGMENTATION": 3,
        "EVALUATION": 4,
        "LAYERS": 5,
        "SAMPLING": 6,
    }


def test_draws_are_a_function_of_the_seed_and_the_path():
    model = small_model(seed=11)
    expected = NOISE.sample(4, seed=StatelessSeed(11, 5, Stream.LATENTS))
    np.testing.assert_array_equal(draw(model, NOISE.sample, 4, 5, Stream.LATENTS), expected)
    model.step.assign(3)
    drawn = counted_draw(model, 4, Stream.SAMPLING)
    for call in range(2):
        expected = NOISE.sample(4, seed=StatelessSeed(11, 3, Stream.SAMPLING, call))
        np.testing.assert_array_equal(drawn(NOISE.sample), expected)


def test_a_gradient_of_several_tensors_can_be_differentiated():
    x = {"a": tf.constant([[1.0, 2.0]]), "b": tf.constant([[3.0]])}

    def function(x):
        return tf.reduce_sum(x["a"] ** 3, axis=1) * x["b"][:, 0]

    with tf.GradientTape() as tape:
        tape.watch(x)
        slopes = gradient(function, x)
        squared = tf.reduce_sum(slopes["a"] ** 2)
    np.testing.assert_allclose(slopes["a"], [[9.0, 36.0]])
    np.testing.assert_allclose(slopes["b"], [[9.0]])
    # d (9 a^4 b^2) / da = 36 a^3 b^2.
    np.testing.assert_allclose(tape.gradient(squared, x["a"]), [[324.0, 2592.0]])


def test_what_is_detached_has_no_gradient():
    x = tf.constant([2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = detached({"kept": x**2})["kept"]
    assert y.numpy() == [4.0] and tape.gradient(y, x) is None


def test_a_call_without_updates_does_not_change_statistics():
    network = keras.Sequential([keras.Input((3,)), layers.BatchNormalization()])
    x = np.random.default_rng(0).normal(2, 3, (8, 3)).astype("float32")
    before = network.get_weights()
    outputs = without_updates(network)(x, training=True)
    np.testing.assert_allclose(outputs, (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3), atol=1e-4)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_sums_and_means_are_over_all_replicas():
    numbers = tf.constant([[1.0, 2.0], [5.0, 8.0]])

    @tf.function
    def on_replicas():
        def on_replica():
            mine = numbers[tf.distribute.get_replica_context().replica_id_in_sync_group]
            return global_mean(mine), global_sum(tf.reduce_sum(mine))

        return MIRRORED.run(on_replica)

    means, sums = on_replicas()
    assert [float(x) for x in means.values] == [4.0, 4.0]
    assert [float(x) for x in sums.values] == [16.0, 16.0]
    assert float(global_mean(numbers)) == 4.0
    assert batch_size_of({"b": [numbers]}) == 2


@pytest.mark.parametrize("phase", ["discriminator", "generator", "evaluation"])
def test_networks_are_bound_to_the_phase(phase):
    model = compiled(small_model(CODES, normalized=True))
    networks = bind_networks(model, phase, None, (0,))
    images, z = scaled(IMAGES[:8]), model.sample_latents(8, seed=0)
    statistics = [v.numpy() for v in model.discriminator.non_trainable_variables]
    with tf.GradientTape() as tape:
        made = networks.generate(z)["samples"]
    slopes = tape.gradient(made, model.generator.trainable_variables)
    assert all(slope is None for slope in slopes) == (phase == "discriminator")
    networks.discriminate_unaugmented(images)
    for old, new in zip(statistics, model.discriminator.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new)
    networks.discriminate(images)
    pairs = zip(statistics, model.discriminator.non_trainable_variables, strict=True)
    moved = any(not np.array_equal(old, new) for old, new in pairs)
    assert moved == (phase == "discriminator")
    with pytest.raises(ValueError, match=r"^input_gradient\('real'\) exists only in the"):
        networks.input_gradient("real")
