"""Packing: the discriminator classifies several samples jointly."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class PackSamples(Configurable, keras.layers.Layer):
    """Stacks m samples on the last axis: `(batch, ..., c)` to `(ceil(batch / m), ..., m c)`.

    As first layer it lets a discriminator detect a lack of diversity. Neighbours in the batch are
    packed together. If m does not divide the batch, the first samples fill up the last pack.
    `UnpackLogits` gives each sample the logit of its pack.

    Args:
        pack_size: Number m of samples in a pack.
        **kwargs: As for `keras.layers.Layer`.

    Attributes:
        mixes_samples: True, as the output for one sample depends on others of its batch.

    Raises:
        ValueError: If `pack_size` is below 1.

    Source: Lin et al., 2018, "PacGAN: The Power of Two Samples in Generative Adversarial
    Networks".

    Example:

    >>> print(PackSamples(2)(ops.array([[1.0], [2.0], [3.0], [4.0]])).numpy())
    [[1. 2.]
     [3. 4.]]
    """

    mixes_samples = True

    def __init__(self, pack_size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pack_size = check_integer(self, "pack_size", pack_size, 1)

    def call(self, inputs: Tensor) -> Tensor:
        """Packs the batch."""
        n, m = ops.shape(inputs)[0], self.pack_size
        if not isinstance(n, int) or n % m:
            inputs = ops.take(inputs, ops.arange((n + m - 1) // m * m) % n, axis=0)
        packs = ops.reshape(inputs, (-1, m, *inputs.shape[1:]))
        return ops.concatenate([packs[:, i] for i in range(m)], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns `(ceil(batch / m), ..., m c)`."""
        batch, *middle, columns = input_shape
        packs = None if batch is None else -(-batch // self.pack_size)
        return (packs, *middle, self.pack_size * columns)

    def compute_output_spec(self, inputs: Tensor) -> Tensor:
        """Returns a tensor of the shape of `compute_output_shape`."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)


@keras.saving.register_keras_serializable(package="tfgan_it")
class UnpackLogits(Configurable, keras.layers.Layer):
    """Repeats the logit of a pack for each of its samples: `(packs, 1)` to `(batch, 1)`.

    The mean of a loss over the samples is then its mean over the packs.

    Args:
        pack_size: As for `PackSamples`.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If `pack_size` is below 1.

    Source: Lin et al., 2018, "PacGAN: The Power of Two Samples in Generative Adversarial
    Networks".

    Example:

    >>> print(UnpackLogits(2)([ops.array([[5.0], [6.0]]), ops.zeros((3, 1))]).numpy().T)
    [[5. 5. 6.]]
    """

    def __init__(self, pack_size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pack_size = check_integer(self, "pack_size", pack_size, 1)

    def call(self, inputs: Tensor) -> Tensor:
        """Maps the pair of logits of packs and packed samples to logits of the samples."""
        logits, samples = inputs
        return ops.repeat(logits, self.pack_size, axis=0)[: ops.shape(samples)[0]]

    def compute_output_spec(self, inputs: Tensor) -> Tensor:
        """Returns a tensor of shape `(batch, ...)`."""
        logits, samples = inputs
        return keras.KerasTensor((samples.shape[0], *logits.shape[1:]), logits.dtype)
