"""Paths on this machine, and files that stay complete when the process is killed."""

from __future__ import annotations

import json
import os
import pathlib
import re
from typing import Any

# As `gs://bucket`, and `gs:/bucket`, which `pathlib` makes of it. `C:/` has one letter.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def local_path(path: str | os.PathLike[str], argument: str = "path") -> pathlib.Path:
    """Returns the path with `~` expanded, and refuses what is not a path on this machine.

    Args:
        path: Path of a file or folder, which need not exist.
        argument: Name of the argument, for the message.

    Raises:
        ValueError: If the path is a URL (`gs://`, `s3://`, `http://`, `file://`, ...), has a null
            character or the home folder of an unknown user, or is not a path at all.

    Example:

    >>> print(local_path("runs/first"))
    runs/first
    >>> local_path("gs://bucket/run", "run_dir")
    Traceback (most recent call last):
    ...
    ValueError: run_dir must be a path on this machine, got the URL 'gs://bucket/run': copy or mount
    it as a local folder.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(f"{argument} must be a path, a string or a pathlib.Path, got {path!r}.")
    if _URL.match(text):
        raise ValueError(
            f"{argument} must be a path on this machine, got the URL {text!r}: copy or mount it as "
            "a local folder."
        )
    expanded = os.path.expanduser(text)
    if expanded.startswith("~"):
        raise ValueError(
            f"{argument} must be a path on this machine, got {text!r}: there is no such home "
            "folder; a folder whose own name starts with ~ is written ./~name."
        )
    return pathlib.Path(expanded)


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
