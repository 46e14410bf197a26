"""Callbacks that act at multiples of a number of steps."""

from __future__ import annotations

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
