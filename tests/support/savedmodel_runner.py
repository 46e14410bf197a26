"""Runs signatures of a SavedModel only by TensorFlow's C++: python savedmodel_runner.py FOLDER

TensorFlow Serving loads an export with `tensorflow::LoadSavedModel` and runs it in a session;
`TF_LoadSessionFromSavedModel` and `TF_SessionRun` reach the same code. FOLDER holds request.json
and inputs.npz of `savedmodel_client`; added are outputs.npz, or error.txt and exit status 1.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import sys
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path

import numpy as np

DTYPES = {  # TF_DataType, tensorflow/c/tf_datatype.h
    1: np.dtype(np.float32),
    3: np.dtype(np.int32),
    4: np.dtype(np.uint8),
    9: np.dtype(np.int64),
    10: np.dtype(np.bool_),
}
CODES = {dtype: code for code, dtype in DTYPES.items()}
KNOWN = ", ".join(map(str, CODES))


class Output(ctypes.Structure):
    """TF_Output: one of the tensors that an operation of a graph produces."""

    _fields_ = [("operation", c_void_p), ("index", c_int)]


VALUES = [POINTER(Output), POINTER(c_void_p), c_int]  # tensors' places, the tensors, their number
PROTOTYPES = {  # name: [result, *arguments], tensorflow/c/{c_api,tf_status,tf_tensor}.h
    "TF_NewStatus": [c_void_p],
    "TF_GetCode": [c_int, c_void_p],
    "TF_Message": [c_char_p, c_void_p],
    "TF_NewGraph": [c_void_p],
    "TF_NewSessionOptions": [c_void_p],
    "TF_LoadSessionFromSavedModel": [c_void_p, c_void_p, c_void_p, c_char_p]
    + [POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p],
    "TF_GraphOperationByName": [c_void_p, c_void_p, c_char_p],
    "TF_SessionRun": [None, c_void_p, c_void_p, *VALUES, *VALUES]
    + [POINTER(c_void_p), c_int, c_void_p, c_void_p],
    "TF_AllocateTensor": [c_void_p, c_int, POINTER(c_int64), c_int, c_size_t],
    "TF_DeleteTensor": [None, c_void_p],
    "TF_TensorData": [c_void_p, c_void_p],
    "TF_TensorType": [c_int, c_void_p],
    "TF_NumDims": [c_int, c_void_p],
    "TF_Dim": [c_int64, c_void_p, c_int],
    # tensorflow::DisableXlaCompilation(), which TensorFlow Serving's main() calls by default.
    "_ZN10tensorflow21DisableXlaCompilationEv": [None],
}


def load_library() -> ctypes.CDLL:
    """The C++ library of the installed wheel; finding it runs none of the wheel's Python."""
    [package] = importlib.util.find_spec("tensorflow").submodule_search_locations
    library = ctypes.CDLL(str(Path(package, "libtensorflow_cc.so.2")))
    for name, (result, *arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Session:
    """The `serve` graph of an export, ready to run. What it holds lives as long as the process."""

    def __init__(self, export_dir: str):
        self.tf = load_library()
        self.tf._ZN10tensorflow21DisableXlaCompilationEv()
        self.status = self.tf.TF_NewStatus()
        self.graph = self.tf.TF_NewGraph()
        options, tags = self.tf.TF_NewSessionOptions(), (c_char_p * 1)(b"serve")
        self.session = self.tf.TF_LoadSessionFromSavedModel(
            options, None, export_dir.encode(), tags, 1, self.graph, None, self.status
        )
        self.raise_for_status()

    def raise_for_status(self) -> None:
        if self.tf.TF_GetCode(self.status):
            raise RuntimeError(self.tf.TF_Message(self.status).decode())

    def place(self, name: str) -> Output:
        """Where the graph has the tensor `OPERATION:INDEX`."""
        operation_name, _, index = name.rpartition(":")
        operation = self.tf.TF_GraphOperationByName(self.graph, operation_name.encode())
        if not operation:
            raise RuntimeError(f"no operation of the graph makes the tensor {name!r}")
        return Output(operation, int(index))

    def to_tensor(self, array: np.ndarray) -> int:
        """A new TF_Tensor with the array's values."""
        if array.dtype not in CODES:
            raise RuntimeError(f"cannot feed {array.dtype}, only {KNOWN}")
        array = np.asarray(array, order="C")
        shape = (c_int64 * array.ndim)(*array.shape)
        tensor = self.tf.TF_AllocateTensor(CODES[array.dtype], shape, array.ndim, array.nbytes)
        ctypes.memmove(self.tf.TF_TensorData(tensor), array.ctypes.data, array.nbytes)
        return tensor

    def to_array(self, tensor: int) -> np.ndarray:
        """A new array with the TF_Tensor's values."""
        code = self.tf.TF_TensorType(tensor)
        if code not in DTYPES:
            raise RuntimeError(f"cannot fetch TF_DataType {code}, only {KNOWN}")
        shape = [self.tf.TF_Dim(tensor, axis) for axis in range(self.tf.TF_NumDims(tensor))]
        array = np.empty(shape, DTYPES[code])
        ctypes.memmove(array.ctypes.data, self.tf.TF_TensorData(tensor), array.nbytes)
        return array

    def run(self, feeds: dict[str, np.ndarray], fetches: list[str]) -> list[np.ndarray]:
        """The values of the tensors `fetches`, given those of the tensors `feeds`."""
        inputs = (Output * len(feeds))(*map(self.place, feeds))
        outputs = (Output * len(fetches))(*map(self.place, fetches))
        fed = (c_void_p * len(feeds))(*map(self.to_tensor, feeds.values()))
        fetched = (c_void_p * len(fetches))()
        values = (inputs, fed, len(fed), outputs, fetched, len(fetched))
        self.tf.TF_SessionRun(self.session, None, *values, None, 0, None, self.status)
        self.raise_for_status()
        arrays = [self.to_array(tensor) for tensor in fetched]
        for tensor in (*fed, *fetched):
            self.tf.TF_DeleteTensor(tensor)
        return arrays


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text())
    arrays, results = np.load(folder / "inputs.npz"), {}
    try:
        step = "load"
        session = Session(request["export_dir"])
        for number, run in enumerate(request["runs"]):
            step = run["signature"]
            feeds = {name: arrays[f"{number}/{name}"] for name in run["feeds"]}
            fetched = session.run(feeds, list(run["fetches"].values()))
            for name, array in zip(run["fetches"], fetched, strict=True):
                results[f"{number}/{name}"] = array
    except RuntimeError as error:
        (folder / "error.txt").write_text(f"{step}: {error}")
        sys.exit(1)
    np.savez(folder / "outputs.npz", **results)
    assert not {"tensorflow", "keras"} & sys.modules.keys()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
