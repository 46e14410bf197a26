"""Callbacks that end a run for a reason."""

from __future__ import annotations

import signal
from typing import Any

import keras
import numpy as np
from keras import ops


class NonFiniteLoss(FloatingPointError):
    """A quantity of the train step is nan or infinite."""


def check_weights(model: keras.Model) -> None:
    """Raises `NonFiniteLoss` where a weight of the model is nan or infinite."""
    for weight in model.weights:
        if not bool(ops.all(ops.isfinite(weight))):
            raise NonFiniteLoss(
                f"step {model.trained_steps}: {weight.path} is not finite; try a lower learning "
                "rate"
            )


class StopOnNonFinite(keras.callbacks.Callback):
    """Raises `NonFiniteLoss`, naming the step and the quantity, once one is not finite.

    Put it before the callback that saves: the last checkpoint then is the last good one.
    """

    def on_train_batch_end(self, batch, logs=None):
        """Looks at every quantity of the step."""
        bad = [name for name, value in (logs or {}).items() if not np.isfinite(value)]
        if bad:
            raise NonFiniteLoss(
                f"step {self.model.trained_steps}: {', '.join(bad)} not finite; try a lower "
                "learning rate"
            )


class StopOnSignal(keras.callbacks.Callback):
    """Ends training after the present step on SIGINT or SIGTERM; a second SIGINT interrupts it.

    Attributes:
        received: The signal, or None.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: signal.Signals | None = None
        self._previous: dict[signal.Signals, Any] = {}

    def on_train_begin(self, logs=None):
        """Takes over the two signals."""
        self.received = None
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._receive)

    def on_train_batch_end(self, batch, logs=None):
        """Ends training where a signal came."""
        if self.received:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Gives the signals back."""
        self.release()

    def release(self) -> None:
        """Gives the signals back; call it where training ended by an exception."""
        while self._previous:
            signal.signal(*self._previous.popitem())

    def _receive(self, number: int, frame: Any) -> None:
        if self.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = signal.Signals(number)
