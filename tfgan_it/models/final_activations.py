"""The activation in which a network ends, and what it means for samples and logits."""

from __future__ import annotations

import math
import warnings
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from tfgan_it.typing import Nest, Shape, ValueRange

# Range of the values of activations, by name.
_RANGES = {
    **dict.fromkeys(("sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax"), (0.0, 1.0)),
    **dict.fromkeys(("tanh", "hard_tanh", "soft_sign", "softsign"), (-1.0, 1.0)),
    **dict.fromkeys(("relu", "softplus", "squareplus", "exponential", "exp"), (0.0, math.inf)),
    **dict.fromkeys(("log_sigmoid", "log_softmax", "logsoftmax"), (-math.inf, 0.0)),
    "relu6": (0.0, 6.0),
}
# Operations whose values lie in the range of their first input.
_KEEP_RANGE = {
    *("activation", "cast", "dropout", "expanddims", "flatten", "identity", "mean", "permute"),
    *("reshape", "squeeze", "transpose", "unpacklogits"),
    *(f"{kind}pooling{n}d" for kind in ("average", "globalaverage", "max") for n in (1, 2, 3)),
}


def check_logits_unbounded(discriminator: keras.Model, inputs: Nest) -> None:
    """Refuses a discriminator that ends in probabilities, and warns of another bounded output.

    Args:
        discriminator: Network whose output, or output `logits`, is taken as logits.
        inputs: Its symbolic input.

    Raises:
        ValueError: If it ends in a sigmoid, a softmax or the like.
    """
    for name in sorted(final_activations(discriminator, inputs, "logits")):
        message = (
            f"The discriminator ends in {name}, but its output is taken as logits of any sign and "
            "size: end it in a layer without activation, such as Dense(1)."
        )
        if _RANGES[name] == (0.0, 1.0):
            raise ValueError(message)
        warnings.warn(message, stacklevel=2)


def check_samples_in_range(
    generator: keras.Model, inputs: Nest, sample_shape: Shape, value_range: ValueRange | None
) -> None:
    """Warns of a generator whose last activation cannot reach all values of images.

    Args:
        generator: Network whose output, or output `samples`, is samples.
        inputs: Its symbolic input.
        sample_shape: Shape of a sample; nothing is known of the range of points and sequences.
        value_range: Range of images, or None.
    """
    if value_range is None or isinstance(sample_shape, dict) or len(sample_shape) < 3:
        return
    for name in sorted(final_activations(generator, inputs, "samples")):
        low, high = _RANGES[name]
        if low > value_range[0] or high < value_range[1]:
            warnings.warn(
                f"The generator ends in {name}, whose values lie in [{low:g}, {high:g}], but "
                "images lie in [{:g}, {:g}]: ".format(*value_range)
                + "end it in tanh for (-1, 1), or say GAN(..., value_range=(0, 1)) for a sigmoid.",
                stacklevel=2,
            )


def final_activations(network: keras.Model, inputs: Nest, output: str) -> set[str]:
    """Returns the names of the bounded activations in which a network ends, as far as known.

    Args:
        network: Functional, sequential or subclassed network, built.
        inputs: Its symbolic input.
        output: Name of the output, if the network has several by name.

    Example:

    >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    >>> final_activations(network, network.inputs[0], "logits")
    {'sigmoid'}
    """
    names = _in_layers(network, output)
    return _in_graph(network, inputs, output) if names is None else names


def _in_layers(network: keras.Model, output: str) -> set[str] | None:
    """Returns the final activations from a graph of layers; None if it does not show them."""
    try:
        # `output` of a sequential network is that of a network around it.
        sequential = isinstance(network, keras.Sequential)
        outputs = network.outputs if sequential else network.output
    except AttributeError:  # A subclassed network.
        return None
    names: set[str] = set()
    for tensor in tree.flatten(_named(outputs, output)):
        keeps_range = True
        while keeps_range:
            operation = _producer(network, tensor)
            if isinstance(operation, keras.layers.InputLayer):
                break
            if isinstance(operation, keras.Model):
                nested = _in_layers(operation, output)
                if nested is None:
                    return None
                names |= nested
                break
            name, keeps_range = _activation_of(operation) if operation else (None, False)
            if name is None and not keeps_range:
                return None
            if name in _RANGES:
                names.add(name)
            if keeps_range:
                tensor = tree.flatten(operation.input)[0]
    return names


def _activation_of(operation: Any) -> tuple[str | None, bool]:
    """Returns the name of an operation's activation, and whether its input has the same range."""
    layer = operation.layer if isinstance(operation, keras.layers.Wrapper) else operation
    kind = type(layer).__name__
    if kind == "ReLU":
        return ("leaky_relu" if layer.negative_slope or layer.threshold else "relu"), False
    kind = "".join("_" * c.isupper() + c.lower() for c in kind).removeprefix("_")
    keeps_range = kind.replace("_", "") in _KEEP_RANGE
    if hasattr(layer, "activation"):
        name = getattr(layer.activation, "__name__", None)
        return name, keeps_range and name == "linear"
    known = type(layer).__module__.startswith(("keras.", "tfgan_it.")) and kind != "lambda"
    return (kind if known else None), keeps_range


def _producer(network: keras.Model, tensor: Any) -> Any:
    """Returns the layer or operation that gives the tensor; None if it is unknown."""
    for operation in getattr(network, "operations", network.layers):
        try:
            outputs = tree.flatten(operation.output)
        except (AttributeError, ValueError):  # It has no output, or several.
            continue
        if any(each is tensor for each in outputs):
            return operation
    return None


def _in_graph(network: keras.Model, inputs: Nest, output: str) -> set[str]:
    """Returns the final activations from the graph of a network without a graph of layers."""
    specs = tree.map_structure(_spec, inputs)
    function = tf.function(lambda x: network(x, training=False), autograph=False)
    names = set()
    outputs = function.get_concrete_function(specs).structured_outputs
    for tensor in tree.flatten(_named(outputs, output)):
        operation = tensor.op
        while operation.type.lower() in _KEEP_RANGE and operation.inputs:
            operation = operation.inputs[0].op
        names |= {operation.type.lower()} & set(_RANGES)
    return names


def _spec(tensor: Any) -> tf.TensorSpec:
    return tf.TensorSpec(tensor.shape, tensor.dtype)


def _named(outputs: Nest, name: str) -> Nest:
    return outputs[name] if isinstance(outputs, dict) and name in outputs else outputs
