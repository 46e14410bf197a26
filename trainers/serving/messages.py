"""The messages of TensorFlow Serving and of tensors, without an import of TensorFlow's Python."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfgan_it.errors import missing_package


@contextlib.contextmanager
def tensorflow_unexecuted() -> Iterator[None]:
    """Makes `tensorflow.core...` importable without the seconds of `import tensorflow`.

    The messages are generated modules below a package whose `__init__` loads all of TensorFlow.
    Its place is taken for the length of the block; a later `import tensorflow` is a whole one.

    Raises:
        ImportError: If TensorFlow is not installed.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("The messages of TensorFlow Serving need the package tensorflow.")
    package = types.ModuleType("tensorflow")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["tensorflow"] = package
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


try:
    with tensorflow_unexecuted():
        from tensorflow.core.framework import tensor_pb2, types_pb2
        from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
        from tensorflow_serving.apis import (
            get_model_metadata_pb2,
            get_model_status_pb2,
            model_management_pb2,
            model_service_pb2_grpc,
            predict_pb2,
            prediction_log_pb2,
            prediction_service_pb2_grpc,
        )
        from tensorflow_serving.config import model_server_config_pb2
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "tensorflow_serving":
        raise
    otherwise = ", or give the URL of the REST API, such as http://localhost:8501"
    raise missing_package("gRPC", "tensorflow-serving-api", "serving", otherwise) from error

__all__ = [
    "get_model_metadata_pb2",
    "get_model_status_pb2",
    "meta_graph_pb2",
    "model_management_pb2",
    "model_server_config_pb2",
    "model_service_pb2_grpc",
    "predict_pb2",
    "prediction_log_pb2",
    "prediction_service_pb2_grpc",
    "saved_model_pb2",
    "to_array",
    "to_proto",
]

_FIELDS: dict[
    int, tuple[np.dtype[Any], str]
] = {  # DataType: NumPy's dtype, and the field of a TensorProto without tensor_content.
    types_pb2.DT_FLOAT: (np.dtype(np.float32), "float_val"),
    types_pb2.DT_DOUBLE: (np.dtype(np.float64), "double_val"),
    types_pb2.DT_INT32: (np.dtype(np.int32), "int_val"),
    types_pb2.DT_UINT8: (np.dtype(np.uint8), "int_val"),
    types_pb2.DT_STRING: (np.dtype(object), "string_val"),
    types_pb2.DT_INT64: (np.dtype(np.int64), "int64_val"),
    types_pb2.DT_BOOL: (np.dtype(np.bool_), "bool_val"),
}
_TYPES = {dtype: number for number, (dtype, _) in _FIELDS.items()}
_MOST_VALUES = 2**31


def dtype_of(number: int) -> np.dtype:
    """Returns NumPy's dtype of a `DataType`; that of strings is object.

    Raises:
        ValueError: If it is not among those that a signature of this library has.
    """
    if number not in _FIELDS:
        name = types_pb2.DataType.Name(number) if number in types_pb2.DataType.values() else number
        raise ValueError(f"Tensors of {name} are not among those that can be sent.")
    return _FIELDS[number][0]


def to_proto(array: np.ndarray) -> Any:
    """Returns the TensorProto of an array; objects are strings, given as bytes.

    Raises:
        ValueError: If TensorFlow Serving has no such dtype here.
    """
    if array.dtype not in _TYPES:
        raise ValueError(f"Arrays of {array.dtype} cannot be sent.")
    proto = tensor_pb2.TensorProto(dtype=_TYPES[array.dtype])
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if array.dtype.kind == "O":
        proto.string_val.extend(array.flat)
    else:
        proto.tensor_content = np.ascontiguousarray(array).tobytes()
    return proto


def to_array(proto: Any) -> np.ndarray:
    """Returns the array of a TensorProto in either of its two forms.

    Raises:
        ValueError: If its number of values is not that of its shape, or its dtype is not known.

    Example:

    >>> to_array(to_proto(np.array([[1, 2]])))
    array([[1, 2]])
    """
    dtype = dtype_of(proto.dtype)
    shape = tuple(dimension.size for dimension in proto.tensor_shape.dim)
    size = math.prod(shape)
    if min(shape, default=0) < 0 or size > _MOST_VALUES:
        raise ValueError(f"A tensor cannot have the shape {shape}.")
    if proto.tensor_content and dtype.kind != "O":
        values = np.frombuffer(proto.tensor_content, dtype) if size else np.empty(0, dtype)
    else:
        values = np.array(list(getattr(proto, _FIELDS[proto.dtype][1])), dtype)
        if len(values) == 1:  # One value stands for all.
            values = np.repeat(values, size)
    if len(values) != size:
        raise ValueError(f"A tensor of shape {shape} has {size} values, got {len(values)}.")
    return values.reshape(shape)
