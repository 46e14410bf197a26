"""Requests are sent again while the server is away, until the deadline."""

import http.server
import socket
import threading
import time

import numpy as np
import pytest

from trainers.serving.clients import connect
from trainers.serving.retries import UnavailableError, until_deadline
from trainers.serving.signatures import ModelSpec

SPEC = ModelSpec("m")


def test_pauses_grow_and_end_at_the_deadline(monkeypatch):
    now, pauses, left = [0.0], [], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda s: (pauses.append(s), now.__setitem__(0, now[0] + s)))
    monkeypatch.setattr("random.uniform", lambda low, high: high)

    def call(seconds):
        left.append(seconds)
        raise UnavailableError("away")

    with pytest.raises(TimeoutError, match=r"^No answer within 4 s, in 7 attempts: away$"):
        until_deadline(call, 4)
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6]
    assert left == pytest.approx([4, 3.95, 3.85, 3.65, 3.25, 2.45, 0.85])


def test_other_errors_are_not_tried_again():
    calls = []
    with pytest.raises(ValueError, match="wrong"):
        until_deadline(lambda _: calls.append(1) or (_ for _ in ()).throw(ValueError("wrong")), 5)
    assert len(calls) == 1


def answering(*answers):
    """A server that gives these answers, (status, body), in turn; the last one for ever."""
    left = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


STATUS = b'{"model_version_status": [{"version": "3", "state": "AVAILABLE", "status": {}}]}'


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(503, b"<html>"), (503, b'{"error": "full"}'), (200, STATUS)], {3: ("AVAILABLE", "")}),
        ([(404, b'{"error": "no\\nsuch"}')], r": no such$"),
        ([(404, b"<html>")], "does not answer as TensorFlow Serving does: HTTP 404, not JSON"),
        ([(200, b"{}")], "does not answer as TensorFlow Serving does: 'model_version_status'"),
        ([(200, b"[1]")], "does not answer as TensorFlow Serving does"),
        ([(400, b'"bad"')], r"refuses the request \(HTTP 400\): bad"),
    ],
)
def test_answers_of_other_servers(answers, expected):
    server = answering(*answers)
    client = connect(f"http://127.0.0.1:{server.server_port}", deadline=5)
    try:
        if isinstance(expected, dict):
            assert client.versions("m") == expected
        else:
            with pytest.raises(ValueError, match=expected):
                client.versions("m")
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_server_that_is_not_there_or_says_nothing(scheme):
    if not scheme:
        pytest.importorskip("tensorflow_serving")
    with socket.socket() as closed, socket.socket() as silent:
        closed.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        away, there = (f"{scheme}127.0.0.1:{s.getsockname()[1]}" for s in (closed, silent))
        with pytest.raises(
            TimeoutError, match=r"No answer within 0.3 s, in \d attempts: .*refused"
        ):
            connect(away, deadline=0.3).versions("m")
        start = time.monotonic()
        with pytest.raises(TimeoutError, match=r"^\S+ gave no answer within 0.3 s: give .*$"):
            connect(there, deadline=0.3).predict(SPEC, "sample", {"seed": np.arange(3)})
        assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "address", ["", "localhost", "ftp://host:1", "host:port", "a b:80", "http://"]
)
def test_addresses(address):
    with pytest.raises(ValueError, match="^The server must be HOST:PORT for gRPC"):
        connect(address)


@pytest.mark.parametrize("address", ["localhost:0", "localhost:99999", "http://localhost:65536/a"])
def test_ports(address):
    with pytest.raises(ValueError, match="^The server's port must be from 1 to 65535, got"):
        connect(address)


def test_the_port_of_rest_is_not_that_of_grpc():
    pytest.importorskip("tensorflow_serving")
    server = answering((200, STATUS))
    try:
        with pytest.raises(ValueError, match="no gRPC; if it is the port of REST, give http://127"):
            connect(f"127.0.0.1:{server.server_port}", deadline=5).versions("m")
    finally:
        server.shutdown()
        server.server_close()


def test_an_answer_that_breaks_off_is_asked_for_again():
    left = [STATUS[:9], STATUS]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(STATUS)))
            self.end_headers()
            self.wfile.write(left.pop(0))

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        client = connect(f"http://127.0.0.1:{server.server_port}", deadline=5)
        assert client.versions("m") == {3: ("AVAILABLE", "")}
    finally:
        server.shutdown()
        server.server_close()
