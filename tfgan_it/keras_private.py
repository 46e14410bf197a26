"""Every private name of Keras that this package uses; tests say what each is for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras


class NoSymbolicBuild:
    """A mix-in for models that are built before `fit`; it stands before `keras.Model`.

    Keras calls `_maybe_symbolic_build` on a batch of data before the first step, to build what is
    not built. Under several workers that would average a batch of uint8 over them, and fail.
    """

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Does nothing."""


def adam_moments(
    optimizer: keras.optimizers.Adam, variable: keras.Variable
) -> tuple[keras.Variable, keras.Variable]:
    """The means of the gradient and of its square that a built Adam keeps for a variable."""
    index = optimizer._get_variable_index(variable)
    return optimizer._momentums[index], optimizer._velocities[index]


def pending_variable(initial_value: Callable[[], Any]) -> keras.Variable | None:
    """The Keras variable that is about to get this initial value from its initialiser.

    Keras gives TensorFlow a function without a shape, in which the variable is named `self`.
    """
    return inspect.getclosurevars(initial_value).nonlocals.get("self")


def forget_initial_epoch(model: keras.Model) -> None:
    """Forgets the epoch of a backup that an earlier `fit` has restored; Keras would start there."""
    model._initial_epoch = None
