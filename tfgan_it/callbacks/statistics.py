"""Records of a run while it trains: a status line and a file."""

from __future__ import annotations

import itertools
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.callbacks.every_steps import EverySteps
from tfgan_it.callbacks.progress import Progress
from tfgan_it.callbacks.trackers import TensorBoard, Tracker
from tfgan_it.distribution import is_chief
from tfgan_it.errors import one_line
from tfgan_it.files import append_json_line, local_path, read_json_lines, write_json_lines
from tfgan_it.latents import Categorical


class Statistics(EverySteps):
    """Writes a record to `stats.jsonl` and TensorBoard, and a status line, every `every` steps.

    Each metric is the mean over the steps since the last record. Other callbacks, such as
    `Evaluation` and `InformationMonitor`, add their records by `append`. On a terminal there is
    also a progress bar. With several workers only the chief prints. Each record is one line of
    `stats.jsonl` and is written at once, so that `tail -F` can follow a run. The status line has
    at most 120 columns where possible:

        step 1200/3000  category carries at least 2.21 of 2.30 nats  JS at least 0.31 of 0.69 nats

    Args:
        folder: Folder of `stats.jsonl` and `tensorboard/`.
        every: Number of generator updates between two records.
        steps: Number of generator updates of the whole run.
        images_per_step: Number of real images in one step.
        trackers: Experiment trackers that get all that TensorBoard gets, see `trackers.get`.
        options: Options of the run, which TensorBoard shows as text.

    Raises:
        ValueError: If `every` is below 1.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        *,
        every: int,
        steps: int,
        images_per_step: int,
        trackers: Sequence[Tracker] = (),
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(every)
        self.folder, self.steps = local_path(folder, "folder"), steps
        self.images_per_step = images_per_step
        self.rates: list[float] = []
        self.progress = Progress(steps)
        self.trackers = [TensorBoard(self.folder, options=options), *trackers]
        self._open = False

    @property
    def images_per_second(self) -> float | None:
        """Median over the records so far, without the first call of the graph, which builds it."""
        ordered = sorted(self.rates)
        return ordered[len(ordered) // 2] if ordered else None

    def on_train_begin(self, logs=None):
        """Removes the records of steps that a resumed run will repeat."""
        super().on_train_begin(logs)
        kept = [r for r in read_records(self.folder) if r["step"] <= self.model.trained_steps]
        write_records(self.folder, kept)
        self._open = True
        self._send(lambda tracker: tracker.open())
        self._built = False
        self._start()
        chief = is_chief(self.model.distribute_strategy)
        self.progress.begin(self.model.trained_steps, silent=not chief)

        # Before the first step of an interval, the metrics may hold what an earlier `fit` left.
        self._carried = self._means() if self.model.trained_steps % self.every else []

    def on_epoch_begin(self, epoch, logs=None):
        """Restores the metrics that `fit` resets, so that an interval may span epochs and runs."""
        while self._carried:
            variable, value = self._carried.pop()
            variable.assign(value)

    def on_epoch_end(self, epoch, logs=None):
        """Keeps the metrics for the next epoch."""
        self._carried = self._means()

    def on_train_batch_begin(self, batch, logs=None):
        """Starts timing the step, so that the time of other callbacks is not counted."""
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Counts the steps, and writes a record every `every` steps."""
        step = self.model.trained_steps  # It waits for the device: before the clock is read.
        if self._built:
            self._seconds += time.perf_counter() - self._began
            self._timed += step - self._last_step
        self._built = True
        self.progress.advance(step, self._rate())
        if self.is_due() or step == self.steps:
            self._record(step, {name: float(value) for name, value in logs.items()})
            self.model.reset_metrics()
            self._start()

    def on_train_end(self, logs=None):
        """Erases the progress bar; other callbacks may still measure the last step."""
        self.release()

    def release(self) -> None:
        """Erases the progress bar; call it if an exception ended training."""
        self.progress.end()

    def close(self) -> None:
        """Ends the runs of the trackers; call it after the last record."""
        self._send(lambda tracker: tracker.close())
        self._open = False

    def print_line(self, line: str) -> None:
        """Prints a line above the bar, if this process is the chief."""
        self.progress.print_line(line)

    def _means(self) -> list[tuple[keras.Variable, np.ndarray]]:
        """Returns the variables of the metrics with their values."""
        variables = [v for metric in self.model.metrics for v in metric.variables]
        return [(v, ops.convert_to_numpy(v)) for v in variables]

    def _start(self) -> None:
        self._seconds, self._timed = 0.0, 0

    def _rate(self) -> float | None:
        """Returns the images per second of the steps since the last record."""
        return self.images_per_step * self._timed / self._seconds if self._seconds else None

    def _record(self, step: int, metrics: dict[str, float]) -> None:
        rate = self._rate()
        if rate:
            self.rates.append(rate)
        self.append({"step": step, "images_per_second": rate, **metrics})
        self._send(lambda tracker: tracker.log(step, metrics))
        self.print_line(self._status(step, rate, metrics))

    def append(self, record: dict[str, Any]) -> None:
        """Adds one record to `stats.jsonl`; sends the numbers of its groups to the trackers.

        A group is a dict in the record, which may be nested: `{"step": 8, "test": {"js_nats": .2}}`
        becomes the scalar `test/js_nats`. None and the group `protocol`, which describes the
        measurement, are not sent.

        Args:
            record: The number of the step under `step`, and values that JSON can represent.
        """
        append_json_line(self.folder / "stats.jsonl", record)
        groups = {name: value for name, value in record.items() if isinstance(value, dict)}
        groups.pop("protocol", None)
        if groups:
            self._send(lambda tracker: tracker.log(record["step"], dict(_numbers(groups))))

    def append_picture(self, name: str, step: int, picture: np.ndarray) -> None:
        """Sends a picture to TensorBoard and the trackers, uint8 `(height, width, channels)`."""
        self._send(lambda tracker: tracker.log_picture(name, step, picture))

    def _send(self, call: Callable[[Tracker], None]) -> None:
        """Calls each open tracker; says in one line which of them fails."""
        for tracker in self.trackers if self._open else ():
            try:
                call(tracker)
            except tracker.failures as error:
                reason = one_line(str(getattr(error, "message", error)).splitlines()[0])
                raise OSError(f"{tracker.place} cannot be written: {reason}.") from error

    def _status(self, step: int, rate: float | None, metrics: dict[str, float]) -> str:
        start = f"step {step:>{len(str(self.steps))}}/{self.steps}"
        divergence = f"{nats(metrics['js_nats'])} of {nats(math.log(2))} nats"
        after = [pace] if (pace := self.progress.pace(rate)) else []
        forms = itertools.product(
            (" carries at least", " at least"),
            ("JS divergence of real and generated", "JS divergence", "JS"),
        )
        for verb, words in forms:
            information = self._information(metrics, verb)
            line = "  ".join([start, *information, f"{words} at least {divergence}", *after])
            if len(line) <= 120:
                break
        return line

    def _information(self, metrics: dict[str, float], verb: str) -> list[str]:
        """Returns what the status line says about the information of labels and codes."""
        parts: list[str] = []
        if "label_information_nats" in metrics:
            value = nats(metrics["label_information_nats"])
            parts.append(f"label{verb} {value} of {nats(self.model.conditions.entropy())} nats")
        codes = self.model.latent.codes.parts if self.model.recognizes_codes else {}
        for name, part in codes.items():
            if f"information_nats_{name}" in metrics:
                # Only the entropy of a discrete code bounds its information.
                limit = f" of {nats(part.entropy())}" if isinstance(part, Categorical) else ""
                value = f"{nats(metrics[f'information_nats_{name}'])}{limit}"
                parts.append(f"{name} {value}" if parts else f"{name}{verb} {value} nats")
        return [", ".join(parts)] if parts else []


def _numbers(groups: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yields the numbers in nested groups, each with its path, such as `test/js_nats`."""
    for name, value in groups.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, (int, float)):
            yield f"{prefix}{name}", value


def nats(value: float) -> str:
    """Formats a value with two decimals, and -0.00 as 0.00.

    Example:

    >>> nats(-0.004)
    '0.00'
    """
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text


def write_records(folder: str | os.PathLike, records: list[dict[str, Any]]) -> None:
    """Replaces the records of `stats.jsonl`."""
    write_json_lines(local_path(folder) / "stats.jsonl", records)


def read_records(folder: str | os.PathLike) -> list[dict[str, Any]]:
    """Reads the records of `stats.jsonl`; drops an incomplete last line, as of a killed run."""
    return read_json_lines(local_path(folder) / "stats.jsonl")
