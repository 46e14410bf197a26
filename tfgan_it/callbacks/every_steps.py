"""Callbacks that act at multiples of a number of steps."""

from __future__ import annotations

from typing import Any

import keras

from tfgan_it.checks import check_integer
from tfgan_it.keywords import CheckedKeywords


class EverySteps(CheckedKeywords, keras.callbacks.Callback):
    """A callback that acts at each multiple of `every` generator updates.

    With `compile(steps_per_execution=k)`, Keras calls callbacks after every k-th update only. They
    then act after the first of these updates that reaches or passes a multiple of `every`.

    Args:
        every: Number of generator updates between two actions.
        optional: Whether `every` may be None, for no actions.
    """

    def __init__(self, every: int | None, *, optional: bool = False) -> None:
        super().__init__()
        self.every = check_integer(self, "every", every, 1, optional=optional)
        self._last_step = 0

    def on_train_begin(self, logs=None):
        """Starts to count at the model's step."""
        self._last_step = self.model.trained_steps

    def is_due(self) -> bool:
        """Returns whether a multiple of `every` was reached since the last call."""
        last, self._last_step = self._last_step, self.model.trained_steps
        return self.every is not None and self._last_step // self.every > last // self.every


class OncePerStep(EverySteps):
    """A callback that acts at each multiple of `every` steps and after the last step, once each.

    Without `every` it acts after each epoch. It does not act after training that was stopped. The
    attribute `done_at` is the step at which it acted last; who resumes a run may set it.

    Args:
        every: Number of generator updates between two actions.
        optional: Whether `every` may be None.
    """

    def __init__(self, every: int | None, *, optional: bool = False) -> None:
        super().__init__(every, optional=optional)
        self.done_at = -1

    def act(self, step: int, logs: dict[str, Any] | None) -> None:
        """Does at a step what the callback is for."""
        raise NotImplementedError

    def act_once(self, logs: dict[str, Any] | None) -> None:
        """Acts, unless this step is done."""
        step = self.model.trained_steps
        if step != self.done_at:
            self.act(step, logs)
            self.done_at = step

    def on_train_batch_end(self, batch, logs=None):
        """Acts every `every` steps."""
        if self.is_due():
            self.act_once(logs)

    def on_epoch_end(self, epoch, logs=None):
        """Acts if `every` is None."""
        if not self.every:
            self.act_once(logs)

    def on_train_end(self, logs=None):
        """Acts after the last step, unless this was just done or training was stopped."""
        if not self.model.stop_training:
            self.act_once(logs)
