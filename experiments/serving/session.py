"""Sessions of SavedModels in TensorFlow's C++, without TensorFlow's Python.

TensorFlow Serving loads an export with `tensorflow::LoadSavedModel` and runs it in a session;
`TF_LoadSessionFromSavedModel` and `TF_SessionRun` reach the same code. Only NumPy and the standard
library are imported here.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

STRING = 7
DTYPES: dict[int, np.dtype[Any]] = {  # TF_DataType, tensorflow/c/tf_datatype.h
    1: np.dtype(np.float32),
    3: np.dtype(np.int32),
    4: np.dtype(np.uint8),
    STRING: np.dtype(object),  # Of bytes.
    9: np.dtype(np.int64),
    10: np.dtype(np.bool_),
}
CODES = {dtype: code for code, dtype in DTYPES.items()}
KNOWN = "float32, int32, uint8, string, int64, bool"
_STRING_SIZE = 24  # Bytes of a TF_TString, tensorflow/core/platform/ctstring.h


class Output(ctypes.Structure):
    """TF_Output: one of the tensors that an operation of a graph produces."""

    _fields_ = [("operation", c_void_p), ("index", c_int)]


VALUES = [POINTER(Output), POINTER(c_void_p), c_int]  # tensors' places, the tensors, their number
PROTOTYPES: dict[str, list[Any]] = {  # name: [result, *arguments], tensorflow/c/*.h
    "TF_NewStatus": [c_void_p],
    "TF_DeleteStatus": [None, c_void_p],
    "TF_GetCode": [c_int, c_void_p],
    "TF_Message": [c_char_p, c_void_p],
    "TF_NewGraph": [c_void_p],
    "TF_DeleteGraph": [None, c_void_p],
    "TF_NewSessionOptions": [c_void_p],
    "TF_DeleteSessionOptions": [None, c_void_p],
    "TF_LoadSessionFromSavedModel": [c_void_p, c_void_p, c_void_p, c_char_p]
    + [POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p],
    "TF_CloseSession": [None, c_void_p, c_void_p],
    "TF_DeleteSession": [None, c_void_p, c_void_p],
    "TF_GraphOperationByName": [c_void_p, c_void_p, c_char_p],
    "TF_SessionRun": [None, c_void_p, c_void_p, *VALUES, *VALUES]
    + [POINTER(c_void_p), c_int, c_void_p, c_void_p],
    "TF_AllocateTensor": [c_void_p, c_int, POINTER(c_int64), c_int, c_size_t],
    "TF_DeleteTensor": [None, c_void_p],
    "TF_TensorData": [c_void_p, c_void_p],
    "TF_TensorType": [c_int, c_void_p],
    "TF_NumDims": [c_int, c_void_p],
    "TF_Dim": [c_int64, c_void_p, c_int],
    "TF_StringInit": [None, c_void_p],
    "TF_StringCopy": [None, c_void_p, c_char_p, c_size_t],
    "TF_StringGetDataPointer": [c_void_p, c_void_p],
    "TF_StringGetSize": [c_size_t, c_void_p],
    # tensorflow::DisableXlaCompilation(), which TensorFlow Serving's main() calls by default.
    "_ZN10tensorflow21DisableXlaCompilationEv": [None],
}


class ServingError(RuntimeError):
    """What TensorFlow's C++ says; `code` is a TF_Code, which are those of gRPC."""

    def __init__(self, message: str, code: int = 13) -> None:
        super().__init__(message)
        self.code = code


