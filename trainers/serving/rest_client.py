"""A client of the REST API."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import requests

from tfgan_it.errors import one_line

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

_DTYPES = {
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_INT32": "int32",
    "DT_UINT8": "uint8",
    "DT_INT64": "int64",
    "DT_BOOL": "bool",
    "DT_STRING": "object",
}
_TRY_AGAIN = (429, 502, 503, 504)


class RestClient:
    """A client that may be used by several threads; each keeps a connection of its own.

    Args:
        target: `http://HOST:PORT`, also with a path behind which a proxy has the server.
        deadline: Seconds for a request with all its attempts.
    """

    def __init__(self, target: str, deadline: float = 10.0) -> None:
        self.target, self.deadline = target.rstrip("/"), deadline
        self._of_thread = threading.local()
        self._signatures: dict[ModelSpec, Signatures] = {}

    def versions(self, name: str) -> Versions:
        """Returns state and error of each version of a model."""
        found = self._call(_path(ModelSpec(name)))
        try:
            return {
                int(each["version"]): (each["state"], each["status"].get("error_message", ""))
                for each in found["model_version_status"]
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise unexpected_answer(self.target, one_line(error)) from error

    def signatures(self, spec: ModelSpec) -> Signatures:
        """Returns the signatures of a version by name."""
        found = self._call(f"{_path(spec)}/metadata")
        try:
            signatures = found["metadata"]["signature_def"]["signature_def"]
            return {
                name: Signature(_specs(each["inputs"]), _specs(each["outputs"]))
                for name, each in signatures.items()
                if not name.startswith("__")
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise unexpected_answer(self.target, one_line(error)) from error

    def predict(
        self,
        spec: ModelSpec,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
    ) -> Outputs:
        """Returns the outputs of a signature by name; see `GrpcClient.predict`.

        All outputs travel: the API cannot be asked for some of them.
        """
        if spec not in self._signatures:
            self._signatures[spec] = self.signatures(spec)
        specs = self._signatures[spec][signature].outputs
        body = {"signature_name": signature, "inputs": {k: _json(x) for k, x in inputs.items()}}
        found = self._call(f"{_path(spec)}:predict", json.dumps(body).encode())
        try:
            values = found["outputs"]
            if len(specs) == 1:  # The API leaves the name out.
                values = dict.fromkeys(specs, values)
            return {name: _array(values[name], specs[name]) for name in outputs or specs}
        except (KeyError, TypeError, ValueError) as error:
            raise unexpected_answer(self.target, one_line(error)) from error

    def close(self) -> None:
        """Closes the connection of this thread."""
        if hasattr(self._of_thread, "session"):
            self._of_thread.session.close()

    def _call(self, path: str, body: bytes | None = None) -> Any:
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = requests.Session()
        session: requests.Session = self._of_thread.session

        def attempt(seconds: float) -> Any:
            try:
                response = session.request(
                    "GET" if body is None else "POST",
                    self.target + path,
                    data=body,
                    headers={"Content-Type": "application/json"},
                    timeout=seconds,
                )
                content = response.json()
            except requests.JSONDecodeError as error:
                if response.status_code in _TRY_AGAIN:
                    message = f"{self.target} answers {response.status_code} {response.reason}"
                    raise UnavailableError(message) from error
                raise unexpected_answer(
                    self.target, f"HTTP {response.status_code}, not JSON"
                ) from error
            except requests.Timeout as error:
                raise no_answer(self.target, self.deadline) from error
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
                if "BadStatusLine" in repr(error):
                    raise unexpected_answer(self.target, "no HTTP; is it gRPC's port?") from error
                raise UnavailableError(f"{self.target} is not reached: {_reason(error)}") from error
            except requests.RequestException as error:  # Such as a URL that is none.
                raise ValueError(f"{self.target}: {one_line(error)}") from error
            return self._checked(response, content)

        return until_deadline(attempt, self.deadline)

    def _checked(self, response: requests.Response, content: Any) -> Any:
        """Returns the content of an answer, or raises the error that it tells."""
        if response.ok:
            return content
        details = one_line(content.get("error") if isinstance(content, dict) else content)
        if response.status_code in _TRY_AGAIN:
            raise UnavailableError(f"{self.target} answers {response.status_code}: {details}")
        if response.status_code == 404:
            raise NotServedError(f"{self.target}: {details}")
        raise ValueError(
            f"{self.target} refuses the request (HTTP {response.status_code}): {details}"
        )


def _path(spec: ModelSpec) -> str:
    path = f"/v1/models/{quote(spec.name, safe='')}"
    if spec.version is not None:
        return f"{path}/versions/{spec.version}"
    return f"{path}/labels/{quote(spec.label, safe='')}" if spec.label is not None else path


def _specs(tensors: Mapping[str, Any]) -> dict[str, TensorSpec]:
    return {
        name: TensorSpec(
            np.dtype(_DTYPES[info["dtype"]]),
            tuple(
                None if int(each["size"]) < 0 else int(each["size"])
                for each in info["tensor_shape"].get("dim", [])
            ),
        )
        for name, info in sorted(tensors.items())
    }


def _json(array: np.ndarray) -> Any:
    if array.dtype.kind != "O":
        return array.tolist()
    return [{"b64": base64.b64encode(value).decode()} for value in array]


def _array(value: Any, spec: TensorSpec) -> np.ndarray:
    """Returns the array of a value of JSON, of which an empty one has lost its shape."""
    if spec.dtype.kind == "O":
        return np.array([_bytes(each) for each in value], object)
    array = np.array(value, spec.dtype)
    return array.reshape([size or 0 for size in spec.shape]) if array.size == 0 else array


def _bytes(value: Any) -> bytes:
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value.encode()


def _reason(error: Exception) -> str:
    """Returns the innermost reason, such as `Connection refused`, without the nest of objects."""
    cause: Any = error
    while isinstance(inner := getattr(cause, "reason", None) or cause.__context__, Exception):
        cause = inner
    return one_line(getattr(cause, "strerror", None) or cause)
