"""A program that takes train steps when it is told to, and says how long they took."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

Measured = dict[str, float]


class StepServer:
    """Another process that trains on demand, so that several are measured in turn.

    It first writes a line of JSON about itself. From then on it reads a line of standard input, a
    form and a number of steps, takes the steps, and writes seconds and processor seconds as JSON.

    Args:
        command: The program and its arguments.
        environment: Its environment; by default that of this process.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=None if environment is None else dict(environment),
        )
        self._about: Any = None

    @property
    def about(self) -> Any:
        """What the program says of itself when it is ready."""
        if self._about is None:
            self._about = self._answer()
        return self._about

    def take(self, form: str, steps: int) -> Measured:
        """Takes steps in one form; returns seconds and processor seconds."""
        self.begin(form, steps)
        return self.end_of_steps()

    def begin(self, form: str, steps: int) -> None:
        """Begins steps, beside those of other programs."""
        _ = self.about  # It is the first answer.
        assert self._process.stdin is not None
        try:
            print(form, steps, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            self._answer()  # Which says how it ended.

    def end_of_steps(self) -> Measured:
        """Waits for the steps that it began; returns seconds and processor seconds."""
        return self._answer()

    def end(self) -> None:
        """Ends the program."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def kill(self) -> None:
        """Ends the program at once, if it still runs."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the other program ended with status {self._process.wait()}")
        return answered(line)


def answered(text: str) -> Any:
    """Reads an answer.

    Raises:
        RuntimeError: If it is not JSON.
    """
    try:
        return json.loads(text)
    except ValueError:
        raise RuntimeError(f"the other program says {text[:80]!r}, not JSON") from None
