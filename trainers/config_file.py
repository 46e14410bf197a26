"""Flags from a file: `--config=FILE`, YAML or the `options.json` of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from absl import flags

from tfgan_it.errors import unknown_name
from tfgan_it.files import local_path, read_json, reading

_LARGEST = 2**20


def with_config(values: flags.FlagValues, arguments: Sequence[str]) -> list[str]:
    """Returns the arguments behind those of the file that `--config` names.

    What comes later counts, so that flags on the command line win. A hyperparameter in the `set`
    of the file gives way to its flag on the command line, such as `--learning_rate`.

    Args:
        values: Flags of the program.
        arguments: Arguments of the command line.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it has an option that the program does not take, with the nearest name, or a
            value that the flag does not take; one line names the file.
    """
    given = [re.match(r"--?(?:no)?(\w+)(?:=(.*))?$", argument, re.DOTALL) for argument in arguments]
    files = [
        following if match[2] is None else match[2]
        for match, following in zip(given, [*arguments[1:], ""], strict=False)
        if match and match[1] == "config"
    ]
    if not files:
        return [*arguments]
    names = {match[1] for match in given if match}
    path = files[-1]
    if not path:
        raise ValueError("--config is empty: give a file, or leave it out.")
    options = read_config(path)
    in_file: list[str] = []
    for name, value in options.items():
        if name not in values or name == "config":
            not_ours = {"config", "h"}.union(x.name for x in values.get_flags_for_module("absl"))
            allowed = [flag for flag in values if flag not in not_ours]
            raise unknown_name(f"option in {path}", name, allowed)
        for text in _texts(values[name], value, path):
            if not (name == "set" and text.partition("=")[0] in names):
                in_file.append(f"--{name}={text}")
    return [*in_file, *arguments]


def read_config(path: str) -> dict[str, Any]:
    """Reads the options in a YAML or JSON file, or in the `options.json` of a run.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is not a mapping from names to values; one line names the file.
    """
    import yaml  # Only here: it takes a thirtieth of a second.

    file = local_path(path, "config")
    if file.is_dir():
        file = file / "options.json"
    if file.exists() and (not file.is_file() or file.stat().st_size > _LARGEST):
        raise ValueError(f"--config={path} must be a file of at most 1 MiB.")
    if file.suffix == ".json":
        content: Any = read_json(file)
    else:
        with reading(file, "a YAML file of options"):
            content = yaml.safe_load(file.read_text())
            if not isinstance(content, Mapping) or not all(isinstance(n, str) for n in content):
                raise ValueError("it does not have names and values")
    if isinstance(content.get("options"), dict) and "versions" in content:  # Of a run.
        content = content["options"]
    return dict(content)


def _texts(flag: flags.Flag, value: Any, path: str) -> Iterator[str]:
    """Yields the texts with which the command line would give the value; none for None.

    Raises:
        ValueError: If the flag does not take the value.
    """
    if value is None:
        return
    kind = flag.flag_type()
    if kind == "multi string" and isinstance(value, Mapping):
        value = [f"{name}={each}" for name, each in value.items()]
    parts = [str(each) for each in (value if isinstance(value, list) else [value])]
    if kind.startswith("comma"):
        parts = [",".join(parts)]
    elif not kind.startswith("multi") and isinstance(value, list | Mapping):
        raise ValueError(f"{path}: {flag.name} takes one value, got {value!r}.")
    for text in parts:
        try:
            flag.parser.parse(text)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: {flag.name} is {text!r}: {error}.") from None
        yield text
