"""What a run says of itself while it runs: one line on the screen, one record on disk."""

from __future__ import annotations

import json
import math
import os
import pathlib
import time

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.files import read_json_lines, write_json_lines
from tfgan_it.latents import Categorical


class Statistics(keras.callbacks.Callback):
    """Every so many steps: a record in `stats.jsonl`, TensorBoard scalars, and a status line.

    Each quantity is its mean over the steps since the last record.

    Args:
        folder: Of `stats.jsonl` and `tensorboard/`.
        every: Generator updates between two records.
        steps: Generator updates of the whole run.
        images_per_step: Real images that one step sees.
    """

    def __init__(
        self, folder: str | os.PathLike, *, every: int, steps: int, images_per_step: int
    ) -> None:
        super().__init__()
        self.folder, self.every, self.steps = pathlib.Path(folder), every, steps
        self.images_per_step = images_per_step
        self.rates: list[float] = []

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
        self._writer = tf.summary.create_file_writer(str(self.folder / "tensorboard"))
        self._built = False
        self._start()

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
        if step % self.every == 0 or step == self.steps:
            self._record(step, {name: float(value) for name, value in logs.items()})
            self.model.reset_metrics()
            self._start()

    def on_train_end(self, logs=None):
        """Closes the event file."""
        self._writer.close()

    def _start(self) -> None:
        self._seconds, self._timed = 0.0, 0

    def _record(self, step: int, quantities: dict[str, float]) -> None:
        rate = self.images_per_step * self._timed / self._seconds if self._timed else None
        if rate:
            self.rates.append(rate)
        record = {"step": step, "images_per_second": rate, **quantities}
        self.append(record)
        with self._writer.as_default(step):
            for name, value in quantities.items():
                tf.summary.scalar(name, value)
        print(self._status(step, rate, quantities), flush=True)

    def append(self, record: dict[str, object]) -> None:
        """Adds one record to `stats.jsonl`."""
        with (self.folder / "stats.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")

    def _status(self, step: int, rate: float | None, quantities: dict[str, float]) -> str:
        parts = [f"step {step:>{len(str(self.steps))}}/{self.steps}"]
        codes = self.model.latent.codes
        if codes is not None:
            told = []
            for name, part in codes.parts.items():
                if f"information_nats_{name}" not in quantities:
                    continue
                # Only a discrete code's entropy is the most that it can transmit.
                limit = f" of {part.entropy():.2f}" if isinstance(part, Categorical) else ""
                told.append(f"{name} {quantities[f'information_nats_{name}']:.2f}{limit}")
            if told:
                parts.append(f"information {', '.join(told)} nats")
        parts.append(f"JS >= {quantities['js_nats']:.2f} of {math.log(2):.2f} nats")
        if rate:
            left = (self.steps - step) * self.images_per_step / rate
            parts.append(f"{rate:.0f} images/s, {int(left) // 60}m{int(left) % 60:02d}s left")
        return "  ".join(parts)


def write_records(folder: str | os.PathLike, records: list[dict[str, object]]) -> None:
    """Makes `stats.jsonl` hold these records."""
    write_json_lines(pathlib.Path(folder) / "stats.jsonl", records)


def read_records(folder: str | os.PathLike) -> list[dict[str, object]]:
    """The records of `stats.jsonl`; a last line that a killed run left half written is dropped."""
    return read_json_lines(pathlib.Path(folder) / "stats.jsonl")
