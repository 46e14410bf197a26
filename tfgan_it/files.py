"""Files that a kill leaves whole."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any


def replace_text(path: pathlib.Path, text: str) -> None:
    """Writes a file by way of one beside it: whoever reads sees the old text or the new."""
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    os.replace(partial, path)


def read_json_lines(path: pathlib.Path) -> list[dict[str, Any]]:
    """One record a line; a last line that a kill left half written is dropped.

    Raises:
        json.JSONDecodeError: a line before the last is damaged.
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
    """Replaces the file by these records."""
    replace_text(path, "".join(json.dumps(record) + "\n" for record in records))
