"""The format of TensorFlow: a SavedModel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from tfgan_it.errors import one_line

WEIGHTS = ("float32", "bfloat16")


def write(functions: Mapping[str, Any], folder: Path, weights: str = "float32") -> None:
    """Writes a SavedModel of concrete functions by name, with the variables that they read."""
    # Only what the graphs read: no optimisers, and no weights that an average replaces.
    module = tf.Module()
    module.weights = [function.variables for function in functions.values()]
    try:
        tf.saved_model.save(module, folder, signatures=functions)
    except tf.errors.OpError as error:
        raise OSError(one_line(error.message.splitlines()[0])) from error


def read(folder: Path, names: list[str]) -> dict[str, Any]:
    """Returns the signatures of a SavedModel, functions from arrays to arrays by name."""
    loaded = tf.saved_model.load(folder)

    def caller(name: str) -> Any:
        def call(**inputs: Any) -> dict[str, Any]:
            outputs = loaded.signatures[name](**{k: tf.constant(x) for k, x in inputs.items()})
            return {key: value.numpy() for key, value in outputs.items()}

        return call

    return {name: caller(name) for name in names}
