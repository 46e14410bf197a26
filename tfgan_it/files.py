"""Files that stay complete when the process is killed."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any


def replace_text(path: pathlib.Path, text: str) -> None:
    """Replaces a file atomically: readers see the old text or the new one."""
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    os.replace(partial, path)


def read_json_lines(path: pathlib.Path) -> list[dict[str, Any]]:
    """Reads one record per line; drops an incomplete last line, as a killed process leaves it.

    Raises:
        json.JSONDecodeError: if a line before the last is damaged.
    """
    lines = path.read_text().splitlines() if path.exists() else []
    records = []
    for number, line in enumerate(lines, 1):
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            if number < len(lines):
                raise
    return records


def write_json_lines(path: pathlib.Path, records: list[dict[str, Any]]) -> None:
    """Replaces the contents of the file with these records."""
    replace_text(path, "".join(json.dumps(record) + "\n" for record in records))
