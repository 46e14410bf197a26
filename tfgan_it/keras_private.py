"""Every private name of Keras that this package uses; tests say what each is for."""

from __future__ import annotations

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
