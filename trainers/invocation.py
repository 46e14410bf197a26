"""How this process was started, for records and for hints."""

from __future__ import annotations

import pathlib
import shlex
from collections.abc import Sequence

COMMAND = "tfgan-it"


def invocation(arguments: Sequence[str]) -> str:
    """Returns the command line of a process, as it can be given again.

    Args:
        arguments: Its `sys.argv`.

    Example:

    >>> invocation(["/usr/bin/tfgan-it", "train", "--steps=9"])
    'tfgan-it train --steps=9'
    >>> invocation(["trainers/__main__.py", "train"])
    'python -m trainers train'
    """
    path = pathlib.Path(arguments[0]).absolute()
    if path.suffix != ".py":  # A command, such as this package's.
        program = path.name
    else:
        packages = [path.parent]
        while (packages[0].parent / "__init__.py").is_file():
            packages.insert(0, packages[0].parent)
        names = [*(package.name for package in packages), path.stem]
        program = f"python -m {'.'.join(name for name in names if name != '__main__')}"
    return f"{program} {shlex.join(arguments[1:])}".strip()


def program_command(name: str, arguments: Sequence[str]) -> str:
    """Returns how to call a program in the way in which a process was started.

    Args:
        name: Name of the program.
        arguments: `sys.argv` of the process.

    Example:

    >>> program_command("train", ["trainers/train.py"])
    'python -m trainers.train'
    >>> program_command("train", ["/usr/bin/tfgan-it", "train"])
    'tfgan-it train'
    """
    if pathlib.Path(arguments[0]).name == COMMAND:
        return f"{COMMAND} {name}"
    return f"python -m {__package__}.{name}"
