"""Experiment trackers that a run is sent to: TensorBoard, Weights & Biases, MLflow."""

from __future__ import annotations

import importlib
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.checks import check_choice
from tfgan_it.errors import one_line
from tfgan_it.files import local_path, read_json, write_json
from tfgan_it.keywords import CheckedKeywords


class Tracker(CheckedKeywords):
    """Where `Statistics` sends metrics and pictures. Subclasses define the methods.

    Args:
        folder: Folder of the run, which keeps what a resumed run needs to continue.
        name: Name of the run.
        options: Options of the run, recorded with it.

    Attributes:
        failures: Errors of the tracker, such as a full disk or a server that does not answer.
    """

    failures: tuple[type[Exception], ...] = ()

    def __init__(
        self,
        folder: str | os.PathLike,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = local_path(folder, "folder")
        self.name, self.options = name or self.folder.resolve().name, dict(options or {})

    @property
    def place(self) -> str:
        """Where it writes, for messages."""
        return type(self).__name__

    def open(self) -> None:
        """Begins a run, or continues that of the folder."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Logs numbers by name at a step."""
        raise NotImplementedError

    def log_picture(self, name: str, step: int, picture: np.ndarray) -> None:
        """Logs a picture, uint8 `(height, width, channels)`."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends the run; everything logged is kept."""

    def _kept(self, make: Callable[[], str]) -> str:
        """Returns the identity of the run that the folder keeps; `make` makes it the first time."""
        path = self.folder / "trackers.json"
        kept = read_json(path) if path.is_file() else {}
        kind = type(self).__name__
        if kind not in kept:
            kept[kind] = make()
            write_json(path, kept)
        return kept[kind]


class TensorBoard(Tracker):
    """Writes events to `tensorboard/` in the folder of the run, first the options as text."""

    failures = (tf.errors.OpError,)
    _writer: Any = None

    @property
    def place(self) -> str:
        """The folder of the events."""
        return str(self.folder / "tensorboard")

    def open(self) -> None:
        """Begins a file of events."""
        if self._writer:
            self._writer.close()
        self._writer = tf.summary.create_file_writer(str(self.folder / "tensorboard"))
        if self.options:
            with self._writer.as_default(0):
                tf.summary.text("options", markdown_table(self.options))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Writes scalars."""
        with self._writer.as_default(step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def log_picture(self, name: str, step: int, picture: np.ndarray) -> None:
        """Writes an image."""
        with self._writer.as_default(step):
            tf.summary.image(name, picture[None])


def markdown_table(options: Mapping[str, Any]) -> str:
    """Formats options as a table of Markdown, in which no value is read as Markdown.

    Example:

    >>> print(markdown_table({"steps": 9, "dataset": "a|b"}))
    | option | value |
    | --- | --- |
    | steps | `9` |
    | dataset | `a\\|b` |
    """
    rows = ["| option | value |", "| --- | --- |"]
    for name, value in options.items():
        text = " ".join(str(value).split()).replace("`", "'").replace("|", "\\|")
        rows.append(f"| {name} | `{text}` |")
    return "\n".join(rows)


class WeightsAndBiases(Tracker):
    """Logs to Weights & Biases, in the project `tfgan_it` if `WANDB_PROJECT` is not set.

    Its environment variables decide where: `WANDB_MODE=offline` keeps everything in the folder of
    the run.
    """

    _run: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wandb = _module("wandb")
        self.failures = (self._wandb.Error,)

    def open(self) -> None:
        """Begins a run, or continues that of the folder."""
        self.close()
        self._run = self._wandb.init(
            project=os.environ.get("WANDB_PROJECT", "tfgan_it"),
            dir=self.folder,
            id=self._kept(lambda: uuid.uuid4().hex),
            resume="allow",
            name=self.name,
            config=self.options,
        )

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Logs numbers; all of one step form a row."""
        self._run.log(dict(values), step=step)

    def log_picture(self, name: str, step: int, picture: np.ndarray) -> None:
        """Logs an image."""
        self._run.log({name: self._wandb.Image(picture)}, step=step)

    def close(self) -> None:
        """Sends what is left."""
        if self._run is not None:
            self._run.finish()
        self._run = None


class MLflow(Tracker):
    """Logs to MLflow, in the experiment `tfgan_it` if `MLFLOW_EXPERIMENT_NAME` is not set.

    `MLFLOW_TRACKING_URI` decides where.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mlflow = _module("mlflow")
        self.failures = (self._mlflow.exceptions.MlflowException,)
        self._client: Any = None

    def open(self) -> None:
        """Begins a run, or continues that of the folder."""
        self._client = self._mlflow.MlflowClient()
        self._id = self._kept(self._begin)
        self._client.update_run(self._id, status="RUNNING")

    def _begin(self) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "tfgan_it")
        experiment = self._client.get_experiment_by_name(name)
        number = (
            self._client.create_experiment(name) if not experiment else experiment.experiment_id
        )
        run = self._client.create_run(number, run_name=self.name).info.run_id
        for option, value in self.options.items():
            self._client.log_param(run, option, value)
        return run

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Logs numbers."""
        now = int(1000 * time.time())
        metrics = [self._mlflow.entities.Metric(k, v, now, step) for k, v in values.items()]
        self._client.log_batch(self._id, metrics)

    def log_picture(self, name: str, step: int, picture: np.ndarray) -> None:
        """Logs an image as an artifact."""
        self._client.log_image(self._id, picture, artifact_file=f"{name}-{step:06d}.png")

    def close(self) -> None:
        """Marks the run as finished."""
        if self._client is not None:
            self._client.set_terminated(self._id)
        self._client = None


TRACKERS: dict[str, type[Tracker]] = {"wandb": WeightsAndBiases, "mlflow": MLflow}


def get(
    name: str,
    folder: str | os.PathLike,
    run_name: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Tracker:
    """Returns the tracker of a name, for `Statistics(..., trackers=[...])`.

    Args:
        name: `wandb` or `mlflow`.
        folder: Folder of the run.
        run_name: Name of the run; that of the folder by default.
        options: Options of the run, recorded with it.

    Raises:
        ValueError: If the name is unknown; the message names the nearest.
        ImportError: If its package is not installed.
    """
    return TRACKERS[check_choice("tracker", name, TRACKERS)](folder, run_name, options)


def check_installed(names: Iterable[str]) -> None:
    """Raises what `get` would, for each of the names, before anything else is done."""
    for name in names:
        check_choice("tracker", name, TRACKERS)
        _module(name)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{name} cannot be imported ({one_line(error)}): pip install 'tfgan_it[{name}]'."
        ) from None
