"""Keras's own callbacks: what a GAN gives them, and which it refuses before training."""

from __future__ import annotations

import importlib.util
import inspect
import math
import string
import warnings
from collections.abc import Sequence
from typing import Any

import keras
from keras import tree

from tfgan_it.errors import one_line, unknown_name
from tfgan_it.files import local_path
from tfgan_it.keras_private import forget_initial_epoch
from tfgan_it.models.keras_arguments import check_model_file
from tfgan_it.models.players_optimizer import check_settable
from tfgan_it.typing import Callbacks, Model

# By name of the class, because some versions of Keras lack some; docs/keras.md lists them all.
REFUSED = {
    "SwapEMAWeights": "GAN(..., moving_average=0.999) keeps an average of the generator's weights, "
    "and generates and evaluates with it",
    "OrbaxCheckpoint": "it saves one optimiser, and a GAN has several: use ModelCheckpoint or "
    " tfgan_it.callbacks.Checkpoints",
}
_WATCHERS = ("EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint")
_SETTERS = ("LearningRateScheduler", "ReduceLROnPlateau")


class FillMissing(keras.callbacks.Callback):
    """Sets metrics that no term has reported in an epoch to NaN, for callbacks that make tables.

    Others do not see such metrics: a comparison with NaN would stop `EarlyStopping`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.filled: list[str] = []

    def on_epoch_end(self, epoch, logs=None):
        """Adds what is missing."""
        self.filled = [name for name in self.model.metric_names if name not in (logs or {})]
        if logs is not None:
            logs.update(dict.fromkeys(self.filled, math.nan))


class RemoveFilled(keras.callbacks.Callback):
    """Removes from the logs what a `FillMissing` has added."""

    def __init__(self, filling: FillMissing) -> None:
        super().__init__()
        self.filling = filling

    def on_epoch_end(self, epoch, logs=None):
        """Removes it."""
        for name in self.filling.filled:
            (logs or {}).pop(name, None)


class WatchAllLosses(keras.callbacks.Callback):
    """Shows `TerminateOnNaN`, which looks for `loss`, the sum of all metrics in its place.

    Args:
        watching: The callback.
    """

    def __init__(self, watching: keras.callbacks.TerminateOnNaN) -> None:
        super().__init__()
        self.watching = watching

    def on_train_batch_end(self, batch, logs=None):
        """Calls it; a metric that is not finite makes the sum so."""
        self.watching.on_batch_end(batch, {"loss": sum((logs or {}).values())})


def prepare_callbacks(
    model: Model,
    callbacks: Callbacks,
    validates: bool,
    validation_freq: int | Sequence[int] = 1,
) -> Callbacks:
    """Checks the callbacks of `fit`, and returns them with what Keras's own need for a GAN.

    Args:
        model: A compiled model.
        callbacks: Argument of `fit`.
        validates: Whether there are validation data.
        validation_freq: Argument of `fit`.

    Raises:
        ValueError: If one is not a callback, has no use for a GAN, monitors a metric that there is
            not, does not say whether it is to be low or high, or names a file by a metric that the
            logs may lack when it is saved.
    """
    is_list = isinstance(callbacks, keras.callbacks.CallbackList)
    own = (FillMissing, RemoveFilled, WatchAllLosses)
    members = [callback for callback in check_callbacks(callbacks) if not isinstance(callback, own)]
    for callback in members:
        _check(model, callback)
    names = [*model.metric_names, *(f"val_{n}" for n in model.evaluation_metric_names if validates)]
    for callback in members:
        if _keras_names(callback) & {*_WATCHERS}:
            _check_monitor(callback, names, members)
        elif isinstance(monitor := getattr(callback, "monitor", None), str):
            _check_monitored(callback, monitor.removeprefix("-"), names, members)
        if "ModelCheckpoint" in _keras_names(callback):
            _check_keys(model, callback, names, members, validation_freq)
        names += getattr(callback, "measures", ())  # Of this callback, for those behind it.
    prepared: list[keras.callbacks.Callback] = []
    for callback in members:
        if isinstance(callback, keras.callbacks.TerminateOnNaN):
            prepared += [callback, WatchAllLosses(callback)]
        elif isinstance(callback, keras.callbacks.CSVLogger):
            filling = FillMissing()
            prepared += [filling, callback, RemoveFilled(filling)]
        elif isinstance(callback, keras.callbacks.History):
            prepared += [FillMissing(), callback]
        else:
            prepared.append(callback)
    if not is_list:
        return [*prepared, FillMissing()]  # Keras adds a History.
    for callback in prepared:
        callback.set_model(model)
    callbacks.callbacks[:] = prepared
    return callbacks


def check_callbacks(callbacks: Callbacks) -> list[keras.callbacks.Callback]:
    """Returns the callbacks of an argument in a list.

    Raises:
        ValueError: If one is not a callback, or has no use for a GAN.
    """
    is_list = isinstance(callbacks, keras.callbacks.CallbackList)
    members = callbacks.callbacks if is_list else tree.flatten(callbacks or [])
    for callback in members:
        if not isinstance(callback, keras.callbacks.Callback):
            name = callback.__name__ if inspect.isclass(callback) else repr(callback)
            hint = f": give an instance, {name}(...)" if inspect.isclass(callback) else ""
            raise ValueError(
                f"callbacks must be keras.callbacks.Callback objects, got {name}{hint}."
            )
        for name in _keras_names(callback) & REFUSED.keys():
            raise ValueError(f"{name} has no use for a GAN: {REFUSED[name]}.")
    return members


def restore_backups(model: Model, callbacks: Callbacks) -> bool:
    """Lets `BackupAndRestore` load its backup before `fit` puts the data into order.

    Returns:
        Whether there was a backup. Keras loads it again when training begins.

    Raises:
        ValueError: If a backup is damaged or of another model, which then stays as it is.
    """
    forget_initial_epoch(model)
    step = model.trained_steps
    for callback in getattr(callbacks, "callbacks", callbacks) or []:
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            callback.set_model(model)
            _restore(callback)
    return model.trained_steps != step


def _restore(callback: keras.callbacks.BackupAndRestore) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Of other optimisers Keras only warns.
            callback.on_train_begin()
    except Exception as error:  # Keras raises errors of many kinds.
        raise ValueError(
            f"BackupAndRestore: the backup in {callback.backup_dir} is damaged or of another "
            f"model: {one_line(error, 200).rstrip('.')}; delete it, or give another folder."
        ) from error


def _keras_names(callback: keras.callbacks.Callback) -> set[str]:
    """Names of a callback's classes in Keras."""
    return {c.__name__ for c in type(callback).__mro__ if c.__module__.split(".")[0] == "keras"}


