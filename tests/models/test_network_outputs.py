"""What networks take and give, found by calling them."""

import keras
import pytest
from keras import layers

from tfgan_it.conditions import ConditionDict, Label, Vector
from tfgan_it.models.network_outputs import (
    check_logits,
    generator_outputs,
    output_shapes,
    outputs_of,
    symbolic,
)

SHAPES = {"a": (4,), "b": (2, 3, 1)}


def test_symbolic_tensors_have_a_batch_of_any_size():
    assert symbolic((4, 1)).shape == (None, 4, 1)
    both = symbolic(SHAPES)
    assert {name: tensor.shape[1:] for name, tensor in both.items()} == SHAPES
    assert output_shapes(both) == SHAPES
    assert output_shapes([symbolic((2,)), both]) == [(2,), SHAPES]


def dense(x):
    return layers.Dense(3)(x)


def functional():
    inputs = keras.Input((4,))
    return keras.Model(inputs, dense(inputs))


@keras.saving.register_keras_serializable(package="tests")
class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(3)

    def call(self, inputs, training=False):
        parts = keras.tree.flatten(inputs)
        return self.dense(layers.concatenate(parts, axis=-1) if parts[1:] else parts[0])


NETWORKS = [functional, lambda: keras.Sequential([layers.Dense(3)]), Subclassed]


@pytest.mark.parametrize("make", NETWORKS, ids=["functional", "sequential", "subclassed"])
def test_a_network_is_built_by_what_it_is_called_on(make):
    network = make()
    outputs = outputs_of("network", network, symbolic((4,)), None, "points")
    assert output_shapes(outputs) == (3,)
    assert network.built and [v.shape for v in network.weights] == [(4, 3), (3,)]
    # Once more, on what was built.
    assert output_shapes(outputs_of("network", network, symbolic((4,)), None, "points")) == (3,)


def test_conditions_are_a_second_input():
    conditions = ConditionDict(digit=Label(5), position=Vector(2))
    network = Subclassed()
    outputs_of("network", network, symbolic((4,)), conditions, "points")
    assert network.dense.kernel.shape == (4 + 5 + 2, 3)


@pytest.mark.parametrize(
    ("make", "inputs", "conditions", "message"),
    [
        (functional, (5,), None, "The network takes (4,), but is to be called on points (5,)."),
        (
            functional,
            (4,),
            Label(2),
            "The network takes (4,), but is to be called on points [(4,), (2,)].",
        ),
        (
            functional,
            {"a": (4,), "b": (4,)},
            None,
            "The network takes (4,), but is to be called on points {'a': (4,), 'b': (4,)}.",
        ),
    ],
)
def test_what_it_does_not_take_is_refused(make, inputs, conditions, message):
    with pytest.raises(ValueError) as error:
        outputs_of("network", make(), symbolic(inputs), conditions, "points")
    assert str(error.value) == message


def test_a_generators_outputs_have_names():
    x = symbolic((4,))
    assert generator_outputs(x) == {"samples": x}
    named = {"samples": x, "more": x}
    assert generator_outputs(named) is named
    several = {"image": x, "sound": x}
    assert generator_outputs(several) == {"samples": several}


@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1), (7, 1), (3, 3, 1)])
def test_logits_that_are_one_number_for_each_position(shape):
    check_logits(symbolic(shape))
    check_logits({"logits": symbolic(shape), "codes": symbolic((5,))})
    check_logits({"logits": [symbolic(shape), symbolic((1,))]})


@pytest.mark.parametrize("shape", [(2,), (7, 2), (3, 3)])
def test_logits_that_are_several_numbers(shape):
    for outputs in (symbolic(shape), {"logits": {"x": symbolic((1,)), "y": symbolic(shape)}}):
        with pytest.raises(ValueError, match=r"^The discriminator must give logits \(batch, 1\)"):
            check_logits(outputs)
