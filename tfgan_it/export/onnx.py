"""The format of ONNX: a file for each signature, since a file holds one graph."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from tfgan_it.errors import one_line
from tfgan_it.export.extras import need

WEIGHTS = ("float32", "int8")
_OUTPUT = "_output"
OPSET = 18  # The first with exclusive or of integers.


class _Traced(NamedTuple):
    """What tf2onnx takes: something that is traced when it asks for it."""

    function: Any

    def get_concrete_function(self, *signature: Any) -> Any:
        return self.function


def write(functions: Mapping[str, Any], folder: Path, weights: str = "float32") -> None:
    """Writes `SIGNATURE.onnx` for each concrete function; inputs and outputs keep their names.

    An output with the name of an input, such as the images of `reconstruct`, ends in `_output`.

    Raises:
        ImportError: If tf2onnx or ONNX Runtime is not installed.
    """
    tf2onnx = need("tf2onnx", "onnx")
    need("onnxruntime", "onnx")
    folder.mkdir()
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # `read` says what is wrong.
    for name, function in functions.items():
        function = _with_other_names(function)
        model, _ = tf2onnx.convert.from_function(_Traced(function), (), opset=OPSET)
        path = folder / f"{name}.onnx"
        path.write_bytes(model.SerializeToString())
        if weights == "int8":
            _quantize(path)


def read(folder: Path, names: list[str]) -> dict[str, Any]:
    """Returns the signatures in a folder, functions from arrays to arrays by name.

    Raises:
        ValueError: If an operation has no counterpart, which tf2onnx writes all the same.
    """
    runtime = need("onnxruntime", "onnx")
    options = runtime.SessionOptions()
    options.log_severity_level = 3

    def caller(name: str) -> Any:
        try:
            session = runtime.InferenceSession(folder / f"{name}.onnx", options)
        except Exception as error:  # Several kinds, none of them public.
            reason = one_line(str(error).rpartition("Context: ")[2])
            raise ValueError(f"ONNX cannot hold the signature {name}: {reason}") from error
        taken = {tensor.name + _OUTPUT: tensor.name for tensor in session.get_inputs()}
        outputs = [tensor.name for tensor in session.get_outputs()]
        names = [taken.get(output, output) for output in outputs]
        return lambda **inputs: dict(zip(names, session.run(outputs, inputs), strict=True))

    return {name: caller(name) for name in names}


def _with_other_names(function: Any) -> Any:
    """Returns the function with outputs whose names are not those of inputs, as ONNX asks."""
    _, inputs = function.structured_input_signature
    if not inputs.keys() & function.structured_outputs.keys():
        return function

    def call(**given: Any) -> dict[str, Any]:
        outputs = function(**given)
        return {key + _OUTPUT if key in given else key: value for key, value in outputs.items()}

    return tf.function(call, autograph=False).get_concrete_function(**inputs)


def _quantize(path: Path) -> None:
    quantization = need("onnxruntime.quantization", "onnx")
    whole = path.with_suffix(".float32")
    path.rename(whole)
    quantization.quantize_dynamic(whole, path, op_types_to_quantize=["MatMul"])
    whole.unlink()