def _check(model: Any, callback: Any) -> None:
    """Checks what a callback needs of the model, or of this machine."""
    names = _keras_names(callback)
    if "RemoteMonitor" in names and importlib.util.find_spec("requests") is None:
        raise ValueError("RemoteMonitor needs the package requests: install it.")
    if names & {*_SETTERS}:
        check_settable(model.optimizer)
    if "ModelCheckpoint" in names and not callback.save_weights_only:
        check_model_file("ModelCheckpoint", callback.filepath)
    for name, attribute in (("ModelCheckpoint", "filepath"), ("BackupAndRestore", "backup_dir")):
        path = str(getattr(callback, attribute)) if name in names else "."
        expanded = local_path(path, f"{name}: {attribute}")
        if path.startswith("~"):  # Keras makes a folder of this name.
            raise ValueError(f"{name}: {attribute} must be written out, as {expanded}, got {path}.")
    if "BackupAndRestore" in names and callback.save_freq != "epoch":
        raise ValueError(
            f"BackupAndRestore: save_freq must be 'epoch', got {callback.save_freq!r}: Keras would "
            "repeat the begun epoch. tfgan_it.callbacks.Checkpoints(folder, every=...) saves steps."
        )


def _check_monitor(callback: Any, names: Sequence[str], callbacks: Sequence[Any]) -> None:
    """Checks that a monitored metric is there, and that the callback knows which way is better."""
    owner, monitor = _name(callback), callback.monitor
    names, complete = _logged(names, callbacks)
    if getattr(callback, "save_best_only", True) and monitor not in names and complete:
        raise ValueError(f"{owner}: {unknown_name('monitor', monitor, names)}")
    # Keras knows only that a loss is to be low. Its older `ModelCheckpoint` does not keep `mode`.
    if getattr(callback, "mode", None) == "auto" and f"{monitor}".removeprefix("val_") != "loss":
        raise ValueError(
            f"{owner}: the metrics of a game have no direction of their own: give mode='min' or "
            f"mode='max' for monitor={monitor!r}."
        )


def _check_monitored(
    callback: Any, monitor: str, names: Sequence[str], callbacks: Sequence[Any]
) -> None:
    """Checks that a metric that is monitored with a sign is there."""
    if monitor not in names and _is_complete(callbacks):
        raise unknown_name(f"monitor of {_name(callback)}", monitor, names)


def _is_complete(callbacks: Sequence[Any]) -> bool:
    """Whether the logs have no more than what Keras and this package measure."""
    modules = {type(c).__module__.split(".")[0] for c in callbacks}
    lambdas = any(isinstance(c, keras.callbacks.LambdaCallback) for c in callbacks)
    return modules <= {"keras", "tfgan_it"} and not lambdas


def _check_keys(
    model: Any, callback: Any, names: Sequence[str], callbacks: Sequence[Any], validation_freq: Any
) -> None:
    """Checks that the logs have what a file is named by, whenever it is saved."""
    names, complete = _logged(names, callbacks)
    each_epoch = callback.save_freq == "epoch"
    places = ["epoch"] if each_epoch else ["epoch", "batch"]
    for key in {field for _, field, _, _ in string.Formatter().parse(callback.filepath) if field}:
        if key not in (*names, *places) and complete:
            raise ValueError(f"{_name(callback)}: {unknown_name('key of filepath', key, names)}")
        rare = key in model.late_metric_names
        rare |= key.startswith("val_") and not (each_epoch and validation_freq == 1)
        rare |= key == "learning_rate" and not each_epoch
        if key in names and rare:
            raise ValueError(
                f"{_name(callback)}: the logs lack {key!r} of filepath when some of the files are "
                "saved: name files by {epoch}, which is always there."
            )


def _logged(names: Sequence[str], callbacks: Sequence[Any]) -> tuple[list[str], bool]:
    """Returns what is in the logs, and whether other callbacks cannot add to it."""
    rate = ["learning_rate"] if any(map(_sets_rate, callbacks)) else []
    return [*names, *rate], _is_complete(callbacks)


def _name(callback: Any) -> str:
    return type(callback).__name__


def _sets_rate(callback: keras.callbacks.Callback) -> bool:
    return bool(_keras_names(callback) & {*_SETTERS})
