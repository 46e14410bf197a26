"""What every condition can do."""

from __future__ import annotations

import abc

import numpy as np
from keras import ops

from tfgan_it.configuration import Configurable
from tfgan_it.typing import Nest, Seed, Shape, Tensor


class Condition(Configurable, abc.ABC):
    """What the generator and the discriminator are told beside latents and samples.

    A condition has two forms. The *raw* form is what data sets hold and users write, such as an
    integer label. The *prepared* form is what networks see, such as a one-hot vector. A subclass
    states the shape of both, how one becomes the other, and, where it has a prior, how to draw it.

    Attributes:
        raw_shape: Shape of one raw condition, without the batch axis.
        raw_dtype: Its dtype in the signatures of an export.
        has_prior: Whether `sample` and `entropy` exist.
    """

    raw_shape: tuple[int, ...]
    raw_dtype: str = "float32"
    has_prior: bool = False

    @property
    @abc.abstractmethod
    def shape(self) -> Shape:
        """Shape of one prepared condition, without the batch axis; a dict by name for a dict."""

    @abc.abstractmethod
    def prepare(self, y: Nest) -> Nest:
        """What networks see, float32 `(n, *shape)`.

        Args:
            y: Raw conditions of n samples, an array or a tensor; n may be unknown.
        """

    @abc.abstractmethod
    def check(self, y: Nest, n: int) -> None:
        """Raises a one-line ValueError where `y` are not raw conditions of n samples.

        Args:
            y: What was given, in memory.
            n: The number of samples.
        """

    def given(self, value: Nest, n: int) -> Nest:
        """Raw conditions of n samples, from one value for all of them or one for each.

        Args:
            value: One raw condition, or an array of 1 or n of them.
            n: The number of samples.

        Raises:
            ValueError: as for `check`.
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
            n: The number of samples.
            seed: What `keras.random` takes: an int, a `keras.random.SeedGenerator`, or None.

        Raises:
            ValueError: a condition without a prior.
        """
        raise self._without_prior()

    def entropy(self) -> float:
        """H(y) of the prior in nats.

        Raises:
            ValueError: a condition without a prior.
        """
        raise self._without_prior()

    def spec(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """Shape, without the batch axis, and dtype of each raw tensor, by name: for exports."""
        return {"conditions": (self.raw_shape, self.raw_dtype)}

    def from_named(self, values: dict[str, Tensor]) -> Nest:
        """The raw condition whose tensors are called as in `spec`."""
        return values["conditions"]

    @abc.abstractmethod
    def describe(self) -> str:
        """One line for people."""

    def _without_prior(self) -> ValueError:
        return ValueError(
            f"{type(self).__name__} has no prior to draw from: give conditions of its shape "
            f"{self.shape}."
        )


def as_numpy(y: Nest) -> np.ndarray:
    """An array, tensor, list or number as an array."""
    return ops.convert_to_numpy(y) if hasattr(y, "dtype") else np.asarray(y)


def check_count(y: np.ndarray, n: int, condition: str) -> None:
    """Raises a one-line ValueError where `y` are not n."""
    if y.ndim == 0 or len(y) != n:
        count = "no batch of conditions" if y.ndim == 0 else f"{len(y)} conditions"
        raise ValueError(f"{condition}: {count} given for {n} samples.")
