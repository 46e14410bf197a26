"""What a run says of itself while it runs: one line on the screen, one record on disk."""

from __future__ import annotations

import json
import math
import os
import pathlib
import time
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.callbacks.progress import Progress
from tfgan_it.checks import check_integer
from tfgan_it.distribution import is_chief
from tfgan_it.files import read_json_lines, write_json_lines
from tfgan_it.latents import Categorical


class Statistics(keras.callbacks.Callback):
    """Every so many steps: a record in `stats.jsonl`, TensorBoard scalars, and a status line.

    Each quantity is its mean over the steps since the last record. What others measure, such as
    `Evaluation` and `InformationMonitor`, reaches file and TensorBoard by `append`. On a terminal a
    bar shows how far the run is; where several workers train together, only the chief prints. A
    record is one line of `stats.jsonl`, and is there once it is made: `tail -F` follows a run. The
    status line has as many words as fit into 120 columns:

        step 1200/3000  category carries 2.21 of 2.30 nats  JS divergence at least 0.31 of 0.69 nats

    Args:
        folder: Folder of `stats.jsonl` and `tensorboard/`.
        every: Generator updates between two records.
        steps: Generator updates of the whole run.
        images_per_step: Real images that one step sees.
    """

    def __init__(
        self, folder: str | os.PathLike, *, every: int, steps: int, images_per_step: int
    ) -> None:
        super().__init__()
        self.every = check_integer(self, "every", every, 1)
        self.folder, self.steps = pathlib.Path(folder), steps
        self.images_per_step = images_per_step
        self.rates: list[float] = []
        self.progress = Progress(steps)
        self._writer: Any = None

    @property
    def images_per_second(self) -> float | None:
        """The median over the records so far, without the first step, which builds the graph."""
        ordered = sorted(self.rates)
        return ordered[len(ordered) // 2] if ordered else None

    def on_train_begin(self, logs=None):
        """Drops records of steps that a resumed run will make again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = [r for r in read_records(self.folder) if r["step"] <= self.model.trained_steps]
        write_records(self.folder, kept)
        if self._writer:
            self._writer.close()
        self._writer = tf.summary.create_file_writer(str(self.folder / "tensorboard"))
        self._built = False
        self._start()
        chief = is_chief(self.model.distribute_strategy)
        self.progress.begin(self.model.trained_steps, silent=not chief)

        # A run that resumes in the midst of an interval goes on with its means, which `fit` resets.
        variables = [v for metric in self.model.metrics for v in metric.variables]
        within = self.model.trained_steps % self.every
        self._carried = [(v, ops.convert_to_numpy(v)) for v in variables] if within else []

    def on_epoch_begin(self, epoch, logs=None):
        """Puts back what `fit` has reset."""
        while self._carried:
            variable, value = self._carried.pop()
            variable.assign(value)

    def on_train_batch_begin(self, batch, logs=None):
        """Starts the step's clock: what other callbacks do is not training time."""
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Counts the step, and records where `every` says so."""
        if self._built:
            self._seconds += time.perf_counter() - self._began
            self._timed += 1
        self._built = True
        step = self.model.trained_steps
        self.progress.advance(step, self._rate())
        if step % self.every == 0 or step == self.steps:
            self._record(step, {name: float(value) for name, value in logs.items()})
            self.model.reset_metrics()
            self._start()

    def on_train_end(self, logs=None):
        """Takes the bar away; other callbacks may still measure the end."""
        self.release()

    def release(self) -> None:
        """Takes the bar away; call it where training ended by an exception."""
        self.progress.end()

    def print_line(self, line: str) -> None:
        """Prints a line above the bar, where this process is the chief."""
        self.progress.print_line(line)

    def _start(self) -> None:
        self._seconds, self._timed = 0.0, 0

    def _rate(self) -> float | None:
        """Images per second of the steps since the last record."""
        return self.images_per_step * self._timed / self._seconds if self._seconds else None

    def _record(self, step: int, metric_names: dict[str, float]) -> None:
        rate = self._rate()
        if rate:
            self.rates.append(rate)
        self.append({"step": step, "images_per_second": rate, **metric_names})
        self._write_scalars(step, metric_names)
        self.print_line(self._status(step, rate, metric_names))

    def append(self, record: dict[str, Any]) -> None:
        """Adds one record to `stats.jsonl`, and the numbers of its groups to TensorBoard.

        A group is a dict in the record: of `{"step": 8, "test": {"js_nats": .2}}` the number is
        `test/js_nats`, of groups in groups alike. None is left out there, and so is `protocol`,
        which says how the others were measured.
        """
        with (self.folder / "stats.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")
        groups = {name: value for name, value in record.items() if isinstance(value, dict)}
        groups.pop("protocol", None)
        if groups and self._writer:
            self._write_scalars(record["step"], dict(_numbers(groups)))

    def _write_scalars(self, step: int, values: dict[str, float]) -> None:
        with self._writer.as_default(step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def _status(self, step: int, rate: float | None, metric_names: dict[str, float]) -> str:
        before = [
            f"step {step:>{len(str(self.steps))}}/{self.steps}",
            *self._information(metric_names),
        ]
        divergence = f"{nats(metric_names['js_nats'])} of {nats(math.log(2))} nats"
        after = [self.progress.pace(rate)] if self.progress.pace(rate) else []
        for words in ("JS divergence of real and generated", "JS divergence", "JS"):
            line = "  ".join([*before, f"{words} at least {divergence}", *after])
            if len(line) <= 120:
                break
        return line

    def _information(self, metric_names: dict[str, float]) -> list[str]:
        """How much each code carries, where something recognises it; one part of the line."""
        told: list[str] = []
        if "label_information_nats" in metric_names:
            value = nats(metric_names["label_information_nats"])
            told.append(f"label carries {value} of {nats(self.model.conditions.entropy())} nats")
        codes = self.model.latent.codes.parts if self.model.recognizes_codes else {}
        for name, part in codes.items():
            if f"information_nats_{name}" in metric_names:
                # Only a discrete code's entropy is the most that it can transmit.
                limit = f" of {nats(part.entropy())}" if isinstance(part, Categorical) else ""
                value = f"{nats(metric_names[f'information_nats_{name}'])}{limit}"
                told.append(f"{name} {value}" if told else f"{name} carries {value} nats")
        return [", ".join(told)] if told else []


def _numbers(groups: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in groups and in groups of groups, by path."""
    for name, value in groups.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, (int, float)):
            yield f"{prefix}{name}", value


def nats(value: float) -> str:
    """Two digits, and no minus before a zero.

    Example:

    >>> nats(-0.004)
    '0.00'
    """
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text


def write_records(folder: str | os.PathLike, records: list[dict[str, Any]]) -> None:
    """Makes `stats.jsonl` hold these records."""
    write_json_lines(pathlib.Path(folder) / "stats.jsonl", records)


def read_records(folder: str | os.PathLike) -> list[dict[str, Any]]:
    """The records of `stats.jsonl`; a last line that a killed run left half written is dropped."""
    return read_json_lines(pathlib.Path(folder) / "stats.jsonl")
