"""The folder of a run: its options and results."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import platform
import shlex
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import tfgan_it
from tfgan_it import model_files
from tfgan_it.callbacks.checkpoints import newest_checkpoint
from tfgan_it.files import write_json


class RunDirectory:
    """`RUNS/NNNNN-RECIPE-DATASET/` with `options.json`, `stats.jsonl`, `summary.json`, ...

    Args:
        path: Folder of an existing run.

    Raises:
        FileNotFoundError: If there is no run in it.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path)
        if not (self.path / "options.json").is_file():
            raise FileNotFoundError(f"No run in {self.path}: it has no options.json.")

    @classmethod
    def create(cls, runs: str | os.PathLike, options: dict[str, Any]) -> RunDirectory:
        """Creates the next numbered folder in `runs`, and writes the options.

        Raises:
            OSError: If `runs` is not writable.
        """
        runs = pathlib.Path(runs)
        runs.mkdir(parents=True, exist_ok=True)
        name = f"{options['recipe']}-{dataset_name(options['dataset'])}"
        numbers = [int(p.name[:5]) for p in runs.iterdir() if p.name[:5].isdecimal()]
        for number in itertools.count(max(numbers, default=-1) + 1):
            path = runs / f"{number:05d}-{name}"
            with contextlib.suppress(FileExistsError):  # Another run created it in the meantime.
                path.mkdir()
                break
        write_json(path / "options.json", {"options": options, **provenance()})
        return cls(path)

    @property
    def options(self) -> dict[str, Any]:
        """Options of the run."""
        path = self.path / "options.json"
        try:
            return json.loads(path.read_text())["options"]
        except (json.JSONDecodeError, KeyError) as error:
            raise ValueError(f"{path} is damaged: {error!r}.") from None

    @property
    def checkpoints(self) -> pathlib.Path:
        """Folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def samples(self) -> pathlib.Path:
        """Folder of the pictures."""
        return self.path / "samples"

    def check_resumable(self, options: dict[str, Any]) -> None:
        """Checks that options are those of the run; only `steps` may grow.

        Raises:
            ValueError: If they differ; lists the differences.
        """
        before = self.options
        differences = [
            f"{name} was {before.get(name)!r}, is {value!r}"
            for name, value in options.items()
            if value != before.get(name) and not (name == "steps" and value > before[name])
        ]
        version = json.loads((self.path / "options.json").read_text())["versions"]["tfgan_it"]
        if version != tfgan_it.__version__:
            differences.append(f"tfgan_it was {version!r}, is {tfgan_it.__version__!r}")
        if differences:
            raise ValueError(
                f"{self.path} cannot be resumed with other options: {'; '.join(differences)}."
            )

    def load_checkpoint(self, expected: keras.Model) -> keras.Model:
        """Loads the newest undamaged checkpoint, to continue training.

        Call it inside a strategy's scope to continue under that strategy.

        Args:
            expected: The model that the options build.

        Raises:
            FileNotFoundError: If there is no undamaged checkpoint.
            ValueError: If another version or another recipe wrote it; names the difference.
        """
        path = newest_checkpoint(self.checkpoints)
        if path and (version := model_files.written_by(path)) != tfgan_it.__version__:
            raise ValueError(
                f"{path} was written by {f'tfgan_it {version}' if version else 'another program'}, "
                f"and cannot be resumed by tfgan_it {tfgan_it.__version__}."
            )
        model = tfgan_it.callbacks.load_checkpoint(self.checkpoints)
        difference = first_difference(model, expected)
        if difference:
            where, stored, wanted = difference
            raise ValueError(
                f"{path} is of another run: {where} is {stored} in the checkpoint, {wanted} by "
                f"{self.path / 'options.json'}."
            )
        return model

    def extend(self, steps: int) -> None:
        """Sets the number of steps of the run."""
        path = self.path / "options.json"
        content = json.loads(path.read_text())
        content["options"]["steps"] = steps
        write_json(path, content)

    def measurements(self) -> list[dict[str, Any]]:
        """Returns the records of `stats.jsonl` that measure the test split, in order."""
        records = tfgan_it.callbacks.read_records(self.path)
        return [record for record in records if "test" in record]

    @property
    def last_measured_step(self) -> int:
        """Step of the last of `measurements`, or -1."""
        return max((record["step"] for record in self.measurements()), default=-1)

    @property
    def finished_steps(self) -> int:
        """Number of steps in `summary.json`, or -1."""
        path = self.path / "summary.json"
        return json.loads(path.read_text())["steps"] if path.exists() else -1

    def append(self, record: dict[str, Any]) -> None:
        """Adds one record to `stats.jsonl`, and removes an incomplete last line."""
        records = tfgan_it.callbacks.read_records(self.path)
        tfgan_it.callbacks.write_records(self.path, [*records, record])

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Writes `summary.json`, with versions and command."""
        write_json(self.path / "summary.json", {**summary, **provenance()})


