"""Serves a signature in Triton, by its Python backend, over TensorFlow's C++ loader.

PYTRITON -m experiments.serving.triton SPECIFICATION.json

PYTRITON is the Python of an environment of its own that has nvidia-pytriton, whose NumPy and
protobuf are older than TensorFlow's. The specification, which `specification` writes, says where
TensorFlow is, of which only the C++ library is loaded. Batches are merged by Triton.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def specification(export: Path, signature: str, http_port: int) -> dict[str, Any]:
    """Returns what the server needs to know of a signature.

    Args:
        export: Folder `NAME/VERSION`.
        signature: Name of the signature.
        http_port: Port of Triton's REST API; the next two are those of gRPC and metrics.
    """
    import importlib.util

    from experiments.serving.servable import read_signatures
    from trainers.serving.messages import dtype_of

    spec = importlib.util.find_spec("tensorflow")
    assert spec is not None and spec.origin is not None
    found = read_signatures(export)[signature]

    def tensors(infos: Any) -> dict[str, Any]:
        return {
            name: [info.name, dtype_of(info.dtype).name, [d.size for d in info.tensor_shape.dim]]
            for name, info in infos.items()
        }

    return {
        "export": str(export.absolute()),
        "signature": signature,
        "packages": str(Path(spec.origin).parents[1]),
        "http_port": http_port,
        "inputs": tensors(found.inputs),
        "outputs": tensors(found.outputs),
    }


def main(path: str) -> None:
    """Serves until it is interrupted."""
    from pytriton.decorators import batch
    from pytriton.model_config import ModelConfig, Tensor
    from pytriton.triton import Triton, TritonConfig

    spec = json.loads(Path(path).read_text())
    sys.path.append(spec["packages"])  # Last: its NumPy is another one.
    from experiments.serving.session import Session

    session = Session(spec["export"])

    @batch
    def infer(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        feeds = {
            name: inputs[key].reshape(-1, *shape[1:])
            for key, (name, _, shape) in spec["inputs"].items()
        }
        arrays = session.run(feeds, [name for name, *_ in spec["outputs"].values()])
        # Triton knows no tensor that has only the axis of the batch.
        columns = [array[:, None] if array.ndim == 1 else array for array in arrays]
        return dict(zip(spec["outputs"], columns, strict=True))

    def tensors(named: dict[str, Any]) -> list[Any]:
        return [
            Tensor(name=key, dtype=np.dtype(dtype), shape=tuple(shape[1:]) or (1,))
            for key, (_, dtype, shape) in named.items()
        ]

    ports = {"http_port": spec["http_port"], "grpc_port": spec["http_port"] + 1}
    ports["metrics_port"] = spec["http_port"] + 2
    config = TritonConfig(http_address="127.0.0.1", grpc_address="127.0.0.1", **ports)
    with Triton(config=config) as triton:
        triton.bind(
            model_name=spec["signature"],
            infer_func=infer,
            inputs=tensors(spec["inputs"]),
            outputs=tensors(spec["outputs"]),
            config=ModelConfig(max_batch_size=64),
        )
        triton.serve()


if __name__ == "__main__":
    main(sys.argv[1])
