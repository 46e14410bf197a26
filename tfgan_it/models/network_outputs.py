"""Input and output shapes of networks, functional, sequential or subclassed."""

from __future__ import annotations

import re

import keras
from keras import tree

from tfgan_it.checks import shown
from tfgan_it.conditions import Condition
from tfgan_it.typing import Nest, Shape


def symbolic(shape: Shape, dtype: str = "float32") -> Nest:
    """Returns symbolic tensors `(batch, *shape)` for a shape, or a dict of shapes."""
    if isinstance(shape, dict):
        return {name: symbolic(part, dtype) for name, part in shape.items()}
    return keras.KerasTensor((None, *shape), dtype)


def outputs_of(
    name: str, network: keras.Model, inputs: Nest, conditions: Condition | None, what: str
) -> Nest:
    """Returns the symbolic outputs of a network, which is built if necessary.

    Args:
        name: Name of the network in messages.
        network: Network to call.
        inputs: Symbolic tensors.
        conditions: Condition, for networks that take `[inputs, conditions]`, or None.
        what: Name of the inputs in messages.

    Raises:
        ValueError: If the network cannot be called on these inputs.
    """
    shapes = output_shapes(inputs)
    if conditions is not None:
        inputs = [inputs, symbolic(conditions.shape)]
    input_shapes = _input_shapes(network)
    expected = output_shapes(inputs) if isinstance(inputs, list) else shapes
    if input_shapes is not None and tree.flatten(input_shapes) != tree.flatten(expected):
        raise ValueError(
            f"The {name} takes {input_shapes}, but is to be called on {what} {expected}."
        )
    try:
        return network.compute_output_spec(inputs) if network.built else network(inputs)
    except Exception as error:  # A network may raise anything on unsuitable inputs.
        reason = _reason(error)
        raise ValueError(f"The {name} cannot be called on {what} {expected}: {reason}") from error


def check_networks(**networks: keras.Model) -> None:
    """Checks that these are different networks.

    Args:
        **networks: Networks by their name in messages.

    Raises:
        ValueError: If one is not a `keras.Model`, or two are the same object.
    """
    seen: dict[int, str] = {}
    for name, network in networks.items():
        if not isinstance(network, keras.Model):
            raise ValueError(f"The {name} must be a keras.Model, got {shown(network)}.")
        if id(network) in seen:
            raise ValueError(
                f"The {seen[id(network)]} and the {name} must be two networks, got one: "
                f"{network.name}."
            )
        seen[id(network)] = name


def sample_shape(name: str, network: keras.Model) -> tuple[int, ...]:
    """Returns the shape of one input of a functional or sequential network.

    Args:
        name: Name of the network in messages.
        network: The network.

    Raises:
        ValueError: If it has no input shape, as a network of another kind or one that is not built.
    """
    shape = _input_shapes(network)
    if shape is None:
        raise ValueError(
            f"The {name} must be a functional model, or a Sequential with a keras.Input, got "
            f"{shown(network)}, which has no input shape."
        )
    return shape


def output_shapes(outputs: Nest) -> Shape:
    """Returns the shape of one sample, or a dict or list of shapes."""
    if isinstance(outputs, dict):
        return {name: output_shapes(part) for name, part in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        return [output_shapes(part) for part in outputs]
    return tuple(outputs.shape[1:])


def generator_outputs(outputs: Nest) -> dict[str, Nest]:
    """Returns a generator's outputs by name; bare samples become `{"samples": ...}`."""
    named = isinstance(outputs, dict) and "samples" in outputs
    return outputs if named else {"samples": outputs}


def check_logits(outputs: Nest) -> None:
    """Checks that the outputs of a discriminator hold logits.

    Raises:
        ValueError: If they do not; the message names the wrong shape.
    """
    if isinstance(outputs, dict) and "logits" in outputs:
        outputs = outputs["logits"]
    for logits in tree.flatten(outputs):
        if len(logits.shape) > 1 and logits.shape[-1] != 1:
            shape = ", ".join(map(str, logits.shape[1:]))
            raise ValueError(
                "The discriminator must give logits (batch, 1), or (batch, ..., 1) with one for "
                f"each patch or token, got (batch, {shape})."
            )


def _input_shapes(network: keras.Model) -> Shape:
    """Input shapes of a functional network; None for other networks."""
    try:
        shape = network.input_shape
    except AttributeError:
        return None
    return tree.map_shape_structure(lambda s: tuple(s[1:]), shape)


def _reason(error: Exception) -> str:
    """The first line of a message that says what is wrong; Keras puts where before it."""
    text = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    where = [line for line in lines if line.startswith("Exception encountered")]
    return next((line for line in lines if line not in where), type(error).__name__)
