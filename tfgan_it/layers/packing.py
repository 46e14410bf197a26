"""Packing: the discriminator judges several samples at once."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable


@keras.saving.register_keras_serializable(package="tfgan_it")
class PackSamples(Configurable, keras.layers.Layer):
    """Stacks m samples on the last axis: `(batch, ..., c)` to `(batch / m, ..., m c)`.

    A discriminator that starts with it sees lack of diversity as such. Neighbours in the batch are
    packed together, whose number must be divisible by m.

    Args:
        pack_size: m.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: `pack_size` below 1; when called, a batch that m does not divide.

    Source: Lin et al., 2018, "PacGAN: The Power of Two Samples in Generative Adversarial
    Networks".

    Example:

    >>> print(PackSamples(2)(ops.array([[1.0], [2.0], [3.0], [4.0]])).numpy())
    [[1. 2.]
     [3. 4.]]
    """

    def __init__(self, pack_size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pack_size = check_integer(self, "pack_size", pack_size, 1)

    def call(self, inputs: Any) -> Any:
        """The packed batch."""
        self.compute_output_shape(inputs.shape)
        packs = ops.reshape(inputs, (-1, self.pack_size, *inputs.shape[1:]))
        return ops.concatenate([packs[:, i] for i in range(self.pack_size)], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """`(batch / m, ..., m c)`."""
        batch, *middle, columns = input_shape
        if batch is not None and batch % self.pack_size:
            raise ValueError(
                f"PackSamples: a batch of {batch} is not divisible by pack_size={self.pack_size} "
                f"(nearest: {max(1, round(batch / self.pack_size)) * self.pack_size})."
            )
        return (batch and batch // self.pack_size, *middle, self.pack_size * columns)

    def compute_output_spec(self, inputs: Any) -> Any:
        """As `compute_output_shape`."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)
