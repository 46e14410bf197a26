"""Random shifts of sequences in time, so that a discriminator cannot rely on their phase."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.seeds import normal_noise
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class PhaseShuffle(Configurable, keras.layers.Layer):
    """Shifts each sequence by s samples, s uniform on {-shift, ..., shift}: y_t = x_{t - s}.

    Samples before the first and behind the last are those of the sequence mirrored at its ends. A
    transposed convolution leaves a tone of fixed phase at its stride, by which a discriminator
    could tell generated sounds; behind this layer it cannot. Sequences are shifted in the
    discriminator's update only.

    Args:
        shift: Largest shift n in samples; below the length of the sequences.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If `shift` is below 0, or sequences are no longer than it.

    Source: Donahue, McAuley and Puckette, 2019, "Adversarial Audio Synthesis". Departures: a shift
    of its own for each sequence of the batch; none in the generator's update.

    Example: outside of training nothing is shifted.

    >>> x = ops.reshape(ops.arange(4.0), (1, 4, 1))
    >>> bool(ops.all(PhaseShuffle(2)(x) == x))
    True
    >>> print(PhaseShuffle(2).shifted(x, ops.array([1]))[0, :, 0].numpy())
    [1. 0. 1. 2.]
    """

    def __init__(self, shift: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shift = check_integer(self, "shift", shift, 0)

    def build(self, input_shape: Shape) -> None:
        """Checks the length of the sequences."""
        if len(input_shape) != 3 or input_shape[1] is None or input_shape[1] <= self.shift:
            raise ValueError(
                f"PhaseShuffle: sequences must be (batch, length, channels), longer than the "
                f"largest shift {self.shift}, got {tuple(input_shape)}."
            )

    def call(self, inputs: Tensor) -> Tensor:
        """Shifts sequences `(batch, length, channels)` in the discriminator's update."""
        noise = normal_noise(ops.cast(inputs[:, 0, 0], "float32")) if self.shift else None
        if noise is None:
            return inputs
        uniform = (1 + ops.erf(noise / math.sqrt(2))) / 2
        shifts = ops.floor(uniform * (2 * self.shift + 1)) - self.shift
        return self.shifted(inputs, ops.minimum(shifts, self.shift))

    def shifted(self, inputs: Tensor, shifts: Tensor) -> Tensor:
        """Shifts each sequence.

        Args:
            inputs: Sequences `(batch, length, channels)`.
            shifts: Whole numbers of samples, `(batch,)`, of absolute values below the length.
        """
        length, shifts = inputs.shape[1], ops.cast(shifts, "int32")
        # From -shift to length - 1 + shift; |t| mirrors at the first sample.
        times = ops.abs(ops.arange(length)[None] - shifts[:, None])
        times = length - 1 - ops.abs(length - 1 - times)
        return tf.gather(inputs, times, axis=1, batch_dims=1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the sequences."""
        return input_shape
