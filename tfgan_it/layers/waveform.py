"""The last layer of a generator of sounds."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Waveform(Configurable, keras.layers.Layer):
    """tanh(x), a waveform in [-1, 1], and its samples per second, by which it can be heard.

    Args:
        rate: Samples per second; None if nobody listens.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the rate is below 1.

    Example:

    >>> print(Waveform(8000)(ops.array([[[0.0], [100.0]]]))[0, :, 0].numpy())
    [0. 1.]
    """

    def __init__(self, rate: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = None if rate is None else check_integer(self, "rate", rate, 1)

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the waveform of `(batch, length, channels)`."""
        return ops.tanh(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the inputs."""
        return input_shape
