"""The folder of a run: its options and results."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import pathlib
import platform
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import tfgan_it
from tfgan_it import callbacks, datasets, model_files
from tfgan_it.callbacks.checkpoints import newest_checkpoint
from tfgan_it.files import (
    exclusive,
    local_path,
    naming,
    partial_folder,
    remove_abandoned,
    write_json,
)

from .invocation import invocation
from .model_difference import first_difference
from .run_files import (
    FAILURE,
    check_fingerprint,
    check_records,
    model_path,
    read_run,
    read_steps,
    run_path,
)


class RunDirectory:
    """`RUNS/NNNNN-RECIPE-DATASET/` with `options.json`, `stats.jsonl`, `summary.json`, ...

    Args:
        path: Folder of an existing run.

    Raises:
        FileNotFoundError: If there is no run in it.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = run_path(path)

    @classmethod
    def create(
        cls,
        runs: str | os.PathLike,
        options: dict[str, Any],
        data: Mapping[str, str] | None = None,
    ) -> RunDirectory:
        """Creates the next numbered folder in `runs`, and writes the options.

        Args:
            runs: Folder of all runs.
            options: Options of the run.
            data: Fingerprint of its data set, or None.

        Raises:
            OSError: If `runs` is not writable.
        """
        runs = local_path(runs, "run_dir")
        runs.mkdir(parents=True, exist_ok=True)
        name = f"{options['recipe']}-{dataset_name(options['dataset'])}"
        numbers = [int(p.name[:5]) for p in runs.iterdir() if p.name[:5].isdecimal()]
        content = {"options": options, **({"data": dict(data)} if data else {}), **provenance()}
        with naming(runs), partial_folder(runs) as parent:
            new = parent / "run"
            write_json(new / "options.json", content)
            number = max(numbers, default=-1)
            while True:
                number += 1
                path = runs / f"{number:05d}-{name}"
                try:
                    if not path.exists():
                        return cls(new.rename(path))
                except OSError as error:  # Another run took the name in the meantime.
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                        raise

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other trainers out of the folder; removes what a killed one was writing.

        Raises:
            ValueError: If another trainer is at work in it.
        """
        with exclusive(self.path, "trained"):
            for folder in (self.path, self.samples, self.checkpoints, self.checkpoints / "best"):
                remove_abandoned(folder)
            yield

    @property
    def options(self) -> dict[str, Any]:
        """Options of the run."""
        return self._content()["options"]

    @property
    def fingerprint(self) -> dict[str, str] | None:
        """Fingerprint of its data set, or None of a run that did not record one."""
        return self._content().get("data")

    def _content(self) -> dict[str, Any]:
        return read_run(self.path / "options.json")

    @property
    def checkpoints(self) -> pathlib.Path:
        """Folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def samples(self) -> pathlib.Path:
        """Folder of the pictures."""
        return self.path / "samples"

    @property
    def features(self) -> pathlib.Path:
        """Folder of the network whose features are measured."""
        return self.path / "features"

    def check_resumable(self, options: dict[str, Any]) -> None:
        """Checks that options are those of the run; `steps` may grow, and `keep` may change.

        So may `dataset`, to a path: `check_data` then tells whether the data were only moved.

        Raises:
            ValueError: If they differ; lists the differences.
        """
        before, recorded = self.options, self.fingerprint
        differences = [
            f"{name} was {before.get(name)!r}, is {value!r}"
            for name, value in options.items()
            if value != before.get(name)
            and name != "keep"
            and not (name == "dataset" and recorded and local_path(value).exists())
            and not (name == "steps" and value > before[name])
        ]
        version = self._content()["versions"]["tfgan_it"]
        if version != tfgan_it.__version__:
            differences.append(f"tfgan_it was {version!r}, is {tfgan_it.__version__!r}")
        if differences:
            raise ValueError(
                f"{self.path} cannot be resumed with other options: {'; '.join(differences)}."
            )

    def check_results(self) -> None:
        """Checks what a resumed run will read of its records and its summary.

        Raises:
            ValueError: If a file is damaged; one line names it.
        """
        check_records(callbacks.read_records(self.path), self.path / "stats.jsonl")
        read_steps(self.path / "summary.json")

    def check_data(self, current: Mapping[str, str]) -> None:
        """Checks that the data set is that of the run and of its newest checkpoint.

        Args:
            current: Fingerprint of the data set.

        Raises:
            ValueError: If it is another one; names the difference.
        """
        for file, recorded in (
            ("options.json", self.fingerprint),
            ("the newest checkpoint", self.checkpoint_metadata().get("data")),
        ):
            check_fingerprint(recorded, self.path / file)
            difference = recorded and datasets.fingerprint_difference(recorded, current)
            if difference:
                raise ValueError(
                    f"{self.path} cannot be resumed on other data than those of {file}: "
                    f"{difference}."
                )

    def checkpoint_metadata(self) -> dict[str, Any]:
        """Returns what the newest undamaged checkpoint holds beside the model."""
        newest = newest_checkpoint(self.checkpoints)
        return callbacks.read_metadata(newest) if newest else {}

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
        model = callbacks.load_checkpoint(self.checkpoints)
        difference = first_difference(model, expected)
        if difference:
            where, stored, wanted = difference
            raise ValueError(
                f"{path} is of another run: {where} is {stored} in the checkpoint, {wanted} by "
                f"{self.path / 'options.json'}."
            )
        return model

    def update_options(self, **changes: Any) -> None:
        """Changes options of the run, such as the number of its steps."""
        path = self.path / "options.json"
        content = self._content()
        content["options"] |= changes
        write_json(path, content)

    def measurements(self) -> list[dict[str, Any]]:
        """Returns the records of `stats.jsonl` that measure the test split, in order."""
        return self.records_of("test")

    def export_details(self) -> dict[str, Any]:
        """Returns what an export says of this run: recipe, data, command, and what it measured."""
        content, measured = self._content(), self.measurements()
        options = content["options"]
        return {
            "run": {
                **{name: options.get(name) for name in ("recipe", "dataset", "set", "seed")},
                "data": self.fingerprint,
                "command": content.get("command"),
                "measured": measured[-1] if measured else None,
            }
        }

    @property
    def last_measured_step(self) -> int:
        """Step of the last of `measurements`, or -1."""
        return self.last_recorded_step("test")

    def last_recorded_step(self, kind: str, limit: float = math.inf) -> int:
        """Returns the step of the last record of a kind, such as `test`, up to a step; or -1."""
        steps = [record["step"] for record in self.records_of(kind)]
        return max((step for step in steps if step <= limit), default=-1)

    def records_of(self, kind: str) -> list[dict[str, Any]]:
        """Returns the records of `stats.jsonl` of a kind, such as `information`, in order."""
        return [record for record in callbacks.read_records(self.path) if kind in record]

    @property
    def finished_steps(self) -> int:
        """Number of steps in `summary.json`, or -1."""
        return read_steps(self.path / "summary.json")

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Writes `summary.json`, with versions and command."""
        write_json(self.path / "summary.json", {**summary, **provenance()})

    def write_failure(self, failure: dict[str, Any] | None) -> None:
        """Writes step and text of the error that ended the run; None removes an earlier one."""
        path = self.path / FAILURE
        if failure is None:
            path.unlink(missing_ok=True)
        else:
            write_json(path, failure)


def load_model(path: str | os.PathLike) -> keras.Model:
    """Loads the newest undamaged checkpoint of a run, or a `.keras` file.

    Raises:
        FileNotFoundError: If there is neither.
        ValueError: If the file is damaged, is not of a GAN, or another version wrote it and it
            cannot be read.
    """
    path = model_path(path)
    if path.is_dir():
        model = callbacks.load_checkpoint(RunDirectory(path).checkpoints)
    else:
        model = model_files.load_model(path)
    if not isinstance(model, tfgan_it.models.GAN):
        raise ValueError(f"{path} is not a GAN but a {type(model).__name__}.")
    return model


def dataset_name(dataset: str) -> str:
    """Returns the name of a data set in the names of folders."""
    path = pathlib.Path(dataset)
    return path.stem if path.suffix in (".npz", ".txt") else path.name or path.resolve().name


def export_name(options: Mapping[str, Any]) -> str:
    """Returns the name of the served model of a run with these options."""
    return f"{options['recipe']}_{dataset_name(options['dataset'])}"


def provenance() -> dict[str, Any]:
    """Returns the command and the versions, for the record of a result."""
    return {
        "command": invocation(sys.argv),
        "versions": {
            "tfgan_it": tfgan_it.__version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }
