"""Callbacks that end training."""

from __future__ import annotations

import signal
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_it.checks import non_finite_weight
from tfgan_it.distribution import has_many_workers
from tfgan_it.keywords import CheckedKeywords

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NonFiniteLoss(FloatingPointError):
    """A quantity of the train step is nan or infinite."""


def check_weights(model: keras.Model) -> None:
    """Raises `NonFiniteLoss` if a weight of the model is nan or infinite."""
    weight = non_finite_weight(model)
    if weight:
        raise NonFiniteLoss(
            f"step {model.trained_steps}: {weight} is not finite; try a lower learning rate"
        )


class TerminateOnNonFinite(CheckedKeywords, keras.callbacks.Callback):
    """Raises `NonFiniteLoss`, with the step and the quantity, if a quantity is not finite.

    Put it before the callback that saves checkpoints, so that the last checkpoint is finite.
    """

    def on_train_batch_end(self, batch, logs=None):
        """Checks every quantity of the step."""
        bad = [name for name, value in (logs or {}).items() if not np.isfinite(value)]
        if bad:
            raise NonFiniteLoss(
                f"step {self.model.trained_steps}: {', '.join(bad)} not finite; try a lower "
                "learning rate"
            )


class StopOnSignal(CheckedKeywords, keras.callbacks.Callback):
    """Ends training after the current step on SIGINT, SIGTERM or SIGHUP; a second SIGINT at once.

    A SIGHUP that the process ignores, as under `nohup`, is still ignored.

    With several workers, a signal to one of them ends all of them after the same step.

    Attributes:
        received: The received signal, or None.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: signal.Signals | None = None
        self._sent: signal.Signals | None = None
        self._summed: Any = None
        self._previous: dict[signal.Signals, Any] = {}

    def on_train_begin(self, logs=None):
        """Installs the handlers of the signals."""
        self.received = self._sent = self._summed = None
        strategy = self.model.distribute_strategy
        if has_many_workers(strategy):

            def summed(sent):
                return strategy.reduce("SUM", strategy.run(tf.identity, args=(sent,)), axis=None)

            # One graph: eager calls would leak memory in each step.
            self._summed = tf.function(summed)
        for number in _SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._receive)

    def on_train_batch_end(self, batch, logs=None):
        """Ends training if a signal was received."""
        if self._summed:  # A worker that continued would wait for those that have stopped.
            sent = tf.constant([float(self._sent == number) for number in _SIGNALS])
            counts = dict(zip(_SIGNALS, self._summed(sent).numpy(), strict=True))
            self.received = next((number for number in _SIGNALS if counts[number]), None)
        if self.received:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Restores the previous handlers."""
        self.release()

    def release(self) -> None:
        """Restores the previous handlers; call it if training ended by an exception."""
        while self._previous:
            signal.signal(*self._previous.popitem())

    def _receive(self, number: int, frame: Any) -> None:
        if self._sent and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._sent = signal.Signals(number)
        if not self._summed:
            self.received = self._sent
