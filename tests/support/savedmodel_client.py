"""Answers of a SavedModel as a TensorFlow server would give them: from C++, in its own process."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

RUNNER = Path(__file__).with_name("savedmodel_runner.py")
# A server is alone with its model: no accelerator that the tests' process may hold already.
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}


def run_signatures(
    export_dir: str | os.PathLike[str],
    requests: Sequence[tuple[str, Mapping[str, np.ndarray]]],
) -> list[dict[str, np.ndarray]]:
    """Loads an export in a process without TensorFlow's Python and runs each request there.

    Args:
        export_dir: The folder that holds saved_model.pb.
        requests: Pairs of a signature's name and its inputs by name, which are float32, int32,
            int64, uint8 or bool arrays of the signature's dtypes, or objects of bytes for strings.
            With none, the export is loaded.

    Returns:
        For each request, the signature's outputs by name.

    Raises:
        FileNotFoundError: There is no saved_model.pb.
        ValueError: A request does not fit the export's signatures.
        RuntimeError: The export does not load, or a signature does not run; with C++'s message.
    """
    signatures = _read_signatures(export_dir)
    runs, arrays = [], {}
    for number, (name, inputs) in enumerate(requests):
        if name not in signatures:
            near = difflib.get_close_matches(name, signatures, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"no signature {name!r}, there are {sorted(signatures)}{hint}")
        signature = signatures[name]
        if inputs.keys() != signature.inputs.keys():
            allowed = sorted(signature.inputs)
            raise ValueError(f"{name!r} takes the inputs {allowed}, not {sorted(inputs)}")
        for key, info in signature.inputs.items():
            dtype = np.dtype(tf.as_dtype(info.dtype).as_numpy_dtype).name
            if inputs[key].dtype.name != dtype:
                raise ValueError(f"{name!r}: {key!r} must be {dtype}, not {inputs[key].dtype.name}")
            arrays[f"{number}/{info.name}"] = inputs[key]
        feeds = [info.name for info in signature.inputs.values()]
        fetches = {key: info.name for key, info in signature.outputs.items()}
        runs.append({"signature": name, "feeds": feeds, "fetches": fetches})

    with tempfile.TemporaryDirectory() as folder:
        request = {"export_dir": str(Path(export_dir).absolute()), "runs": runs}
        Path(folder, "request.json").write_text(json.dumps(request))
        np.savez(Path(folder, "inputs.npz"), **arrays)
        process = subprocess.run(
            [sys.executable, RUNNER, folder],
            env={**os.environ, **ENVIRONMENT},
            stderr=subprocess.PIPE,
            text=True,
        )
        if process.returncode:
            error = Path(folder, "error.txt")
            crash = f"the process ended with status {process.returncode}: {process.stderr[-2000:]}"
            raise RuntimeError(error.read_text() if error.exists() else crash)
        with np.load(Path(folder, "outputs.npz"), allow_pickle=True) as outputs:
            return [
                {key: outputs[f"{number}/{key}"] for key in run["fetches"]}
                for number, run in enumerate(runs)
            ]


def _read_signatures(export_dir: str | os.PathLike[str]) -> Mapping[str, SignatureDef]:
    """The signatures by name, of the graph that servers load."""
    model = SavedModel.FromString(Path(export_dir, "saved_model.pb").read_bytes())
    [graph] = [graph for graph in model.meta_graphs if "serve" in graph.meta_info_def.tags]
    return graph.signature_def
