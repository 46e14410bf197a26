"""Tensors in the JSON of the REST API."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.serving.servable import INVALID_ARGUMENT
from experiments.serving.session import ServingError
from trainers.serving.messages import dtype_of

_ACCEPTED = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}  # Kinds of JSON's numbers for a dtype.


def inputs_of(body: Any, tensors: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], bool]:
    """Returns the inputs of a request by name, and whether they came as rows (`instances`).

    Args:
        body: The JSON of a request: `inputs`, arrays by name, or `instances`, a list of
            examples.
        tensors: The `TensorInfo` of each input by name.

    Raises:
        ServingError: If a tensor is missing, is not one, or is of another dtype.
    """
    if not isinstance(body, dict) or ("inputs" in body) == ("instances" in body):
        raise _invalid("A request is a JSON object with either 'inputs' or 'instances'.")
    rows = "instances" in body
    given = body["instances"] if rows else body["inputs"]
    if rows:
        given = _columns(given, tensors)
    elif not isinstance(given, dict) or (len(tensors) == 1 and given.keys() == {"b64"}):
        given = _only(given, tensors)
    return {
        name: array_of(value, tensors[name], name) if name in tensors else np.zeros(0)
        for name, value in given.items()
    }, rows


def array_of(value: Any, info: Any, name: str) -> np.ndarray:
    """Returns the array of a value of JSON.

    Args:
        value: Numbers, strings, or lists of them of any depth.
        info: The `TensorInfo`, of which the dtype is used; the graph checks the shape.
        name: Name of the tensor, for the message.

    Raises:
        ServingError: If lists are ragged, or a value is of another type or out of range.
    """
    dtype = dtype_of(info.dtype)
    try:
        array = np.array(_decoded(value) if dtype.kind == "O" else value)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise _invalid(f"{name}: the value is not a tensor of one shape: {error}") from error
    if array.size == 0 and array.dtype.kind == "f":
        return array.astype(dtype)
    if dtype.kind == "O":
        if array.dtype.kind != "S":
            raise _invalid(f"{name}: strings are expected.")
        return np.array(_decoded(value), object)
    if array.dtype.kind not in _ACCEPTED[dtype.kind]:
        kind = "null, objects or huge numbers" if array.dtype.kind == "O" else array.dtype.name
        raise _invalid(f"{name}: the values are not of the expected type {dtype}, but {kind}.")
    if dtype.kind in "iu" and array.size:
        limits = np.iinfo(dtype)
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise _invalid(f"{name}: a value is out of the range of {dtype}.")
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def answer_of(outputs: Mapping[str, np.ndarray], rows: bool) -> dict[str, Any]:
    """Returns the JSON of an answer in the form of its request."""
    values = {name: _json(name, array) for name, array in outputs.items()}
    if len(values) == 1:
        [only] = values.values()
        return {"predictions" if rows else "outputs": only}
    if not rows:
        return {"outputs": values}
    each = zip(*values.values(), strict=True)
    return {"predictions": [dict(zip(values, row, strict=True)) for row in each]}


def _columns(instances: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(instances, list) or not instances:
        raise _invalid("'instances' is a list of at least one example.")
    if not all(isinstance(row, dict) and row.keys() != {"b64"} for row in instances):
        return _only(instances, tensors)
    if any(row.keys() != instances[0].keys() for row in instances):
        raise _invalid("All 'instances' have the same names.")
    return {name: [row[name] for row in instances] for name in instances[0]}


def _only(value: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
    if len(tensors) != 1:
        raise _invalid(f"The inputs are given by name: {', '.join(sorted(tensors))}.")
    return dict.fromkeys(tensors, value)


def _decoded(value: Any) -> Any:
    """Returns the value with strings, also those in base64, as bytes."""
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    if isinstance(value, dict) and value.keys() == {"b64"}:
        return base64.b64decode(value["b64"], validate=True)
    return value.encode() if isinstance(value, str) else value


def _json(name: str, array: np.ndarray) -> Any:
    if array.dtype.kind != "O":
        return array.tolist()

    def text(value: Any) -> Any:
        if isinstance(value, list):
            return [text(each) for each in value]
        if name.endswith("_bytes"):  # As TensorFlow Serving tells what is binary.
            return {"b64": base64.b64encode(value).decode()}
        return value.decode(errors="replace")

    return text(array.tolist())


def _invalid(message: str) -> ServingError:
    return ServingError(message, INVALID_ARGUMENT)
