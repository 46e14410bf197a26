"""The optimisers of all players as the one optimiser that Keras's callbacks know."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_at_least
from tfgan_it.typing import Tensor

RATIO_TOLERANCE = 1e-6  # Rounding of float32.


class PlayersOptimizer:
    """`model.optimizer`: its learning rate is the generator's, which all players follow.

    Keras's callbacks, such as `ReduceLROnPlateau`, read and set `model.optimizer.learning_rate`.
    Whoever sets it multiplies the rate of every player by one factor: their ratio stays, as the
    two time-scale update rule needs it. `model.generator_optimizer.learning_rate` and
    `model.discriminator_optimizer.learning_rate` set the rate of one player alone.

    Args:
        first: The optimiser whose rate is shown.
        *others: The optimisers that follow it.

    Source: Heusel et al., 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
    Nash Equilibrium", for the ratio.

    Example:

    >>> generator, discriminator = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.4)
    >>> optimizer = PlayersOptimizer(generator, discriminator)
    >>> optimizer.learning_rate = 0.05
    >>> round(float(discriminator.learning_rate), 4)
    0.2
    """

    def __init__(
        self, first: keras.optimizers.Optimizer, *others: keras.optimizers.Optimizer
    ) -> None:
        # Around __setattr__, which guards the attributes of the optimisers.
        self.__dict__.update(first=first, others=others, ratios=[None] * len(others))
        self._remember_ratios()

    @property
    def learning_rate(self) -> Tensor:
        """Learning rate of the first optimiser."""
        rate = self.first.learning_rate
        return PlayersLearningRate(self) if isinstance(rate, keras.Variable) else rate

    @property
    def iterations(self) -> keras.Variable:
        """Number of updates of the first optimiser."""
        return self.first.iterations

    @property
    def variables(self) -> list[keras.Variable]:
        """Variables of all optimisers."""
        return [v for optimizer in (self.first, *self.others) for v in optimizer.variables]

    @property
    def inner_optimizer(self) -> keras.optimizers.Optimizer:
        """The first optimiser, without loss scaling: `TensorBoard` logs its learning rate."""
        return getattr(self.first, "inner_optimizer", self.first)

    def __getattr__(self, name: str) -> Any:
        # Copies and pickles ask for attributes before there are any.
        if name.startswith("__") or "first" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.first, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "learning_rate":
            raise AttributeError(
                f"model.optimizer stands for the optimisers of all players: set {name} of "
                "model.generator_optimizer or model.discriminator_optimizer."
            )
        self.set_learning_rate(value)

    def set_learning_rate(self, rate: Tensor) -> None:
        """Sets the first optimiser's rate, and multiplies the others by the same factor.

        Raises:
            ValueError: If the rate is not a finite number of at least 0, an optimiser has a
                schedule, or the ratio of the rates is unknown because the first has been 0 from the
                start.
        """
        check_settable(self)
        try:
            rate = float(ops.convert_to_numpy(rate))
        except (TypeError, ValueError):
            raise ValueError(
                f"model.optimizer.learning_rate must be a number, got {rate!r}: give schedules to "
                "the optimisers of compile."
            ) from None
        check_at_least("model.optimizer", "learning_rate", rate, 0)
        if rate > np.finfo("float32").max:
            raise ValueError(f"model.optimizer: learning_rate must be a float32, got {rate}.")
        self._remember_ratios()
        if rate and None in self.ratios:
            raise ValueError(
                "model.optimizer.learning_rate was 0 from the start, so no player can follow it: "
                "set the rates of model.generator_optimizer and model.discriminator_optimizer."
            )
        self.first.learning_rate = rate
        for optimizer, ratio in zip(self.others, self.ratios, strict=True):
            if ratio is not None:
                optimizer.learning_rate = rate * ratio

    def _remember_ratios(self) -> None:
        """Reads the ratios of the rates, unless the first is 0 now, as before a warm-up."""
        rates = [learning_rate(optimizer) for optimizer in (self.first, *self.others)]
        if not rates[0]:
            return
        for index, rate in enumerate(rates[1:]):
            if rate is None:
                continue
            ratio, known = rate / rates[0], self.ratios[index]
            # A rate that was set through this object keeps its ratio to the last digit.
            if known is None or abs(ratio - known) > RATIO_TOLERANCE * known:
                self.ratios[index] = ratio


class PlayersLearningRate(np.lib.mixins.NDArrayOperatorsMixin):
    """The learning rate of the first optimiser, whose assignments all players follow.

    Args:
        optimizer: The optimiser of all players.
    """

    def __init__(self, optimizer: PlayersOptimizer) -> None:
        self._optimizer = optimizer

    @property
    def value(self) -> Tensor:
        """The rate as a tensor."""
        return self._optimizer.first.learning_rate.value

    def numpy(self) -> np.ndarray:
        """Returns the rate as a NumPy scalar."""
        return self._optimizer.first.learning_rate.numpy()

    def assign(self, rate: Tensor) -> PlayersLearningRate:
        """Sets the rate; all players follow."""
        self._optimizer.set_learning_rate(rate)
        return self

    def assign_add(self, value: Tensor) -> PlayersLearningRate:
        """Adds to the rate; all players follow."""
        return self.assign(float(self) + value)

    def assign_sub(self, value: Tensor) -> PlayersLearningRate:
        """Subtracts from the rate; all players follow."""
        return self.assign(float(self) - value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype)

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        values = [self.numpy() if x is self else x for x in inputs]
        return getattr(function, method)(*values, **kwargs)

    def __float__(self) -> float:
        return float(self.numpy())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({float(self):.6g})"


def learning_rate(optimizer: keras.optimizers.Optimizer) -> float | None:
    """Returns an optimiser's learning rate; None if it is not one number, as of a schedule."""
    rate = getattr(optimizer, "learning_rate", None)
    return float(rate.numpy()) if isinstance(rate, keras.Variable) else None


def check_settable(optimizer: PlayersOptimizer) -> None:
    """Checks that the learning rate of every player is a number, which can be set.

    Raises:
        ValueError: If one has a schedule.
    """
    for one in (optimizer.first, *optimizer.others):
        if learning_rate(one) is None:
            raise ValueError(
                f"The learning rate of {one.name} is not one number that can be set, but a "
                "schedule: compile with numbers, or leave out what sets the learning rate."
            )
