"""What a run's files hold, checked when they are read: they may be damaged or from elsewhere."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from absl import flags

from tfgan_it.files import local_path, read_json

FAILURE = "failure.json"  # Of a run that an error has ended.


def run_path(path: str | os.PathLike[str]) -> pathlib.Path:
    """Returns the folder of a run.

    Raises:
        FileNotFoundError: If there is no run in it.
    """
    folder = local_path(path)
    if not (folder / "options.json").is_file():
        raise FileNotFoundError(f"No run in {folder}: it has no options.json.")
    return folder


def model_path(path: str | os.PathLike[str]) -> pathlib.Path:
    """Returns the path of a folder, such as that of a run, or of a `.keras` file.

    Raises:
        FileNotFoundError: If there is neither.
    """
    path = local_path(path)
    if not path.is_dir() and not (path.suffix == ".keras" and path.is_file()):
        raise FileNotFoundError(f"No run and no .keras file at {path}.")
    return path


def read_run(path: pathlib.Path) -> dict[str, Any]:
    """Reads `options.json`: the object has the objects `options` and `versions`.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged; one line names the file.
    """
    content = read_json(path)
    for name in ("options", "versions"):
        if not isinstance(content.get(name), dict):
            raise ValueError(f"{path} is damaged: it has no {name}.")
    if not isinstance(content["versions"].get("tfgan_it"), str):
        raise ValueError(f"{path} is damaged: it does not say which version wrote it.")
    check_fingerprint(content.get("data"), path)
    return content


def check_fingerprint(recorded: Any, path: pathlib.Path) -> None:
    """Checks that a recorded fingerprint of data is None or has texts by name.

    Raises:
        ValueError: If it is anything else; names the file.
    """
    if recorded is None:
        return
    if not isinstance(recorded, dict) or not all(isinstance(x, str) for x in recorded.values()):
        raise ValueError(f"{path} is damaged: its data are {str(recorded)[:100]!r}.")


def read_steps(path: pathlib.Path) -> int:
    """Returns the number of steps in `summary.json`, or -1 if there is no such file.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged; one line names the file.
    """
    return _step(read_json(path), "steps", path) if path.exists() else -1


def check_options(
    options: Mapping[str, Any], names: Iterable[str], values: flags.FlagValues, path: pathlib.Path
) -> None:
    """Checks that recorded options could have been given as flags.

    Args:
        options: Values by name.
        names: Names that must be present.
        values: The flags of the program.
        path: File of the options, for messages.

    Raises:
        ValueError: If an option is missing, or is of another type or out of bounds.
    """
    for name in names:
        if name not in options:
            raise ValueError(f"{path} is damaged: it has no option {name}.")
    for name in options:
        if name not in values:
            raise ValueError(f"{path} is damaged: no option is called {name[:100]!r}.")
        value, flag = options[name], values[name]
        parts = value if isinstance(flag.default, list) else [value]
        fits = isinstance(parts, list) and all(_parses(flag, part) for part in parts)
        if value == "" or not (fits or (value is None and flag.default is None)):
            raise ValueError(f"{path} is damaged: its option {name} is {str(value)[:100]!r}.")


def check_records(records: Iterable[Mapping[str, Any]], path: pathlib.Path) -> None:
    """Checks the fields of records that a resumed run reads.

    Raises:
        ValueError: If one has another type; names the file and the step.
    """
    for record in records:
        step = _step(record, "step", path)
        test, warning = record.get("test", {}), record.get("warning", "")
        numbers = test.values() if isinstance(test, dict) else [test]
        if not all(value is None or type(value) in (int, float) for value in numbers):
            raise ValueError(f"{path} is damaged: the measurements of step {step} are no numbers.")
        if "test" in record and (not isinstance(test, dict) or "js_nats" not in test):
            raise ValueError(f"{path} is damaged: step {step} lacks js_nats.")
        if not isinstance(warning, str):
            raise ValueError(f"{path} is damaged: the warning of step {step} is no text.")


def _parses(flag: flags.Flag, value: Any) -> bool:
    """Returns whether a value is what the flag's parser makes of it."""
    try:
        parsed = flag.parser.parse(value)
    except (ValueError, TypeError):
        return False
    return type(parsed) is type(value)


def _step(record: Mapping[str, Any], name: str, path: pathlib.Path) -> int:
    step = record.get(name)
    if type(step) is not int or not 0 <= step < 2**63:
        raise ValueError(
            f"{path} is damaged: {name} must be a whole number, got {str(step)[:100]!r}."
        )
    return step
