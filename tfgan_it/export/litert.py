"""The format of LiteRT, formerly TensorFlow Lite: one file with all signatures."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from tfgan_it.errors import one_line
from tfgan_it.export import saved_model
from tfgan_it.export.extras import need

WEIGHTS = ("float32", "float16", "int8")
FILE = "model.tflite"


def write(functions: Mapping[str, Any], folder: Path, weights: str = "float32") -> None:
    """Writes `model.tflite` with a signature for each concrete function.

    Raises:
        ImportError: If LiteRT is not installed.
        ValueError: If an operation has no counterpart.
    """
    need("ai_edge_litert", "litert")
    with tempfile.TemporaryDirectory() as whole:
        saved_model.write(functions, Path(whole))
        converter = tf.lite.TFLiteConverter.from_saved_model(whole, signature_keys=list(functions))
        if weights != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if weights == "float16":
            converter.target_spec.supported_types = [tf.float16]
        try:
            content = converter.convert()
        except Exception as error:  # Several kinds, none of them public.
            raise ValueError(f"LiteRT cannot hold a signature: {one_line(error)}") from error
    folder.mkdir()
    (folder / FILE).write_bytes(content)


def read(folder: Path, names: list[str]) -> dict[str, Any]:
    """Returns the signatures of a file, functions from arrays to arrays by name."""
    interpreter = need("ai_edge_litert.interpreter", "litert").Interpreter(str(folder / FILE))
    return {name: interpreter.get_signature_runner(name) for name in names}
