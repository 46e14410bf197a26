"""Runs by a path, a number or a part of their name."""

from __future__ import annotations

import pathlib

from tfgan_it.errors import nearest_names
from tfgan_it.files import local_path


def find_run(text: str, runs: pathlib.Path) -> pathlib.Path:
    """Returns the folder of a run.

    Args:
        text: Path of the folder; or the number or a part of the name of one run in `runs`.
        runs: Folder of all runs.

    Raises:
        FileNotFoundError: If there is no such run; names the nearest.
        ValueError: If several runs fit; names them.
    """
    path = local_path(text)
    if (path / "options.json").is_file():
        return path
    names = sorted(p.parent.name for p in runs.glob("*/options.json")) if runs.is_dir() else []
    if text.isdecimal():
        fitting = [name for name in names if name.partition("-")[0].lstrip("0") == text.lstrip("0")]
    else:
        fitting = [name for name in names if text in name]
    if len(fitting) > 1:
        raise ValueError(f"{text!r} fits {', '.join(fitting[:9])}: give the folder of one run.")
    if fitting:
        return runs / fitting[0]
    if path.exists():
        raise FileNotFoundError(f"No run in {path}: it has no options.json.")
    nearest = nearest_names(text, names)[:1] if names else []
    hint = f" (nearest: {nearest[0]})" if nearest else ""
    raise FileNotFoundError(f"No run at {path}, and none in {runs} fits{hint}.")
