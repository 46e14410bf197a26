"""A client for an address: REST for a URL, gRPC for HOST:PORT."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from tfgan_it.errors import nearest_names, unknown_name

from .retries import NotServedError
from .signatures import ModelSpec, Outputs, Signature, Signatures, Versions


class Client(Protocol):
    """What both clients do; see `GrpcClient`."""

    target: str

    def versions(self, name: str) -> Versions:
        """Returns state and error of each version of a model."""

    def signatures(self, spec: ModelSpec) -> Signatures:
        """Returns the signatures of a version by name."""

    def predict(
        self,
        spec: ModelSpec,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
    ) -> Outputs:
        """Returns the outputs of a signature by name."""

    def close(self) -> None:
        """Closes the connection."""


def connect(address: str, deadline: float = 10.0) -> Client:
    """Returns the client of an address; it connects with the first request.

    Args:
        address: `http://HOST:PORT` or `https://...` for REST, `HOST:PORT` for gRPC.
        deadline: Seconds for a request with all its attempts.

    Raises:
        ValueError: If the address is neither.
        ImportError: If gRPC is asked for without `tensorflow-serving-api`.
    """
    port = re.search(r":([0-9]+)(?:/.*)?$", address)
    if port and not 0 < int(port[1]) < 65536:
        raise ValueError(f"The server's port must be from 1 to 65535, got {address!r}.")
    if re.match(r"https?://[^/]", address):
        from .rest_client import RestClient

        return RestClient(address, deadline)
    if not re.fullmatch(r"[^/\s]+:[0-9]+", address):
        raise ValueError(
            f"The server must be HOST:PORT for gRPC, such as localhost:8500, or a URL for REST, "
            f"such as http://localhost:8501, got {address!r}."
        )
    from .grpc_client import GrpcClient

    return GrpcClient(address, deadline)


def signatures_of(client: Client, spec: ModelSpec) -> Signatures:
    """Returns the signatures of a version.

    Raises:
        ValueError: If the model or the version is not served; names those that are.
    """
    try:
        return client.signatures(spec)
    except NotServedError as error:
        try:
            versions = client.versions(spec.name)
        except NotServedError:
            raise ValueError(f"{client.target} serves no model {spec.name!r}.") from error
        states = [
            f"{number} ({state}{f': {problem}' if problem else ''})"
            for number, (state, problem) in sorted(versions.items())
        ]
        wanted = f"label {spec.label!r}" if spec.label else f"version {spec.version or 'to serve'}"
        there = ", ".join(states) or "none"
        raise ValueError(f"{spec.name} has no {wanted} on {client.target}: {there}.") from error


def signature_named(name: str, signatures: Signatures, outputs: Sequence[str] = ()) -> Signature:
    """Returns a signature.

    Raises:
        ValueError: If it, or one of the outputs, does not exist; names the nearest.
    """
    if name not in signatures:
        raise unknown_name("signature", name, signatures)
    for output in outputs:
        if output not in signatures[name].outputs:
            nearest = nearest_names(output, signatures[name].outputs)
            raise unknown_name(f"output of {name}", output, signatures[name].outputs, nearest[0])
    return signatures[name]
