"""One loaded version of a model: its signatures, run by TensorFlow's C++."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.serving.session import ServingError, Session
from trainers.serving.messages import prediction_log_pb2, saved_model_pb2, to_array

INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION = 3, 5, 9
WARMUP = "assets.extra/tf_serving_warmup_requests"
DEFAULT = "serving_default"


class Servable:
    """One loaded version; warmed up when it is made.

    Args:
        folder: `NAME/VERSION`.

    Attributes:
        signatures: The `SignatureDef` of each signature by name.

    Raises:
        ServingError: If it does not load, or a warm-up request fails, as in TensorFlow Serving.
    """

    def __init__(self, folder: Path) -> None:
        self.signatures = read_signatures(folder)
        self._session = Session(str(folder))
        try:
            for request in warmup_requests(folder):
                inputs = {name: to_array(proto) for name, proto in request.inputs.items()}
                self.predict(request.model_spec.signature_name, inputs, request.output_filter)
        except (ServingError, ValueError) as error:
            self._session.close()
            raise ServingError(f"{WARMUP}: {error}", FAILED_PRECONDITION) from error

    def signature(self, name: str) -> Any:
        """Returns a signature.

        Raises:
            ServingError: If there is none of that name.
        """
        if (name or DEFAULT) not in self.signatures:
            message = f'Serving signature name: "{name or DEFAULT}" not found in signature def'
            raise ServingError(message, FAILED_PRECONDITION)
        return self.signatures[name or DEFAULT]

    def predict(
        self, name: str, inputs: Mapping[str, np.ndarray], outputs: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            name: Its name; `serving_default` if it is empty.
            inputs: All inputs by name.
            outputs: Names of the outputs; none for all.

        Raises:
            ServingError: If a name is unknown, or C++ refuses the inputs.
        """
        signature = self.signature(name)
        _check_names("inputs", inputs, signature.inputs, all_of_them=True)
        _check_names("output_filter", outputs, signature.outputs)
        names = list(outputs or signature.outputs)
        feeds = {signature.inputs[key].name: array for key, array in inputs.items()}
        fetches = [signature.outputs[key].name for key in names]
        return dict(zip(names, self._session.run(feeds, fetches), strict=True))

    def close(self) -> None:
        """Frees it; no request may be running."""
        self._session.close()


def read_signatures(folder: Path) -> dict[str, Any]:
    """Returns the `SignatureDef` of each signature of an export, by name.

    Raises:
        ServingError: If it has no graph to serve.
    """
    try:
        model = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
        [graph] = [graph for graph in model.meta_graphs if "serve" in graph.meta_info_def.tags]
    except Exception as error:  # protobuf's DecodeError is its own kind.
        raise ServingError(f"{folder} holds no SavedModel to serve: {error}", NOT_FOUND) from error
    signatures = graph.signature_def.items()
    return {name: each for name, each in signatures if not name.startswith("__")}


def warmup_requests(folder: Path) -> Iterator[Any]:
    """Yields the `PredictRequest`s of a TFRecord; none if there is no file."""
    if not (folder / WARMUP).exists():
        return
    content, start = (folder / WARMUP).read_bytes(), 0
    while start < len(content):  # Length, its checksum, the record, its checksum.
        (length,) = struct.unpack_from("<Q", content, start)
        record = content[start + 12 : start + 12 + length]
        yield prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        start += 16 + length


def _check_names(
    what: str, given: Mapping | Sequence, allowed: Mapping, all_of_them: bool = False
) -> None:
    extra = sorted(set(given) - set(allowed))
    missing = sorted(set(allowed) - set(given)) if all_of_them else []
    if extra or missing:
        raise ServingError(
            f"{what} do not match the signature: extra {extra}, missing {missing}, expected "
            f"{sorted(allowed)}",
            INVALID_ARGUMENT,
        )
