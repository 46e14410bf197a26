"""The REST API: /v1/models/NAME[/versions/N|/labels/L] and :predict, /metadata, and metrics."""

from __future__ import annotations

import collections
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf import json_format

from experiments.serving.grpc_services import signature_map, status
from experiments.serving.json_tensors import answer_of, inputs_of
from experiments.serving.model_server import ModelServer
from experiments.serving.servable import INVALID_ARGUMENT, NOT_FOUND
from experiments.serving.session import ServingError

PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
    r"(?P<what>:predict|/metadata)?"
)
METRICS = "/monitoring/prometheus/metrics"
_HTTP = {3: 400, 5: 404, 9: 412, 14: 503}  # Of the codes of gRPC; 500 of others.


class RestServer(ThreadingHTTPServer):
    """The HTTP server; `serve_forever` answers requests, each in a thread.

    Args:
        server: The served models.
        address: Host and port; 0 for any free one.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, server: ModelServer, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.models = server
        self.counts: collections.Counter[tuple[str, str]] = collections.Counter()
        self.counting = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: a client that hangs up is no event."""

    def metrics(self) -> str:
        """Returns the number of requests by model and status, in the format of Prometheus."""
        with self.counting:
            counts = sorted(self.counts.items())
        lines = ["# TYPE :tensorflow:serving:request_count counter"]
        for (name, code), number in counts:
            labels = f'model_name="{name}",status="{code}"'
            lines.append(f":tensorflow:serving:request_count{{{labels}}} {number}")
        return "\n".join(lines) + "\n"


class _Handler(BaseHTTPRequestHandler):
    server: RestServer
    protocol_version = "HTTP/1.1"  # Connections stay open.
    disable_nagle_algorithm = True
    wbufsize = -1  # Head and body leave in one packet.

    def do_GET(self) -> None:
        if self.path == METRICS:
            self._send(200, self.server.metrics().encode(), "text/plain; version=0.0.4")
        else:
            self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.close_connection = True
            self._send(411, b'{"error": "Content-Length is missing."}')
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        match = PATH.fullmatch(self.path)
        name = match["name"] if match else ""
        try:
            if match is None or (self.command == "POST") != (match["what"] == ":predict"):
                raise ServingError(f"Malformed request: {self.command} {self.path}", NOT_FOUND)
            answer, code = self._of_model(match, body), 200
        except ServingError as error:
            answer, code = {"error": str(error)}, _HTTP.get(error.code, 500)
        if match is not None and match["what"] == ":predict":
            with self.server.counting:
                self.server.counts[name, "OK" if code == 200 else str(code)] += 1
        self._send(code, json.dumps(answer).encode())

    def _of_model(self, match: re.Match, body: bytes) -> dict[str, Any]:
        version = None if match["version"] is None else int(match["version"])
        model = self.server.models.model(match["name"])
        if match["what"] is None:
            return json_format.MessageToDict(
                status(model, version),
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
        with model.use(version, match["label"] or "") as (number, servable):
            if match["what"] == "/metadata":
                signatures = json_format.MessageToDict(
                    signature_map(servable),
                    preserving_proto_field_name=True,
                    always_print_fields_with_no_presence=True,
                )
                spec = {"name": match["name"], "signature_name": "", "version": str(number)}
                return {"model_spec": spec, "metadata": {"signature_def": signatures}}
            try:
                request = json.loads(body)
                name = request.get("signature_name", "") if isinstance(request, dict) else ""
                if not isinstance(name, str):
                    raise ValueError("signature_name is a string")
            except (ValueError, RecursionError) as error:
                raise ServingError(f"JSON Parse error: {error}", INVALID_ARGUMENT) from error
            inputs, rows = inputs_of(request, servable.signature(name).inputs)
            return answer_of(servable.predict(name, inputs), rows)

    def _send(self, code: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing: requests are counted."""
