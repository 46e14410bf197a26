"""The limit of memory for data from files, whose headers may claim any size."""

from __future__ import annotations

import contextlib
import os
import pathlib

CONTAINER_LIMIT = pathlib.Path("/sys/fs/cgroup/memory.max")


def check_memory(what: str, num_bytes: int) -> None:
    """Raises ValueError if the bytes are more than half of the memory of this machine or container.

    The other half is for the copy that a split or a resized data set needs.

    Args:
        what: What needs the memory; the message starts with it.
        num_bytes: Number of bytes.

    Example:

    >>> check_memory("photos", 2**20)
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # There is no limit, or it is "max".
        machine = min(machine, int(CONTAINER_LIMIT.read_text()))
    if num_bytes > machine // 2:
        raise ValueError(
            f"{what} needs {num_bytes / 2**30:.4g} GiB of memory, more than half of the "
            f"{machine / 2**30:.4g} GiB of this machine"
        )
