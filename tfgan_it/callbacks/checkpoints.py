"""Checkpoints that are written atomically and verified by a checksum."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import pathlib
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from absl import logging

from tfgan_it.callbacks.every_steps import EverySteps
from tfgan_it.callbacks.stopping import check_weights
from tfgan_it.checks import check_integer
from tfgan_it.errors import one_line, unknown_name
from tfgan_it.files import local_path, partial_folder, put, write_json
from tfgan_it.model_files import METADATA, comment, load_model, step_of

_NAME = re.compile(r"step-(\d+)-([0-9a-f]{16})\.keras")


class Checkpoints(EverySteps):
    """Saves the whole compiled model every `every` steps and at the end of training.

    A checkpoint is a `.keras` file, `step-STEP-CHECKSUM.keras`, which `keras.models.load_model`
    loads. It is written under another name and then renamed, so that a file of this name is
    complete. CHECKSUM is the first 16 hex digits of its SHA-256. The comment of the ZIP archive
    gives the version of tfgan_it that wrote it, and the step, which must be that of the name.

    Put it behind all callbacks that record or draw. Then a checkpoint exists only if everything of
    its step is recorded, and a run that is killed at any moment and resumed records what it would
    have recorded.

    Args:
        folder: Folder of the checkpoints.
        every: Number of generator updates between two checkpoints.
        keep: Number of the newest checkpoints to keep.
        best: A name in `model.metric_names`; these metrics need no labels. The checkpoint with its
            highest value is kept as well, in the folder `best`; with a minus before the name, the
            one with its lowest value. If None, no best checkpoint is kept.
        metadata: Function that returns what else each checkpoint holds, as JSON; see
            `read_metadata`.
        measures: Further names that `best` may have, such as `SampleQuality.measures`.

    Raises:
        ValueError: If `every` or `keep` is below 1; when training begins, if `best` is unknown.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        every: int,
        keep: int = 3,
        best: str | None = None,
        metadata: Callable[[], Mapping[str, Any]] = dict,
        measures: Sequence[str] = (),
    ) -> None:
        super().__init__(every)
        self.keep = check_integer(self, "keep", keep, 1)
        self.folder, self.best, self.metadata = local_path(folder, "folder"), best, metadata
        self._measures, self._end = tuple(measures), -1

    def on_train_begin(self, logs=None):
        """Raises ValueError if the model does not measure `best`, or the folder has another."""
        super().on_train_begin(logs)
        check_best(self.best, self.model, self._measures)
        self._kept_best()
        params = self.params or {}
        steps = (params.get("steps") or 0) * (params.get("epochs") or 1)
        self._end = self.model.trained_steps + steps

    def on_train_batch_end(self, batch, logs=None):
        """Saves every `every` steps; the last step of `fit` when all of it is recorded."""
        if self.is_due() and self.model.trained_steps != self._end:
            self._save(self.folder, self.keep)

    def on_train_end(self, logs=None):
        """Saves after the last step, unless its checkpoint exists."""
        self._save(self.folder, self.keep)

    def maybe_keep_best(self, measured: dict[str, float]) -> None:
        """Saves the model to the folder `best` if the value of `best` is better than all before.

        Args:
            measured: Measured quantities by name.

        A value that is not finite is not an improvement.

        Raises:
            ValueError: If `best` is not one of the measured quantities; names the nearest.
        """
        if self.best is None:
            return
        name, sign = self.best.removeprefix("-"), -1 if self.best.startswith("-") else 1
        if name not in measured:
            raise unknown_name("measured quantity", name, measured)
        folder, value = self.folder / "best", measured[name]
        kept = self._kept_best()
        if math.isfinite(value) and (kept is None or sign * value > sign * kept["value"]):
            # The previous one is kept until the record names the new one.
            path = self._save(folder, len(checkpoints(folder)) + 1)
            kept = {"quantity": name, "value": value, "step": self.model.trained_steps}
            kept["checkpoint"] = path.name
            write_json(folder / "best.json", kept)
        for path in checkpoints(folder):
            if kept and path.name != kept["checkpoint"]:
                path.unlink()

    def _kept_best(self) -> dict[str, Any] | None:
        """Returns what `best.json` says of the best checkpoint so far, or None without one."""
        path = self.folder / "best" / "best.json"
        if self.best is None or not path.exists():
            return None
        try:
            kept = json.loads(path.read_text())
            quantity, _, _ = kept["quantity"], float(kept["value"]), kept["checkpoint"]
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path} is damaged: {error!r}.") from None
        if quantity != self.best.removeprefix("-"):
            raise ValueError(
                f"{path.parent} holds the best checkpoint by {quantity!r}, not by {self.best!r}: "
                "use another folder."
            )
        return kept

    def _save(self, folder: pathlib.Path, keep: int) -> pathlib.Path:
        return save_checkpoint(self.model, folder, keep, self.metadata())


