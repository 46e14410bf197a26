"""What programs that compare speed share: how they read whole numbers, and leave a record."""

from __future__ import annotations

import argparse
import json
import pathlib
from collections.abc import Callable
from typing import Any

from tfgan_it.files import write_json


def whole_number(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def report(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    compared: Callable[[argparse.Namespace], dict[str, Any]],
) -> None:
    """Measures, prints the record as JSON, and writes it where `--out` says.

    Args:
        parser: Ends the program in one line if another program fails.
        options: Of the comparison.
        compared: Returns the record.
    """
    try:
        record = compared(options)
    except RuntimeError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    print(json.dumps(record, indent=2))
    if options.out:
        write_json(pathlib.Path(options.out), record)
