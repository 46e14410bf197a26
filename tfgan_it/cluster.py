"""The cluster of workers that `TF_CONFIG` describes, checked before TensorFlow reads it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

EXAMPLE = (
    '{"cluster": {"worker": ["host-a:2222", "host-b:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)
_JOBS = ("chief", "worker")
_GREETING = b"tfgan_it worker "


class Cluster(NamedTuple):
    """The workers of a cluster, and which of them this process is.

    Attributes:
        workers: Address `host:port` of each worker, the chief first.
        number: Index of this process in `workers`.
    """

    workers: tuple[str, ...]
    number: int

    @classmethod
    def from_text(cls, text: str) -> Cluster:
        """Reads the value of `TF_CONFIG`; an empty cluster is one worker.

        Raises:
            ValueError: If it is not the description of a cluster; the message says what is allowed.

        Example:

        >>> Cluster.from_text(EXAMPLE)
        Cluster(workers=('host-a:2222', 'host-b:2222'), number=0)
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            raise _wrong("is not JSON", text) from None
        if not isinstance(content, dict):
            raise _wrong("is not a JSON object", text)
        jobs = content.get("cluster") or {}
        if not jobs:
            return cls((), 0)
        if not isinstance(jobs, dict) or not set(jobs) <= set(_JOBS):
            raise _wrong("has jobs other than chief and worker in its cluster", jobs)
        for job, addresses in jobs.items():
            if not isinstance(addresses, list) or not all(map(_is_address, addresses)):
                raise _wrong(f"needs a list of host:port for the job {job}", addresses)
        if len(jobs.get("chief", [])) > 1:
            raise _wrong("has more than one chief", jobs["chief"])
        workers = tuple(address for job in _JOBS for address in jobs.get(job, []))
        if len(set(workers)) < len(workers) or not workers:
            raise _wrong("must give each worker an address of its own", workers)
        if len(workers) == 1 and content.get("task") is None:
            return cls(workers, 0)
        return cls(workers, _index(content.get("task"), jobs))

    def wait_for_all(self, seconds: float) -> None:
        """Waits until every worker can reach every other one.

        TensorFlow itself waits for an hour. The port of this worker is open meanwhile, and closed
        when the method returns, so that TensorFlow can open it.

        Args:
            seconds: Limit of the time to wait.

        Raises:
            ValueError: If the port of this worker cannot be opened.
            ConnectionError: If a worker is missing in the end; names it.
        """
        end = time.monotonic() + seconds
        others = set(range(len(self.workers))) - {self.number}
        to_reach, to_hear = set(others), set(others)
        with self._open_port() as port:
            while to_reach or to_hear:
                for other in sorted(to_reach):
                    if self._greet(other):
                        to_reach.remove(other)
                to_hear -= _heard(port)
                missing = [self.workers[other] for other in sorted(to_reach | to_hear)]
                if missing and time.monotonic() > end:
                    raise ConnectionError(
                        f"No worker at {', '.join(missing)} after {seconds:g} s; this one is "
                        f"{self.workers[self.number]}. Start every worker of TF_CONFIG."
                    )

    def _open_port(self) -> socket.socket:
        address = self.workers[self.number]
        port = int(address.rpartition(":")[2])
        try:
            return socket.create_server(("", port), backlog=len(self.workers))
        except OSError as error:
            raise ValueError(
                f"Port {port} of this worker, {address} in TF_CONFIG, cannot be opened: "
                f"{os.strerror(error.errno or 0)}."
            ) from None

    def _greet(self, other: int) -> bool:
        """Tells another worker that this one is there; returns whether it could."""
        host, _, port = self.workers[other].rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=1) as connection:
                connection.sendall(_GREETING + f"{self.number}\n".encode())
        except OSError:
            return False
        return True


def _heard(port: socket.socket, seconds: float = 0.2) -> set[int]:
    """Returns the workers that greet this one within some time."""
    heard = set()
    port.settimeout(seconds)
    with contextlib.suppress(TimeoutError):
        for _ in range(100):
            connection, _ = port.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)
                line = connection.makefile("rb").readline(100)
                match = re.fullmatch(_GREETING + rb"([0-9]{1,9})\n", line)
                if match:  # Anybody may connect to an open port.
                    heard.add(int(match[1]))
    return heard


def _index(task: Any, jobs: Mapping[str, list[str]]) -> int:
    """Returns the index of a task among the workers of all jobs."""
    if not isinstance(task, dict) or task.get("type") not in [*jobs]:
        raise _wrong(f"needs a task whose type is {' or '.join(jobs)}", task)
    job, index = task["type"], task.get("index")
    if isinstance(index, str) and re.fullmatch("[0-9]{1,9}", index):
        index = int(index)  # TensorFlow takes both.
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(jobs[job]):
        raise _wrong(f"needs a task whose index is from 0 to {len(jobs[job]) - 1}", index)
    return index if job == _JOBS[0] else index + len(jobs.get(_JOBS[0], []))


def _is_address(address: Any) -> bool:
    match = re.fullmatch(r"[^\s/]+:([0-9]{1,5})", address) if isinstance(address, str) else None
    return match is not None and 0 < int(match[1]) < 2**16


def _wrong(what: str, got: Any) -> ValueError:
    got = got if isinstance(got, str) else json.dumps(got)
    return ValueError(f"TF_CONFIG {what}, got {got[:200]}; it looks like {EXAMPLE}.")
