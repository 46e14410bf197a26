"""Checkpoints that are written atomically and verified by a checksum."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import zipfile

import keras
from absl import logging

from tfgan_it.callbacks.every_steps import EverySteps
from tfgan_it.callbacks.stopping import check_weights
from tfgan_it.errors import unknown_name
from tfgan_it.files import replace_text
from tfgan_it.model_files import load_model
from tfgan_it.version import __version__

_NAME = re.compile(r"step-(\d+)-([0-9a-f]{16})\.keras")


class Checkpoints(EverySteps):
    """Saves the whole compiled model every `every` steps and at the end of training.

    A checkpoint is a `.keras` file, `step-STEP-CHECKSUM.keras`, which `keras.models.load_model`
    loads. It is written under another name and then renamed, so that a file of this name is
    complete. CHECKSUM is the first 16 hex digits of its SHA-256. The comment of the ZIP archive
    gives the version of tfgan_it that wrote it.

    Args:
        folder: Folder of the checkpoints.
        every: Number of generator updates between two checkpoints.
        keep: Number of the newest checkpoints to keep.
        best: A name in `model.metric_names`; these metrics need no labels. The checkpoint with its
            highest value is kept as well, in the folder `best`; with a minus before the name, the
            one with its lowest value. If None, no best checkpoint is kept.

    Raises:
        ValueError: If `every` is below 1; when training begins, if `best` is unknown.
    """

    def __init__(
        self, folder: str | os.PathLike, every: int, keep: int = 3, best: str | None = None
    ) -> None:
        super().__init__(every)
        self.folder, self.keep, self.best = pathlib.Path(folder), keep, best

    def on_train_begin(self, logs=None):
        """Raises ValueError if the model does not measure `best`."""
        super().on_train_begin(logs)
        check_best(self.best, self.model)

    def on_train_batch_end(self, batch, logs=None):
        """Saves every `every` steps."""
        if self.is_due():
            save_checkpoint(self.model, self.folder, self.keep)

    def on_train_end(self, logs=None):
        """Saves after the last step, unless its checkpoint exists."""
        save_checkpoint(self.model, self.folder, self.keep)

    def maybe_keep_best(self, measured: dict[str, float]) -> None:
        """Saves the model to the folder `best` if the value of `best` is better than all before.

        Args:
            measured: Measured quantities by name.

        Raises:
            ValueError: If `best` is not one of the measured quantities; names the nearest.
        """
        if self.best is None:
            return
        name, sign = self.best.removeprefix("-"), -1 if self.best.startswith("-") else 1
        if name not in measured:
            raise unknown_name("measured quantity", name, measured)
        folder = self.folder / "best"
        record = folder / "best.json"
        before = json.loads(record.read_text())["value"] if record.exists() else None
        if before is None or sign * measured[name] > sign * before:
            path = save_checkpoint(self.model, folder, keep=1)
            values = {"quantity": name, "value": measured[name], "step": self.model.trained_steps}
            replace_text(record, json.dumps({**values, "checkpoint": path.name}) + "\n")


def check_best(best: str | None, model: keras.Model) -> None:
    """Raises a ValueError with the nearest name if `best` is not in `model.metric_names`."""
    if best and best.removeprefix("-") not in model.metric_names:
        raise unknown_name("measured quantity", best.removeprefix("-"), model.metric_names)


def checkpoints(folder: str | os.PathLike) -> list[pathlib.Path]:
    """Returns the checkpoints in a folder, the newest first."""
    paths = [path for path in pathlib.Path(folder).glob("*.keras") if _NAME.fullmatch(path.name)]
    return sorted(paths, key=_step, reverse=True)


def newest_checkpoint(folder: str | os.PathLike) -> pathlib.Path | None:
    """Returns the newest undamaged checkpoint, or None."""
    return next(filter(_is_whole, checkpoints(folder)), None)


def save_checkpoint(model: keras.Model, folder: str | os.PathLike, keep: int = 3) -> pathlib.Path:
    """Saves a model at its current step, and removes all but the newest `keep` checkpoints.

    Args:
        model: A compiled model.
        folder: Folder of the checkpoints.
        keep: Number of checkpoints to keep, of this step and before.

    Returns:
        The path of the checkpoint. An undamaged checkpoint of this step is not written again.

    Raises:
        NonFiniteLoss: If a weight is not finite; nothing is saved.
        OSError: If it cannot be written, as on a full disk; earlier checkpoints do not change.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in checkpoints(folder):
        if _step(path) == model.trained_steps and _is_whole(path):
            return path
    check_weights(model)
    partial = folder / "writing.keras"
    try:
        model.save(partial)
        with zipfile.ZipFile(partial, "a") as archive:
            archive.comment = f"tfgan_it {__version__}".encode()
        path = folder / f"step-{model.trained_steps:07d}-{_checksum(partial)}.keras"
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # HDF5 reports a full disk so.
        partial.unlink(missing_ok=True)
        last = newest_checkpoint(folder)
        reason = str(error).splitlines()[0]
        raise OSError(
            f"The checkpoint of step {model.trained_steps} cannot be written to {folder} ({reason})"
            f"; {f'the last one is {last.name}' if last else 'there is no earlier one'}."
        ) from error
    # Later ones are damaged, else this run would have resumed from them: they do not count.
    past = [old for old in checkpoints(folder) if _step(old) <= _step(path)]
    kept = list(filter(_is_whole, past))[:keep]
    for old in past:
        if old not in kept:
            old.unlink()
    return path


def load_checkpoint(folder: str | os.PathLike) -> keras.Model:
    """Loads the newest undamaged checkpoint, and logs the damaged ones.

    Call it inside a strategy's scope to continue training under that strategy.

    Raises:
        FileNotFoundError: If there is no undamaged checkpoint.
        ValueError: If its file is not that of a model; see `model_files.load_model`.
    """
    damaged: list[str] = []
    for path in checkpoints(folder):
        if _is_whole(path):
            if damaged:
                logging.warning("falling back to %s", path.name)
            return load_model(path)
        logging.warning("checkpoint %s is damaged: its checksum does not match", path.name)
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
    return _checksum(path) == _parts(path)[1]


def _checksum(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
