"""The folder of one run: its options, and what it leaves."""

from __future__ import annotations

import json
import os
import pathlib
import platform
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import tfgan_it


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
        dataset = pathlib.Path(options["dataset"]).stem
        numbers = [int(p.name[:5]) for p in runs.iterdir() if p.name[:5].isdigit()]
        path = runs / f"{max(numbers, default=-1) + 1:05d}-{options['recipe']}-{dataset}"
        path.mkdir()
        write_json(path / "options.json", {"options": options, **provenance()})
        return cls(path)

    @property
    def options(self) -> dict[str, Any]:
        """What the run was started with."""
        return json.loads((self.path / "options.json").read_text())["options"]

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
        if differences:
            raise ValueError(
                f"{self.path} cannot be resumed with other options: {'; '.join(differences)}."
            )

    def measurements(self) -> list[dict[str, Any]]:
        """The records of `stats.jsonl` that measure the test split, in order."""
        records = tfgan_it.callbacks.read_records(self.path)
        return [record for record in records if "test" in record]

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Writes `summary.json`, with the versions and the command."""
        write_json(self.path / "summary.json", {**summary, **provenance()})


def load_model(path: str | os.PathLike) -> keras.Model:
    """The model of a run's newest whole checkpoint, or of a `.keras` file.

    Raises:
        FileNotFoundError: there is neither.
    """
    path = pathlib.Path(path)
    if path.suffix == ".keras" and path.is_file():
        return keras.models.load_model(path)
    if not path.is_dir():
        raise FileNotFoundError(f"No run and no .keras file at {path}.")
    return tfgan_it.callbacks.load_checkpoint(RunDirectory(path).checkpoints)


def provenance() -> dict[str, Any]:
    """The command and the versions that a number comes from."""
    program = pathlib.Path(sys.argv[0])
    arguments = " ".join(sys.argv[1:])
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
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(partial, path)