def load_model(path: str | os.PathLike) -> keras.Model:
    """Loads the newest undamaged checkpoint of a run, or a `.keras` file.

    Raises:
        FileNotFoundError: If there is neither.
        ValueError: If the file is damaged, is not of a GAN, or another version wrote it and it
            cannot be read.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        model = tfgan_it.callbacks.load_checkpoint(RunDirectory(path).checkpoints)
    elif path.suffix == ".keras" and path.is_file():
        model = model_files.load_model(path)
    else:
        raise FileNotFoundError(f"No run and no .keras file at {path}.")
    if not isinstance(model, tfgan_it.models.GAN):
        raise ValueError(f"{path} is not a GAN but a {type(model).__name__}.")
    return model


def first_difference(model: keras.Model, other: keras.Model) -> tuple[str, str, str] | None:
    """Returns the first difference between the configurations of two compiled models.

    Returns:
        Where, such as `generator.layers.3.filters`, and both values; None without a difference.
        Names that Keras numbers, such as `conv2d_3`, may differ.
    """
    difference = _difference(_structure(_config(model), {}), _structure(_config(other), {}))
    if difference is None:
        return None
    path, *values = difference
    where = ".".join(str(key) for key in path if key not in ("config", "class_name"))
    return where or "the class", _text(values[0]), _text(values[1])


def _config(model: keras.Model) -> dict[str, Any]:
    config = {**model.get_config(), **model.get_compile_config()}
    config.pop("component", None)  # The generator that an AdaGAN currently trains.
    return {"class_name": type(model).__name__, **config}


# Keys of names of layers, and those of them whose values may be dicts by output name.
_NAMES = ("name", "keras_history", "input_layers", "output_layers")
_NAMES_BY_NAME = ("input_layers", "output_layers")


def _structure(value: Any, names: dict[str, int], key: str = "") -> Any:
    """Replaces the name of each layer in a configuration by a number, in order of appearance."""
    if isinstance(value, dict):
        return {
            name: _structure(each, names, key if key in _NAMES_BY_NAME else name)
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_structure(each, names, key) for each in value]
    if isinstance(value, str) and key in _NAMES:
        return names.setdefault(value, len(names))
    return value


def _difference(a: Any, b: Any, path: tuple[Any, ...] = ()) -> tuple[Any, Any, Any] | None:
    if isinstance(a, dict) and isinstance(b, dict):
        keys = sorted({**b, **a}, key="class_name".__ne__)  # The class before its arguments.
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        keys = range(len(a))
        a, b = (dict(enumerate(values)) for values in (a, b))
    else:
        return None if a == b else (path, a, b)
    pairs = (_difference(a.get(key), b.get(key), (*path, key)) for key in keys)
    return next(filter(None, pairs), None)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return repr(value.get("class_name", sorted(value)) if isinstance(value, dict) else value)


def dataset_name(dataset: str) -> str:
    """Returns the name of a data set in the names of folders."""
    path = pathlib.Path(dataset)
    return path.stem if path.suffix == ".npz" else path.name or path.resolve().name


def provenance() -> dict[str, Any]:
    """Returns the command and the versions, for the record of a result."""
    program = pathlib.Path(sys.argv[0])
    arguments = shlex.join(sys.argv[1:])
    return {
        "command": f"python -m {program.parent.name}.{program.stem} {arguments}".strip(),
        "versions": {
            "tfgan_it": tfgan_it.__version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }
