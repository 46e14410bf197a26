"""Resident memory of this process, in MiB."""

from __future__ import annotations

import pathlib

_STATUS = pathlib.Path("/proc/self/status")


def resident_mebibytes() -> float:
    """Returns what is resident now.

    Raises:
        OSError: If the system does not tell it as Linux does.
    """
    return _mebibytes("VmRSS")


def peak_mebibytes() -> float:
    """Returns the most that was resident.

    It is not `ru_maxrss`, in which a process inherits the peak of the one that has started it.

    Raises:
        OSError: If the system does not tell it as Linux does.
    """
    return _mebibytes("VmHWM")


def _mebibytes(field: str) -> float:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise OSError(f"{_STATUS} has no {field}.")
