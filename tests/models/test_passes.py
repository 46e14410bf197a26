"""Real and generated samples in one pass, where that is the same as two."""

import keras
import numpy as np
import pytest
from keras import layers

from small_models import IMAGES, compiled, small_model, state
from tfgan_it import networks
from tfgan_it.layers import MinibatchDeviation, Pack
from tfgan_it.models import training
from tfgan_it.models.passes import is_row_by_row

ROW_BY_ROW = [
    layers.Dense(3),
    layers.Conv2D(2, 3),
    layers.LeakyReLU(),
    layers.LayerNormalization(),
    layers.GroupNormalization(1),
    layers.AveragePooling2D(2),
]
NOT = [
    layers.BatchNormalization(),
    layers.Dropout(0.5),
    layers.SpectralNormalization(layers.Dense(3)),
    MinibatchDeviation(),
    Pack(2),
    layers.Lambda(lambda x: x - keras.ops.mean(x, axis=0)),
]


def with_layer(layer, functional):
    if not functional:
        return keras.Sequential([keras.Input((4, 4, 2)), layer, layers.Flatten(), layers.Dense(1)])
    inputs = keras.Input((4, 4, 2))
    inner = keras.Sequential([keras.Input((4, 4, 2)), layer])
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(inner(inputs))))


@pytest.mark.parametrize("functional", [True, False])
@pytest.mark.parametrize("layer", ROW_BY_ROW, ids=lambda layer: layer.name)
def test_such_layers_treat_rows_alone(layer, functional):
    network = with_layer(layer, functional)
    assert is_row_by_row(network)
    x = np.random.default_rng(0).normal(size=(6, 4, 4, 2)).astype("float32")
    halves = [network(half, training=True) for half in (x[:3], x[3:])]
    np.testing.assert_allclose(network(x, training=True), np.concatenate(halves), atol=1e-6)


@pytest.mark.parametrize("functional", [True, False])
@pytest.mark.parametrize("layer", NOT, ids=lambda layer: layer.name)
def test_such_layers_do_not(layer, functional):
    assert not is_row_by_row(with_layer(layer, functional))


def test_an_operation_that_is_no_known_layer():
    inputs = keras.Input((4,))
    assert not is_row_by_row(keras.Model(inputs, inputs - keras.ops.mean(inputs, axis=0)))


def test_a_layer_of_somebodys_own_that_extends_a_known_one():
    class Centred(layers.Dense):
        pass

    assert not is_row_by_row(keras.Sequential([keras.Input((4,)), Centred(1)]))


def test_one_pass_is_two_passes(monkeypatch):
    ends, passes = [], []
    for together in (True, False):
        model = compiled(small_model(), 0.3, 0.3)
        assert is_row_by_row(model.discriminator)
        if not together:
            monkeypatch.setattr(training, "is_row_by_row", lambda network: False)
        rows = []
        look = model.discriminate
        monkeypatch.setattr(
            model, "discriminate", lambda x, r=rows, f=look, **k: r.append(len(x)) or f(x, **k)
        )
        model.run_eagerly = True
        model.fit(IMAGES, batch_size=8, steps_per_epoch=2, verbose=0)
        ends.append(state(model))
        passes.append(rows)
    assert passes == [[16, 8] * 2, [8, 8, 8] * 2]
    for one, two in zip(*ends, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_networks_of_recipes():
    assert is_row_by_row(networks.mlp_discriminator((2,)))
    assert not is_row_by_row(networks.infogan_discriminator((8, 8, 1), 4, width=2, features=8))
