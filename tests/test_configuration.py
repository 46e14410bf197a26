"""Configurations made from the constructor's arguments, for each kind of Keras object."""

import copy
import json
import pickle
import re

import h5py
import keras
import numpy as np
import pytest

from tfgan_it.configuration import Configurable


@keras.saving.register_keras_serializable(package="tests")
class Plain(Configurable):
    def __init__(self, size, shape=(1, 2), **parts):
        self.size, self.shape, self.parts = size, shape, parts


@keras.saving.register_keras_serializable(package="tests")
class Parent(Configurable, keras.layers.Layer):
    def __init__(self, width=3, every=1, **kwargs):
        super().__init__(**kwargs)
        self.width, self.every = width, every


@keras.saving.register_keras_serializable(package="tests")
class Child(Parent):
    """Starts a Variable from `beta`, and fixes its parent's width."""

    def __init__(self, beta=0.5, width=7, network=None, **kwargs):
        super().__init__(width, **{"dtype": "float32", **kwargs})
        self.beta = self.add_weight(shape=(), initializer="zeros", name="beta")
        self.beta.assign(beta)
        self.network = network


@keras.saving.register_keras_serializable(package="tests")
class Fixed(Parent):
    """Takes nothing but its own argument."""

    def __init__(self, depth):
        super().__init__(width=depth + 1, every=2)


@keras.saving.register_keras_serializable(package="tests")
class Power(Configurable, keras.losses.Loss):
    def __init__(self, exponent=2, function="relu", **kwargs):
        super().__init__(**kwargs)
        self.exponent, self.function = exponent, function

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.exponent, axis=-1)


@keras.saving.register_keras_serializable(package="tests")
class Count(Configurable, keras.metrics.Metric):
    def __init__(self, bins, name=None, dtype=None):
        super().__init__(name=name or "count", dtype=dtype)
        self.bins = bins


@keras.saving.register_keras_serializable(package="tests")
class Weight(Configurable, keras.regularizers.Regularizer):
    def __init__(self, beta=0.1):
        self.beta = beta


@keras.saving.register_keras_serializable(package="tests")
class Limit(Configurable, keras.constraints.Constraint):
    def __init__(self, limit=0.1):
        self.limit = limit


@keras.saving.register_keras_serializable(package="tests")
class Pair(Configurable, keras.Model):
    """A model of two networks, whose decay may change."""

    def __init__(self, first, second, *, decay=None, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second, self.decay, self.seed = first, second, decay, seed
        self.built = True

    def config_overrides(self):
        return {"decay": self.decay}


@keras.saving.register_keras_serializable(package="tests")
class Copying(Configurable, keras.Model):
    """A model of a copy of the network that it is given."""

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.copied = keras.models.clone_model(network)
        self.built = True


@keras.saving.register_keras_serializable(package="tests")
def third(x):
    return x / 3


def network(units=2):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])


def revived(value):
    """The object after its configuration has been text."""
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(value)))
    return keras.saving.deserialize_keras_object(config)


@pytest.mark.parametrize(
    "value, own",
    [
        (Plain(np.int64(3), np.arange(2.0)), {"size": 3, "shape": [0.0, 1.0]}),
        (Plain(1, part=Plain(2), other=None), {"size": 1, "shape": [1, 2], "other": None}),
        (Parent(np.float32(0.5), name="p"), {"width": 0.5, "every": 1, "name": "p"}),
        (Child(trainable=False), {"beta": 0.5, "width": 7, "every": 1, "trainable": False}),
        (Child(every=4, network=None), {"beta": 0.5, "every": 4, "network": None}),
        (Fixed(2), {"depth": 2}),
        (Power(3, name="cubed", reduction="sum"), {"exponent": 3, "reduction": "sum"}),
        (Power(function=third, dtype="float64"), {"exponent": 2, "dtype": "float64"}),
        (Count(5), {"bins": 5, "name": "count", "dtype": "float32"}),
        (Weight(0.3), {"beta": 0.3}),
        (Limit(), {"limit": 0.1}),
    ],
    ids=lambda value: re.sub(r" at 0x\w+", "", repr(value)),
)
def test_the_configuration_is_what_the_constructor_was_given(value, own):
    config = value.get_config()
    assert own.items() <= config.items()
    if isinstance(value, Fixed):  # Of a layer's own arguments it takes none.
        assert "width" not in config and "every" not in config
        return
    again = revived(value)
    assert type(again) is type(value) and again.get_config() == config
    assert repr(again) == repr(value)


def test_parts_are_revived():
    value = Plain(1, part=Plain(2), parts=[Plain(3), {"deep": Plain(4)}], function=third)
    again = revived(value)
    assert again.parts["part"].size == 2 and again.parts["parts"][0].size == 3
    assert again.parts["parts"][1]["deep"].size == 4 and again.parts["function"](6) == 2


def test_parts_are_not_copied():
    part = Plain(2)
    assert Plain(1, part=part).parts["part"] is part


def test_a_list_that_is_changed_later_changes_nothing():
    shape = [1, 2]
    value = Plain(1, shape)
    shape.append(3)
    assert value.get_config()["shape"] == [1, 2]


def test_a_variable_may_have_the_name_of_an_argument():
    layer = Child(0.25)
    layer.beta.assign(9)
    assert layer.get_config()["beta"] == 0.25


def test_a_model_is_saved_with_its_networks(tmp_path):
    model = Pair(network(), network(1), decay=0.5, name="pair")
    model.decay = 0.75
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert (loaded.decay, loaded.seed, loaded.name) == (0.75, 0, "pair")
    for kept, given in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, given)


def test_a_network_that_is_only_an_argument_is_not_part_of_the_state(tmp_path):
    Copying(network()).save_weights(tmp_path / "copying.weights.h5")
    with h5py.File(tmp_path / "copying.weights.h5") as file:
        assert "copied" in file and not any(group.startswith("_") for group in file)


def test_a_network_inside_of_a_layer_is_revived():
    layer = Child(0.1, network=network())
    assert revived(layer).network.count_params() == layer.network.count_params() == 8


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_copies_have_the_configuration(copied):
    value = Plain(1, part=Plain(2))
    again = copied(value)
    assert again.get_config() == value.get_config() and again.size == 1


@pytest.mark.parametrize("arguments", [{}, {"size": 1, "sise": 2, "shape": 3}])
def test_wrong_arguments_are_the_constructors_to_refuse(arguments):
    with pytest.raises(TypeError, match="__init__|depth"):
        Fixed(**arguments)


def test_repr_leaves_defaults_out():
    assert repr(Plain(1, (1, 2))) == "Plain(size=1)"
    assert repr(Child(network=Plain(2), every=3)) == "Child(network=Plain(size=2), every=3)"


def test_custom_objects_are_found_without_being_registered():
    class Other(Plain):
        pass

    config = Plain(1, part=Other(2)).get_config()
    assert Plain.from_config(config, {"Other": Other}).parts["part"].size == 2
