"""Memory and time to the first step of a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from .. import STARTED
from .memory import peak_mebibytes, resident_mebibytes


def watch(train: Callable[[int], Any], steps: int) -> dict[str, Any]:
    """Trains for one step and then `steps` more in ten parts, and measures time and memory.

    Returns:
        Seconds to the end of the first step, from the start of the program and from this call;
        the peak of resident memory in MiB; and the resident memory after each part.
    """
    began = time.perf_counter()
    train(1)
    now = time.perf_counter()
    resident = []
    for _ in range(10):
        train(max(1, steps // 10))
        resident.append(resident_mebibytes())
    return {
        "seconds_to_first_step_from_start": round(now - STARTED, 2),
        "seconds_to_first_step_after_imports": round(now - began, 2),
        "peak_mebibytes": peak_mebibytes(),
        "steps": 1 + 10 * max(1, steps // 10),
        "mebibytes_after_each_tenth": resident,
    }


def in_a_process(way: str, arguments: list[str]) -> dict[str, Any]:
    """Returns the result of `watch` in `python -m trainers.benchmark --alone=WAY ARGUMENTS`."""
    package = f"{__package__}".rpartition(".")[0]  # Another name where it is installed.
    command = [sys.executable, "-m", f"{package}.benchmark", f"--alone={way}", *arguments]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(process.stdout)["alone"][way]
