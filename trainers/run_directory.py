"""The folder of one run: its options, and what it leaves."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import platform
import shlex
import sys
import zipfile
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import tfgan_it
from tfgan_it.callbacks.checkpoints import newest_checkpoint, written_by
from tfgan_it.files import replace_text


class RunDirectory:
    """`RUNS/NNNNN-RECIPE-DATASET/` with `options.json`, `stats.jsonl`, `summary.json`, ...

    Args:
        path: The folder of an existing run.

    Raises:
        FileNotFoundError: there is no run in it.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path)
        if not (self.path / "options.json").is_file():
            raise FileNotFoundError(f"No run in {self.path}: it has no options.json.")

    @classmethod
    def create(cls, runs: str | os.PathLike, options: dict[str, Any]) -> RunDirectory:
        """Makes the next numbered folder below `runs` and writes its options.

        Raises:
            OSError: `runs` cannot be written to.
        """
        runs = pathlib.Path(runs)
        runs.mkdir(parents=True, exist_ok=True)
        name = f"{options['recipe']}-{dataset_name(options['dataset'])}"
        numbers = [int(p.name[:5]) for p in runs.iterdir() if p.name[:5].isdecimal()]
        for number in itertools.count(max(numbers, default=-1) + 1):
            path = runs / f"{number:05d}-{name}"
            with contextlib.suppress(FileExistsError):  # Another run took it in the meantime.
                path.mkdir()
                break
        write_json(path / "options.json", {"options": options, **provenance()})
        return cls(path)

    @property
    def options(self) -> dict[str, Any]:
        """What the run was started with."""
        path = self.path / "options.json"
        try:
            return json.loads(path.read_text())["options"]
        except (json.JSONDecodeError, KeyError) as error:
            raise ValueError(f"{path} is damaged: {error!r}.") from None

    @property
    def checkpoints(self) -> pathlib.Path:
        """The folder of its checkpoints."""
        return self.path / "checkpoints"

    @property
    def samples(self) -> pathlib.Path:
        """The folder of its pictures."""
        return self.path / "samples"

    def check_resumable(self, options: dict[str, Any]) -> None:
        """Refuses options that would make it another run; only `steps` may grow.

        Raises:
            ValueError: one line with each difference.
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
        """The model of the newest whole checkpoint, to be trained on.

        Call it inside a strategy's scope to train on under that strategy.

        Args:
            expected: What the options build.

        Raises:
            FileNotFoundError: there is none.
            ValueError: another version or another recipe wrote it; one line with the difference.
        """
        path = newest_checkpoint(self.checkpoints)
        if path and (version := written_by(path)) != tfgan_it.__version__:
            raise ValueError(
                f"{path} was written by {f'tfgan_it {version}' if version else 'another program'}, "
                f"and cannot be resumed by tfgan_it {tfgan_it.__version__}."
            )
        model = tfgan_it.callbacks.load_checkpoint(self.checkpoints)
        difference = first_difference(model, expected)
        if difference:
            where, found, wanted = difference
            raise ValueError(
                f"{path} is of another run: {where} is {found} in the checkpoint, {wanted} by "
                f"{self.path / 'options.json'}."
            )
        return model

    def extend(self, steps: int) -> None:
        """Notes that the run is to go on to `steps`."""
        path = self.path / "options.json"
        content = json.loads(path.read_text())
        content["options"]["steps"] = steps
        write_json(path, content)

    def measurements(self) -> list[dict[str, Any]]:
        """The records of `stats.jsonl` that measure the test split, in order."""
        records = tfgan_it.callbacks.read_records(self.path)
        return [record for record in records if "test" in record]

    @property
    def last_measured_step(self) -> int:
        """The step of the last of `measurements`; -1 where there is none."""
        return max((record["step"] for record in self.measurements()), default=-1)

    @property
    def finished_steps(self) -> int:
        """The steps that `summary.json` tells of; -1 where there is none."""
        path = self.path / "summary.json"
        return json.loads(path.read_text())["steps"] if path.exists() else -1

    def append(self, record: dict[str, Any]) -> None:
        """Adds one record to `stats.jsonl`, in place of a line that was left half written."""
        records = tfgan_it.callbacks.read_records(self.path)
        tfgan_it.callbacks.write_records(self.path, [*records, record])

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Writes `summary.json`, with the versions and the command."""
        write_json(self.path / "summary.json", {**summary, **provenance()})


