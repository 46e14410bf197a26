"""Layers of networks in networks, in wrappers, in lists and dicts of a layer's own."""

import keras
import pytest
from keras import ops

from tfgan_it.layers import MinibatchDeviation, PackSamples
from tfgan_it.layers.nested import mixes_samples, nested_layers

Dense = keras.layers.Dense


class Parts(keras.layers.Layer):
    """Holds layers in every way that Keras tracks."""

    def __init__(self):
        super().__init__()
        self.one = Dense(1, name="attribute")
        self.several = [Dense(1, name="list"), (Dense(1, name="tuple"),)]
        self.named = {"a": Dense(1, name="dict"), "b": [Dense(1, name="list_in_dict")]}
        self.again = self.one

    def call(self, x):
        return x


def functional(name):
    inputs = keras.Input((3,))
    return keras.Model(inputs, Dense(2, name=f"{name}_dense")(inputs), name=name)


def wrapped():
    return keras.layers.SpectralNormalization(Dense(2, name="wrapped"))


def shared():
    layer, inputs = Dense(3, name="shared"), keras.Input((3,))
    return keras.Model(inputs, layer(layer(inputs)))


@pytest.mark.parametrize(
    "network, names",
    [
        (lambda: Dense(1, name="alone"), ["alone"]),
        (Parts, ["attribute", "dict", "list", "list_in_dict", "tuple"]),
        (lambda: functional("a"), ["a_dense"]),
        (lambda: keras.Sequential([functional("b"), Dense(1, name="after")]), ["after", "b_dense"]),
        (wrapped, ["wrapped"]),
        (lambda: keras.Sequential([keras.Input((3,)), wrapped()]), ["wrapped"]),
        (shared, ["shared"]),
    ],
)
def test_every_layer_is_found_once(network, names):
    found = list(nested_layers(network()))
    assert len({id(layer) for layer in found}) == len(found)
    assert sorted(layer.name for layer in found if type(layer) is Dense) == names


def test_the_network_itself_is_the_first():
    network = functional("c")
    assert next(nested_layers(network)) is network


@pytest.mark.parametrize("layer", [PackSamples(2), MinibatchDeviation()])
def test_what_mixes_samples_is_found_in_networks_within(layer):
    inner = keras.Sequential([keras.Input((4,)), layer])
    outer = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(1)])
    assert mixes_samples(layer) and mixes_samples(outer)
    assert not mixes_samples(outer.layers[-1])


@pytest.mark.parametrize("layer", [PackSamples(2), MinibatchDeviation()])
def test_what_mixes_samples_does(layer):
    """The output of the first of two samples depends on the second."""
    given = ops.convert_to_tensor([[1.0], [2.0]])
    other = ops.convert_to_tensor([[1.0], [5.0]])
    assert ops.convert_to_numpy(layer(given))[0].tolist() != (
        ops.convert_to_numpy(layer(other))[0].tolist()
    )
