"""How this process was started, for records and for hints."""

from __future__ import annotations

import pathlib
import shlex
import sys

COMMAND = "tfgan-it"


def invocation() -> str:
    """Returns the command line of this process, as it can be given again.

    Example:

    >>> sys.argv = ["/usr/bin/tfgan-it", "train", "--steps=9"]
    >>> invocation()
    'tfgan-it train --steps=9'
    """
    path = pathlib.Path(sys.argv[0])
    if path.name == COMMAND:
        program = COMMAND
    else:
        names = [path.parent.name, path.stem]
        program = f"python -m {'.'.join(name for name in names if name != '__main__')}"
    return f"{program} {shlex.join(sys.argv[1:])}".strip()


def program_command(name: str) -> str:
    """Returns how to call a program in the way in which this process was started.

    Example:

    >>> sys.argv = ["trainers/train.py"]
    >>> program_command("sample")
    'python -m trainers.sample'
    """
    if pathlib.Path(sys.argv[0]).name == COMMAND:
        return f"{COMMAND} {name}"
    return f"python -m trainers.{name}"
