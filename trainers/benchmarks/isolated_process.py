"""One way of training in a process of its own: its memory, and the time to its first step."""

from __future__ import annotations

import json
import pathlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from trainers import STARTED


def watch(train: Callable[[int], Any], steps: int) -> dict[str, Any]:
    """Trains for one step and then `steps` more in ten parts, and looks at the clock and memory.

    Returns:
        Seconds from the program's start and from here (after imports) to the end of the first
        step; the process's peak of resident memory in MiB; and its present memory after each part.
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
    """What `watch` gives for `python -m trainers.benchmark --alone=WAY` with these arguments."""
    command = [sys.executable, "-m", "trainers.benchmark", f"--alone={way}", *arguments]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(made.stdout)["alone"][way]


def _resident_mebibytes() -> float:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise OSError("/proc/self/status tells no VmRSS.")
