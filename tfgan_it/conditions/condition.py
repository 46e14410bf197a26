"""The interface of conditions."""

from __future__ import annotations

import abc

import numpy as np
from keras import ops

from tfgan_it.configuration import Configurable
from tfgan_it.typing import Nest, Seed, Shape, Tensor


class Condition(Configurable, abc.ABC):
    """An input of generator and discriminator in addition to latents and samples.

    A condition has two forms. The *raw* form is that of data sets and users, such as an integer
    label. The *prepared* form is the input of the networks, such as a one-hot vector. A subclass
    defines the shapes of both, the preparation, and sampling if it has a prior.

    Attributes:
        raw_shape: Shape of one raw condition, without the batch axis.
        raw_dtype: Dtype of a raw condition in the signatures of an export.
        has_prior: Whether `sample` and `entropy` are available.
    """

    raw_shape: tuple[int, ...]
    raw_dtype: str = "float32"
    has_prior: bool = False

    @property
    @abc.abstractmethod
    def shape(self) -> Shape:
        """Shape of one prepared condition, without the batch axis; for a dict, a dict of shapes."""

    @abc.abstractmethod
    def prepare(self, y: Nest) -> Nest:
        """Converts raw conditions to the networks' input, float32 `(n, *shape)`.

        Args:
            y: Raw conditions of n samples, an array or a tensor; n may be unknown.
        """

    @abc.abstractmethod
    def check(self, y: Nest, n: int) -> None:
        """Checks that `y` holds a valid raw condition for each of n samples.

        Args:
            y: Conditions in memory.
            n: Number of samples.

        Raises:
            ValueError: If it does not; the message is one line.
        """

    def broadcast(self, value: Nest, n: int) -> Nest:
        """Returns raw conditions of n samples, from one value for all of them or one for each.

        Args:
            value: One raw condition, or an array of 1 or n of them.
            n: Number of samples.

        Raises:
            ValueError: As for `check`.
        """
        value = as_numpy(value)
        if value.ndim == len(self.raw_shape):
            value = value[None]
        if value.ndim and len(value) == 1:
            value = np.repeat(value, n, axis=0)
        self.check(value, n)
        return value

    def sample(self, n: Tensor, seed: Seed = None) -> Nest:
        """Draws n raw conditions from the prior.

        Args:
            n: Number of samples.
            seed: As for `keras.random`: an int, a `keras.random.SeedGenerator`, or None.

        Raises:
            ValueError: If the condition has no prior.
        """
        raise self._without_prior()

    def entropy(self) -> float:
        """Returns H(y) of the prior in nats.

        Raises:
            ValueError: If the condition has no prior.
        """
        raise self._without_prior()

    def spec(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """Returns shape, without the batch axis, and dtype of each raw tensor, by name."""
        return {"conditions": (self.raw_shape, self.raw_dtype)}

    def from_named(self, values: dict[str, Tensor]) -> Nest:
        """Returns the raw condition from tensors with the names of `spec`."""
        return values["conditions"]

    @abc.abstractmethod
    def describe(self) -> str:
        """Returns a description in one line."""

    def _without_prior(self) -> ValueError:
        return ValueError(
            f"{type(self).__name__} has no prior to draw from: give conditions of its shape "
            f"{self.shape}."
        )


def as_numpy(y: Nest) -> np.ndarray:
    """Converts an array, tensor, list or number to an array."""
    return ops.convert_to_numpy(y) if hasattr(y, "dtype") else np.asarray(y)


def check_count(y: np.ndarray, n: int, condition: str) -> None:
    """Raises a one-line ValueError if `y` is not n conditions."""
    if y.ndim == 0 or len(y) != n:
        count = "no batch of conditions" if y.ndim == 0 else f"{len(y)} conditions"
        raise ValueError(f"{condition}: {count} given for {n} samples.")
