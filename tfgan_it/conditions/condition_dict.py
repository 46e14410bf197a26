"""Several conditions by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras

from tfgan_it.checks import check_name
from tfgan_it.conditions.condition import Condition
from tfgan_it.seed_numbers import seeds_of_parts
from tfgan_it.typing import Nest, Seed, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class ConditionDict(Condition):
    """Several independent conditions; raw and prepared forms are dicts with their names.

    It has a prior if each of them has one.

    Args:
        **conditions: The conditions by name, each a `Label`, a `Vector` or an `Image`.

    Raises:
        ValueError: If no condition is given, or a value is not one of these.

    Example:

    >>> from tfgan_it.conditions import Label, Vector
    >>> both = ConditionDict(digit=Label(10), position=Vector(2))
    >>> both.shape
    {'digit': (10,), 'position': (2,)}
    >>> values = both.prepare(both.broadcast({"digit": 7, "position": [0.0, 1.0]}, 4))
    >>> {name: tuple(value.shape) for name, value in values.items()}
    {'digit': (4, 10), 'position': (4, 2)}
    """

    def __init__(self, **conditions: Condition) -> None:
        if not conditions:
            raise ValueError("ConditionDict: give at least one condition, such as label=Label(10).")
        for name, part in conditions.items():
            check_name(self, "a condition's name", name)
            if not isinstance(part, Condition) or isinstance(part, ConditionDict):
                raise ValueError(
                    f"ConditionDict: {name!r} must be Label, Vector or Image, got {part!r}."
                )
        self._parts = conditions
        self.has_prior = all(part.has_prior for part in conditions.values())

    @property
    def parts(self) -> dict[str, Condition]:
        """The conditions by name."""
        return dict(self._parts)

    @property
    def shape(self) -> dict[str, tuple[int, ...]]:
        """Shape of each prepared condition, by name."""
        return {name: part.shape for name, part in self._parts.items()}

    def prepare(self, y: Mapping[str, Tensor]) -> dict[str, Nest]:
        """Converts each condition to the networks' input, float32, by name."""
        return {name: part.prepare(y[name]) for name, part in self._parts.items()}

    def check(self, y: Nest, n: int) -> None:
        """Checks each condition.

        Args:
            y: Raw conditions of n samples by name.
            n: Number of samples.

        Raises:
            ValueError: If names are missing or unknown, or a condition is invalid; the message is
                one line with the name.
        """
        self._each(y, lambda part, value: part.check(value, n))

    def broadcast(self, value: Nest, n: int) -> dict[str, Nest]:
        """Returns raw conditions of n samples by name; a single value is repeated n times."""
        return self._each(value, lambda part, value: part.broadcast(value, n))

    def sample(self, n: Tensor, seed: Seed = None) -> dict[str, Nest]:
        """Draws n raw conditions by name, independently from the prior of each."""
        seeds = seeds_of_parts(seed, len(self._parts))
        return {
            name: part.sample(n, seed)
            for (name, part), seed in zip(self._parts.items(), seeds, strict=True)
        }

    def entropy(self) -> float:
        """Returns H(y) in nats: the sum of the entropies, as the conditions are independent."""
        return sum(part.entropy() for part in self._parts.values())

    def spec(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """Returns shape, without the batch axis, and dtype of each raw tensor, by name."""
        return {name: (part.raw_shape, part.raw_dtype) for name, part in self._parts.items()}

    def from_named(self, values: dict[str, Tensor]) -> dict[str, Nest]:
        """Returns the raw condition from tensors with the names of `spec`."""
        return {name: values[name] for name in self._parts}

    def describe(self) -> str:
        """Returns a description in one line."""
        return "; ".join(f"{name}: {part.describe()}" for name, part in self._parts.items())

    def _each(self, y: Nest, function: Callable[[Condition, Tensor], Tensor]) -> dict[str, Nest]:
        names = sorted(self._parts)
        if not isinstance(y, Mapping) or sorted(y) != names:
            got = sorted(map(str, y)) if isinstance(y, Mapping) else type(y).__name__
            raise ValueError(f"conditions must be a dict with the names {names}, got {got}.")
        values = {}
        for name, part in self._parts.items():
            try:
                values[name] = function(part, y[name])
            except ValueError as error:
                raise ValueError(f"conditions[{name!r}]: {error}") from None
        return values
