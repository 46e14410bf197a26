"""Several calls of `fit` that callbacks see as one training."""

from __future__ import annotations

from typing import Any

import keras


class OneTraining(keras.callbacks.CallbackList):
    """Callbacks of several calls of `fit`, which are the epochs of one training for them.

    So `EarlyStopping` counts, `CSVLogger` continues its file, and the epochs have numbers.
    Callbacks that are not Keras's own see a training in each call.

    Args:
        callbacks: Callbacks of the training.
        first_epoch: Number of the first epoch.
        **kwargs: As for `keras.callbacks.CallbackList`.
    """

    def __init__(self, callbacks: Any, first_epoch: int = 0, **kwargs: Any) -> None:
        super().__init__(callbacks, **kwargs)
        self.epoch, self.begun = first_epoch, False
        self.last_logs: dict[str, float] | None = None

    def on_train_begin(self, logs=None):
        """Begins the training, and each call for callbacks that are not Keras's own."""
        for callback in self.callbacks:
            if not (self.begun and _is_of_keras(callback)):
                callback.on_train_begin(logs)
        self.begun = True

    def on_epoch_begin(self, epoch, logs=None):
        """Begins the next epoch."""
        super().on_epoch_begin(self.epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        """Ends the epoch."""
        super().on_epoch_end(self.epoch, logs)
        self.epoch += 1

    def on_train_end(self, logs=None):
        """Ends a call for callbacks that are not Keras's own."""
        self.last_logs = logs
        for callback in self.callbacks:
            if not _is_of_keras(callback):
                callback.on_train_end(logs)

    def finish(self) -> None:
        """Ends the training for Keras's own callbacks."""
        for callback in self.callbacks:
            if self.begun and _is_of_keras(callback):
                callback.on_train_end(self.last_logs)


def _is_of_keras(callback: keras.callbacks.Callback) -> bool:
    """Returns whether this is one of Keras's callbacks, or a subclass of one."""
    classes = (c for c in type(callback).__mro__ if c is not keras.callbacks.Callback)
    return any(c.__module__.startswith("keras.") for c in classes)
