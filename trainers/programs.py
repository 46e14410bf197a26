"""All programs as subcommands of one: `tfgan-it train --steps=9`, or `python -m trainers train`."""

from __future__ import annotations

import importlib
import sys

from tfgan_it.errors import nearest_names
from tfgan_it.version import __version__

from . import command_line

NAMES = (
    "train",
    "report",
    "compare",
    "sample",
    "explore",
    "measure",
    "card",
    "features",
    "export",
    "query",
    "evaluate",
    "benchmark",
)


def program(name: str) -> command_line.Program:
    """Returns the program of a subcommand.

    Raises:
        ValueError: If there is none of that name; names the nearest.
    """
    if name not in NAMES:
        nearest = nearest_names(name, NAMES)[0]
        raise ValueError(
            f"Unknown command {name[:200]!r}: use one of {', '.join(NAMES)} (nearest: {nearest})."
        )
    return importlib.import_module(f".{name}", __package__).PROGRAM


def help_text() -> str:
    """Returns a line for each program.

    Example:

    >>> print(help_text().splitlines()[3])
      train      Trains a GAN; writes pictures, results, checkpoints and an exported generator.
    """
    lines = ["tfgan-it COMMAND [FLAGS]: GANs whose information is measured.", "", "commands:"]
    lines += [f"  {name:<11}{program(name).about.splitlines()[0]}" for name in NAMES]
    lines += ["", "tfgan-it COMMAND --help lists the flags of a command; --version prints the"]
    lines += [f"version. Each command is also python -m {__package__}.COMMAND."]
    return "\n".join(lines)


def main() -> None:
    """Runs the program that the first argument names."""
    command, *arguments = sys.argv[1:] or ["--help"]
    if command in ("--help", "-help", "-h", "help"):
        print(help_text())
    elif command in ("--version", "-version"):
        print(f"tfgan_it {__version__}")
    else:
        try:
            chosen = program(command)
        except ValueError as error:
            print(f"error: {command_line.error_line(error)}", file=sys.stderr)
            sys.exit(2)
        command_line.run(chosen, arguments)
