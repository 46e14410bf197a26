"""Numbers in which an export stores weights and computes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.layers.nested import nested_layers


@contextlib.contextmanager
def float32_layers(model: Any) -> Iterator[None]:
    """Context in which all layers of a model compute in float32, whatever they were trained in."""
    policies = [(layer, layer.dtype_policy) for layer in nested_layers(model)]
    try:
        for layer, policy in policies:
            if policy.compute_dtype != policy.variable_dtype:
                layer.dtype_policy = policy.variable_dtype
        yield
    finally:
        for layer, policy in policies:
            layer.dtype_policy = policy


def bfloat16_weights(model: Any) -> Callable[[], Any]:
    """Returns a context in which the matrices and kernels of a model are read from bfloat16.

    It is for functions that are traced: each casts the weights that it reads. Vectors, such as
    biases and the statistics of batch normalisation, stay float32.
    """
    stored = [
        (variable, tf.Variable(ops.cast(variable, "bfloat16"), name=variable.name))
        for variable in model.weights
        if variable.dtype == "float32" and len(variable.shape) > 1
    ]
    return lambda: keras.StatelessScope(
        state_mapping=[(variable, tf.cast(copy, tf.float32)) for variable, copy in stored]
    )