def check_best(best: str | None, model: keras.Model, measures: Sequence[str] = ()) -> None:
    """Checks that `best` is in `model.metric_names` or in `measures`.

    Raises:
        ValueError: If it is not; names the nearest.
    """
    names = [*model.metric_names, *measures]
    if best is not None and best.removeprefix("-") not in names:
        raise unknown_name("measured quantity", best.removeprefix("-"), names)


def checkpoints(folder: str | os.PathLike) -> list[pathlib.Path]:
    """Returns the checkpoints in a folder, the newest first."""
    paths = [path for path in local_path(folder).glob("*.keras") if _NAME.fullmatch(path.name)]
    return sorted(paths, key=_step, reverse=True)


def newest_checkpoint(folder: str | os.PathLike) -> pathlib.Path | None:
    """Returns the newest undamaged checkpoint, or None."""
    return next(filter(_is_whole, checkpoints(folder)), None)


def save_checkpoint(
    model: keras.Model,
    folder: str | os.PathLike,
    keep: int = 3,
    metadata: Mapping[str, Any] | None = None,
) -> pathlib.Path:
    """Saves a model at its current step, and removes all but the newest `keep` checkpoints.

    Args:
        model: A compiled model.
        folder: Folder of the checkpoints.
        keep: Number of checkpoints to keep, of this step and before.
        metadata: What else the checkpoint holds, as JSON; see `read_metadata`.

    Returns:
        The path of the checkpoint. An undamaged checkpoint of this step is not written again.

    Raises:
        NonFiniteLoss: If a weight is not finite; nothing is saved.
        OSError: If it cannot be written, as on a full disk; earlier checkpoints do not change.
    """
    folder = local_path(folder, "folder")
    for path in checkpoints(folder):
        if _step(path) == model.trained_steps and _is_whole(path):
            return path
    check_weights(model)
    try:
        with partial_folder(folder) as partial_parent:
            partial = partial_parent / "model.keras"
            model.save(partial)
            with zipfile.ZipFile(partial, "a") as archive:
                archive.writestr(METADATA, json.dumps(dict(metadata or {})))
                archive.comment = comment(model.trained_steps)
            path = folder / f"step-{model.trained_steps:07d}-{_checksum(partial)}.keras"
            put(partial, path)
    except (OSError, RuntimeError) as error:  # HDF5 reports a full disk so.
        last = newest_checkpoint(folder)
        reason = one_line(error).rstrip(".")
        raise OSError(
            f"The checkpoint of step {model.trained_steps} cannot be written to {folder} ({reason})"
            f"; {f'the last one is {last.name}' if last else 'there is no earlier one'}."
        ) from error
    # Later ones are damaged, else this run would have resumed from them: they do not count.
    past = [old for old in checkpoints(folder) if _step(old) <= _step(path)]
    kept = list(filter(_is_whole, past))[:keep]
    for old in past:
        if old not in kept:
            with contextlib.suppress(OSError):  # What cannot be removed stays, such as a folder.
                old.unlink()
    return path


def load_checkpoint(folder: str | os.PathLike) -> keras.Model:
    """Loads the newest undamaged checkpoint, and logs those that are damaged or unreadable.

    Call it inside a strategy's scope to continue training under that strategy.

    Raises:
        FileNotFoundError: If there is no undamaged checkpoint.
        ValueError: If its file is not that of a model; see `model_files.load_model`.
    """
    damaged: list[str] = []
    for path in checkpoints(folder):
        fault = _fault(path)
        if fault is None:
            if damaged:
                logging.warning("falling back to %s", path.name)
            return load_model(path)
        logging.warning("checkpoint %s %s", path.name, fault)
        damaged.append(path.name)
    reason = f"only damaged ones: {', '.join(damaged)}" if damaged else "none found"
    raise FileNotFoundError(f"No checkpoint to load in {folder}: {reason}.")


def _parts(path: pathlib.Path) -> tuple[str, ...]:
    match = _NAME.fullmatch(path.name)
    assert match, f"{path} does not have the name of a checkpoint"
    return match.groups()


def _step(path: pathlib.Path) -> int:
    return int(_parts(path)[0])


def _is_whole(path: pathlib.Path) -> bool:
    return _fault(path) is None


def _fault(path: pathlib.Path) -> str | None:
    """Returns what is wrong with the file of a checkpoint, or None."""
    try:
        if not path.is_file():  # A folder, a link to nothing, a pipe that would never end.
            return "is not a file"
        whole = _checksum(path) == _parts(path)[1]
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not whole:
        return "is damaged: its checksum does not match"
    step = step_of(path)
    return None if step in (None, _step(path)) else f"was renamed: it was written at step {step}"


def _checksum(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
