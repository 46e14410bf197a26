"""Memory and time to the first step of a separate process."""

from __future__ import annotations

import json
import pathlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from .. import STARTED


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
        resident.append(_resident_mebibytes())
    return {
        "seconds_to_first_step_from_start": round(now - STARTED, 2),
        "seconds_to_first_step_after_imports": round(now - began, 2),
        "peak_mebibytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "steps": 1 + 10 * max(1, steps // 10),
        "mebibytes_after_each_tenth": resident,
    }


def in_a_process(way: str, arguments: list[str]) -> dict[str, Any]:
    """Returns the result of `watch` in `python -m trainers.benchmark --alone=WAY ARGUMENTS`."""
    package = f"{__package__}".rpartition(".")[0]  # Another name where it is installed.
    command = [sys.executable, "-m", f"{package}.benchmark", f"--alone={way}", *arguments]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(process.stdout)["alone"][way]


def _resident_mebibytes() -> float:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise OSError("/proc/self/status has no VmRSS.")
