"""What programs that compare speed share: whole numbers, time, turns of a round, and the record."""

from __future__ import annotations

import argparse
import json
import pathlib
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tfgan_it.files import write_json

Result = TypeVar("Result")


def whole_number(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def seconds(action: Callable[[], Any]) -> float:
    """Measures one call."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def in_turn(ways: Mapping[str, Callable[[], Result]], number: int) -> dict[str, Result]:
    """Measures each way once; the first of one round is the last of the next.

    What runs first may find another state of the machine than what follows it.

    Args:
        ways: What measures each way, by name.
        number: Number of the round, from 0.

    Returns:
        What was measured, by name, in the order of the ways.

    Example:

    >>> ways = {"a": lambda: print("a"), "b": lambda: print("b")}
    >>> in_turn(ways, 1)
    b
    a
    {'a': None, 'b': None}
    """
    names = list(ways)
    first = number % len(names)
    measured = {name: ways[name]() for name in names[first:] + names[:first]}
    return {name: measured[name] for name in names}


def report(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    compared: Callable[[argparse.Namespace], dict[str, Any]],
) -> None:
    """Measures, prints the record as JSON, and writes it where `--out` says.

    Args:
        parser: Ends the program in one line if another program or the system fails.
        options: Of the comparison.
        compared: Returns the record.
    """
    try:
        record = compared(options)
        print(json.dumps(record, indent=2))
        if options.out:
            write_json(pathlib.Path(options.out), record)
    except (OSError, RuntimeError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