def load_model(path: str | os.PathLike) -> keras.Model:
    """The model of a run's newest whole checkpoint, or of a `.keras` file.

    Raises:
        FileNotFoundError: there is neither.
        ValueError: the file is damaged, another version wrote what this one does not read, or it
            holds no GAN.
    """
    path = pathlib.Path(path)
    folder = RunDirectory(path).checkpoints if path.is_dir() else None
    if folder is None and (path.suffix != ".keras" or not path.is_file()):
        raise FileNotFoundError(f"No run and no .keras file at {path}.")
    file = newest_checkpoint(folder) if folder else path
    try:
        model = (
            tfgan_it.callbacks.load_checkpoint(folder) if folder else keras.models.load_model(path)
        )
    except Exception as error:  # Of many kinds, as many as there are ways to be damaged.
        if file is None:  # It says what there is in place of a whole checkpoint.
            raise
        raise ValueError(f"{file} cannot be loaded: {_reason(file, error)}") from None
    if not isinstance(model, tfgan_it.models.GAN):
        raise ValueError(f"{path} holds no GAN but a {type(model).__name__}.")
    return model


def _reason(file: pathlib.Path, error: Exception) -> str:
    """Why a file of a model cannot be loaded."""
    if not zipfile.is_zipfile(file):
        return "not a whole archive"
    version = written_by(file)
    if version and version != tfgan_it.__version__:
        return f"tfgan_it {version} wrote it, this is tfgan_it {tfgan_it.__version__}."
    return str(error)


def first_difference(model: keras.Model, other: keras.Model) -> tuple[str, str, str] | None:
    """The first thing by which two models differ as they are built and compiled.

    Returns:
        Where, such as `generator.layers.3.filters`, and what each of them has; None where they are
        alike. Names that Keras counts up, such as `conv2d_3`, may differ.
    """
    found = _difference(_structure(_config(model), {}), _structure(_config(other), {}))
    if found is None:
        return None
    path, own, other = found
    where = ".".join(str(key) for key in path if key not in ("config", "class_name"))
    return where or "the class", _told(own), _told(other)


def _config(model: keras.Model) -> dict[str, Any]:
    config = {**model.get_config(), **model.get_compile_config()}
    config.pop("component", None)  # Which of its generators an AdaGAN has come to.
    return {"class_name": type(model).__name__, **config}


# What holds names of layers, and what holds such by names of its own.
_NAMES = ("name", "keras_history", "input_layers", "output_layers")
_NAMES_BY_NAME = ("input_layers", "output_layers")


def _structure(value: Any, names: dict[str, int], key: str = "") -> Any:
    """A configuration in which each layer's name is a number, in order of appearance."""
    if isinstance(value, dict):
        return {
            own: _structure(each, names, key if key in _NAMES_BY_NAME else own)
            for own, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_structure(each, names, key) for each in value]
    if isinstance(value, str) and key in _NAMES:
        return names.setdefault(value, len(names))
    return value


def _difference(a: Any, b: Any, path: tuple[Any, ...] = ()) -> tuple[Any, Any, Any] | None:
    if isinstance(a, dict) and isinstance(b, dict):
        keys = sorted({**b, **a}, key="class_name".__ne__)  # What it is, before what it has.
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        keys = range(len(a))
        a, b = (dict(enumerate(values)) for values in (a, b))
    else:
        return None if a == b else (path, a, b)
    pairs = (_difference(a.get(key), b.get(key), (*path, key)) for key in keys)
    return next(filter(None, pairs), None)


def _told(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return repr(value.get("class_name", sorted(value)) if isinstance(value, dict) else value)


def dataset_name(dataset: str) -> str:
    """What a data set is called in the names of folders."""
    path = pathlib.Path(dataset)
    return path.stem if path.suffix == ".npz" else path.name or path.resolve().name


def provenance() -> dict[str, Any]:
    """The command and the versions that a number comes from."""
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


def write_json(path: pathlib.Path, content: Any) -> None:
    """Writes indented JSON, by way of a file beside it, so that no reader sees half of it."""
    replace_text(path, json.dumps(content, indent=2) + "\n")
