"""The gRPC services: PredictionService.Predict and GetModelMetadata, ModelService."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc

from experiments.serving.model_server import ModelServer
from experiments.serving.servable import INVALID_ARGUMENT, NOT_FOUND, Servable
from experiments.serving.served_model import ServedModel
from experiments.serving.session import ServingError
from trainers.serving.messages import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    to_array,
    to_proto,
)

STATUS = {code.value[0]: code for code in grpc.StatusCode}
_ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class _Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, server: ModelServer) -> None:
        self._server = server

    def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context), used(self._server, request.model_spec) as (number, servable):
            try:
                inputs = {name: to_array(proto) for name, proto in request.inputs.items()}
            except ValueError as error:
                raise ServingError(str(error), INVALID_ARGUMENT) from error
            name = request.model_spec.signature_name
            outputs = servable.predict(name, inputs, request.output_filter)
            response = predict_pb2.PredictResponse()
            for key, array in outputs.items():
                response.outputs[key].CopyFrom(to_proto(array))
            _describe(response.model_spec, request.model_spec.name, number, name)
            return response

    def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context), used(self._server, request.model_spec) as (number, servable):
            if list(request.metadata_field) != ["signature_def"]:
                message = "Metadata field must be signature_def"
                raise ServingError(message, INVALID_ARGUMENT)
            response = get_model_metadata_pb2.GetModelMetadataResponse()
            _describe(response.model_spec, request.model_spec.name, number, "")
            response.metadata["signature_def"].Pack(signature_map(servable))
            return response


class _Models(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, server: ModelServer) -> None:
        self._server = server

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context):
            spec = request.model_spec
            version = spec.version.value if spec.HasField("version") else None
            return status(self._server.model(spec.name), version)

    def HandleReloadConfigRequest(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context):
            self._server.configure(request.config)
            return model_management_pb2.ReloadConfigResponse()


def start(server: ModelServer, address: str, workers: int = 16) -> tuple[grpc.Server, int]:
    """Starts the services; returns them and their port, which is chosen if it is 0."""
    services = grpc.server(futures.ThreadPoolExecutor(workers), options=_ANY_SIZE)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        _Prediction(server), services
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_Models(server), services)
    port = services.add_insecure_port(address)
    services.start()
    return services, port


@contextlib.contextmanager
def used(server: ModelServer, spec: Any) -> Iterator[tuple[int, Servable]]:
    """Yields the version that a `ModelSpec` asks for; see `ServedModel.use`."""
    version = spec.version.value if spec.HasField("version") else None
    with server.model(spec.name).use(version, spec.version_label) as used:
        yield used


def status(model: ServedModel, version: int | None = None) -> Any:
    """Returns the `GetModelStatusResponse` of all versions, or of one.

    Raises:
        ServingError: If there is no such version.
    """
    response = get_model_status_pb2.GetModelStatusResponse()
    states = model.states()
    if version is not None and version not in states:
        message = f"Could not find version {version} of model {model.config.name}"
        raise ServingError(message, NOT_FOUND)
    for number, (state, code, message) in sorted(states.items(), reverse=True):
        if version in (None, number):
            each = response.model_version_status.add(version=number, state=state)
            each.status.error_code, each.status.error_message = code, message
    return response


def signature_map(servable: Servable) -> Any:
    """Returns the `SignatureDefMap` of a version."""
    signatures = get_model_metadata_pb2.SignatureDefMap()
    for name, signature in servable.signatures.items():
        signatures.signature_def[name].CopyFrom(signature)
    return signatures


def _describe(spec: Any, name: str, version: int, signature: str) -> None:
    spec.name, spec.version.value = name, version
    spec.signature_name = signature or "serving_default"


@contextlib.contextmanager
def _answering(context: grpc.ServicerContext) -> Iterator[None]:
    try:
        yield
    except ServingError as error:
        context.abort(STATUS.get(error.code, grpc.StatusCode.UNKNOWN), str(error))