@functools.cache
def load_library() -> ctypes.CDLL:
    """Returns the C++ library of the installed wheel, without running the wheel's Python."""
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("There is no package tensorflow.")
    library = ctypes.CDLL(str(Path(spec.submodule_search_locations[0], "libtensorflow_cc.so.2")))
    for name, (result, *arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library._ZN10tensorflow21DisableXlaCompilationEv()
    return library


class Session:
    """The `serve` graph of an export, ready to run from any number of threads.

    Args:
        export_dir: The folder that holds saved_model.pb.

    Raises:
        ServingError: If it does not load.
    """

    def __init__(self, export_dir: str) -> None:
        self.tf = load_library()
        self.graph = self.tf.TF_NewGraph()
        options, tags = self.tf.TF_NewSessionOptions(), (c_char_p * 1)(b"serve")
        try:
            with self._status() as status:
                self.session = self.tf.TF_LoadSessionFromSavedModel(
                    options, None, export_dir.encode(), tags, 1, self.graph, None, status
                )
        except ServingError:
            self.tf.TF_DeleteGraph(self.graph)
            raise
        finally:
            self.tf.TF_DeleteSessionOptions(options)

    def close(self) -> None:
        """Frees the session, whose runs must have ended."""
        with self._status() as status:
            self.tf.TF_CloseSession(self.session, status)
        with self._status() as status:
            self.tf.TF_DeleteSession(self.session, status)
        self.tf.TF_DeleteGraph(self.graph)

    def run(self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str]) -> list[np.ndarray]:
        """Returns the values of the tensors `fetches`, given those of the tensors `feeds`.

        Raises:
            ServingError: If C++ refuses them.
        """
        inputs = (Output * len(feeds))(*map(self._place, feeds))
        outputs = (Output * len(fetches))(*map(self._place, fetches))
        fetched = (c_void_p * len(fetches))()
        fed = (c_void_p * len(feeds))()
        try:
            for index, array in enumerate(feeds.values()):
                fed[index] = self._to_tensor(array)
            values = (inputs, fed, len(fed), outputs, fetched, len(fetched))
            with self._status() as status:
                self.tf.TF_SessionRun(self.session, None, *values, None, 0, None, status)
            return [self._to_array(tensor) for tensor in fetched if tensor is not None]
        finally:
            for tensor in filter(None, (*fed, *fetched)):
                self.tf.TF_DeleteTensor(tensor)

    @contextlib.contextmanager
    def _status(self) -> Iterator[int]:
        """Yields a TF_Status, and raises at the end what was written to it."""
        status = self.tf.TF_NewStatus()
        try:
            yield status
            if code := self.tf.TF_GetCode(status):
                raise ServingError(self.tf.TF_Message(status).decode(errors="replace"), code)
        finally:
            self.tf.TF_DeleteStatus(status)

    def _place(self, name: str) -> Output:
        """Returns where the graph has the tensor `OPERATION:INDEX`."""
        operation_name, _, index = name.rpartition(":")
        operation = self.tf.TF_GraphOperationByName(self.graph, operation_name.encode())
        if not operation:
            raise ServingError(f"no operation of the graph makes the tensor {name!r}")
        return Output(operation, int(index))

    def _to_tensor(self, array: np.ndarray) -> int:
        """Returns a new TF_Tensor with the array's values."""
        if array.dtype not in CODES:
            raise ServingError(f"cannot feed {array.dtype}, only {KNOWN}")
        array = np.asarray(array, order="C")
        code = CODES[array.dtype]
        shape = (c_int64 * array.ndim)(*array.shape)
        size = array.size * _STRING_SIZE if code == STRING else array.nbytes
        tensor = self.tf.TF_AllocateTensor(code, shape, array.ndim, size)
        data = self.tf.TF_TensorData(tensor)
        if code != STRING:
            ctypes.memmove(data, array.ctypes.data, array.nbytes)
            return tensor
        for index, text in enumerate(array.flat):
            self.tf.TF_StringInit(data + index * _STRING_SIZE)
            self.tf.TF_StringCopy(data + index * _STRING_SIZE, text, len(text))
        return tensor

    def _to_array(self, tensor: int) -> np.ndarray:
        """Returns a new array with the TF_Tensor's values."""
        code = self.tf.TF_TensorType(tensor)
        if code not in DTYPES:
            raise ServingError(f"cannot fetch TF_DataType {code}, only {KNOWN}")
        shape = [self.tf.TF_Dim(tensor, axis) for axis in range(self.tf.TF_NumDims(tensor))]
        array, data = np.empty(shape, DTYPES[code]), self.tf.TF_TensorData(tensor)
        if code != STRING:
            ctypes.memmove(array.ctypes.data, data, array.nbytes)
            return array
        for index in range(array.size):
            text = data + index * _STRING_SIZE
            start, size = self.tf.TF_StringGetDataPointer(text), self.tf.TF_StringGetSize(text)
            array.flat[index] = ctypes.string_at(start, size)
        return array
