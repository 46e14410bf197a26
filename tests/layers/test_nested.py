"""Layers of networks in networks, in wrappers, in lists and dicts of a layer's own."""

import keras
import pytest

from tfgan_it.layers.nested import nested_layers

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
