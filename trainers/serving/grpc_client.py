"""A client of the gRPC API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
import numpy as np

from tfgan_it.errors import one_line

from .messages import (
    dtype_of,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    to_array,
    to_proto,
)
from .retries import NotServedError, UnavailableError, no_answer, until_deadline
from .signatures import (
    ModelSpec,
    Outputs,
    Signature,
    Signatures,
    TensorSpec,
    Versions,
    unexpected_answer,
)

_OPTIONS = [
    ("grpc.max_receive_message_length", -1),  # Of any size.
    ("grpc.max_send_message_length", -1),
    # Connects again as soon as `until_deadline` asks, not only after a second.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
]


class GrpcClient:
    """A client that may be used by several threads.

    Args:
        target: `HOST:PORT`.
        deadline: Seconds for a request with all its attempts.
    """

    def __init__(self, target: str, deadline: float = 10.0) -> None:
        self.target, self.deadline = target, deadline
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def versions(self, name: str) -> Versions:
        """Returns state and error of each version of a model."""
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = name
        response = self._call(self._models.GetModelStatus, request)
        state = get_model_status_pb2.ModelVersionStatus.State.Name
        return {
            each.version: (state(each.state), each.status.error_message)
            for each in response.model_version_status
        }

    def signatures(self, spec: ModelSpec) -> Signatures:
        """Returns the signatures of a version by name."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        _fill(request.model_spec, spec)
        response = self._call(self._prediction.GetModelMetadata, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        if not response.metadata["signature_def"].Unpack(signatures):
            raise unexpected_answer(self.target, "it describes no signatures")
        return {
            name: Signature(_specs(each.inputs), _specs(each.outputs))
            for name, each in signatures.signature_def.items()
        }

    def predict(
        self,
        spec: ModelSpec,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
    ) -> Outputs:
        """Returns the outputs of a signature by name.

        Args:
            spec: Model and version.
            signature: Name of the signature.
            inputs: Its inputs by name.
            outputs: Names of the outputs; none for all.

        Raises:
            TimeoutError: If there is no answer before the deadline.
            ValueError: If the server refuses the request.
        """
        return self.predict_with_version(spec, signature, inputs, outputs)[1]

    def predict_with_version(
        self,
        spec: ModelSpec,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
    ) -> tuple[int, Outputs]:
        """Returns the version that answered, as the server says, and the outputs of `predict`."""
        request = predict_pb2.PredictRequest(output_filter=outputs)
        _fill(request.model_spec, spec)
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(to_proto(array))
        response = self._call(self._prediction.Predict, request)
        arrays = {name: to_array(proto) for name, proto in response.outputs.items()}
        return response.model_spec.version.value, arrays

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        def attempt(seconds: float) -> Any:
            try:
                return method(request, timeout=seconds)
            except grpc.RpcError as error:
                raise self._explained(error) from error

        return until_deadline(attempt, self.deadline)

    def _explained(self, error: Any) -> Exception:
        code, details = error.code(), one_line(error.details())
        match code:
            case grpc.StatusCode.UNAVAILABLE if "parsing HTTP/2" in details:
                return unexpected_answer(
                    self.target, f"no gRPC; if it is the port of REST, give http://{self.target}"
                )
            case grpc.StatusCode.UNAVAILABLE:
                return UnavailableError(f"{self.target} is not reached: {details}")
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return no_answer(self.target, self.deadline)
            case grpc.StatusCode.NOT_FOUND:
                return NotServedError(f"{self.target}: {details}")
            case grpc.StatusCode.UNIMPLEMENTED:
                return unexpected_answer(self.target, details)
            case _:
                return ValueError(f"{self.target} refuses the request ({code.name}): {details}")


def _fill(message: Any, spec: ModelSpec) -> None:
    message.name = spec.name
    if spec.version is not None:
        message.version.value = spec.version
    elif spec.label is not None:
        message.version_label = spec.label


def _specs(tensors: Mapping[str, Any]) -> dict[str, TensorSpec]:
    return {
        name: TensorSpec(
            dtype_of(info.dtype),
            tuple(None if each.size < 0 else each.size for each in info.tensor_shape.dim),
        )
        for name, info in sorted(tensors.items())
    }
