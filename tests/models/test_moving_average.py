"""The average of a network's weights, against a recurrence in NumPy."""

import keras
import numpy as np
import pytest
from keras import layers

from support.cases import slow
from support.small_models import CODES, IMAGES, NOISE, compiled, scaled, small_model
from tfgan_it.models import MovingAverage


def network(normalized=True):
    parts = [keras.Input((3,)), layers.Dense(4)]
    return keras.Sequential([*parts, *([layers.BatchNormalization()] if normalized else [])])


def values(variables):
    return [keras.ops.convert_to_numpy(v) for v in variables]


def average_of(model, decay=0.9):
    average = MovingAverage(decay)
    average.build_for(model)
    return average


def randomise(model, generator):
    model.set_weights([generator.random(v.shape) for v in model.weights])


def test_starts_as_the_network():
    model = network()
    randomise(model, np.random.default_rng(0))
    average = average_of(model)
    by_name = {v.name: v.numpy() for v in average.averages}
    assert sorted(by_name) == sorted(v.name for v in model.variables)
    for variable in model.variables:
        np.testing.assert_array_equal(by_name[variable.name], variable.numpy())
    assert not average.trainable_variables


@pytest.mark.parametrize("decay", [0.0, 0.15, 0.5, 0.999])
def test_follows_the_recurrence_with_its_ramp_up(decay):
    generator, model = np.random.default_rng(0), network()
    average = average_of(model, decay)
    names = [v.name for v in average.averages]
    expected = {v.name: v.numpy().astype("float64") for v in model.variables}
    for step in range(12):
        randomise(model, generator)
        average.update(model, step)
        d = min(decay, (1 + step) / (10 + step))
        for variable in model.variables:
            old = expected[variable.name]
            expected[variable.name] = d * old + (1 - d) * variable.numpy()
        for name, value in zip(names, values(average.averages), strict=True):
            np.testing.assert_allclose(value, expected[name], atol=1e-6)


def test_neither_update_nor_apply_touches_the_network():
    model = network()
    average = average_of(model)
    randomise(model, np.random.default_rng(0))
    before = values(model.variables)
    average.update(model, 3)
    average.apply(model, np.ones((2, 3), "float32"))
    for old, new in zip(before, values(model.variables), strict=True):
        np.testing.assert_array_equal(old, new)


def test_apply_is_a_copy_with_the_averages_assigned():
    model, copy = network(), network()
    average = average_of(model, 0.5)
    randomise(model, np.random.default_rng(0))
    average.update(model, 100)
    by_name = {v.name: v.numpy() for v in average.averages}
    copy.set_weights([by_name[v.name] for v in copy.weights])
    x = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")
    np.testing.assert_allclose(average.apply(model, x), copy(x, training=False), atol=1e-6)
    assert not np.allclose(average.apply(model, x), model(x, training=False), atol=1e-2)


def test_the_seed_of_a_dropout_is_not_averaged():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dropout(0.5)])
    average = average_of(model)
    x = np.ones((1, 3), "float32")
    model(x, training=True)  # moves the seed
    average.update(model, 0)
    assert [v.name for v in average.averages] == ["kernel", "bias"]
    np.testing.assert_allclose(average.apply(model, x), model(x), atol=1e-6)


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_refuses_a_decay_outside_its_range(decay):
    message = rf"^MovingAverage: decay must be in \[0, 1\), got {decay}\.$"
    with pytest.raises(ValueError, match=message):
        MovingAverage(decay)
    with pytest.raises(ValueError, match="moving_average"):
        small_model(moving_average=decay)


def test_config():
    assert MovingAverage.from_config(MovingAverage(0.5, name="a").get_config()).decay == 0.5


@pytest.mark.parametrize("latent", [*slow(NOISE), CODES])
def test_training_averages_once_a_step_after_both_updates(latent):
    model, reference = (
        small_model(latent, moving_average=0.999, normalized=True) for _ in range(2)
    )
    compiled(model, discriminator_steps=2)
    # A GAN's discriminator is not averaged; an InfoGAN's is, with its generator.
    averaged = {"generator": model.generator_average, "discriminator": model.discriminator_average}
    assert (averaged["discriminator"] is None) == (latent is NOISE)
    averaged = {player: average for player, average in averaged.items() if average}
    for step in range(3):
        model.train_on_batch(IMAGES[:16])
        d = (1 + step) / (10 + step)
        for player in averaged:
            old, new = (getattr(each, player).variables for each in (reference, model))
            for average, variable in zip(old, new, strict=True):
                average.assign(d * average + (1 - d) * variable)
    inputs = {"generator": model.sample_latents(4, seed=0), "discriminator": scaled(IMAGES)}
    for player, average in averaged.items():
        network, x = getattr(model, player), inputs[player]
        ours = keras.tree.flatten(average.apply(network, x))
        expected = keras.tree.flatten(getattr(reference, player)(x, training=False))
        for output, wanted, trained in zip(
            ours, expected, keras.tree.flatten(network(x, training=False)), strict=True
        ):
            np.testing.assert_allclose(output, wanted, atol=1e-5)
            assert not np.allclose(trained, wanted, atol=1e-3)


def test_freezing_a_layer_leaves_each_average_with_its_variable():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(3), layers.Dense(3)])
    average = average_of(model, 0.0)
    model.layers[0].trainable = False
    average.update(model, 0)
    x = np.ones((1, 3), "float32")
    np.testing.assert_allclose(average.apply(model, x), model(x))
    by_layer = [values(average.averages)[i] for i in (0, 2)]
    for ours, layer in zip(by_layer, model.layers, strict=True):
        np.testing.assert_array_equal(ours, layer.kernel.numpy())
