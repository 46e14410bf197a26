"""Batch statistics as input of a discriminator."""

from __future__ import annotations

import keras
from keras import ops

from tfgan_it.distribution import all_gather
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class MinibatchDeviation(CheckedKeywords, keras.layers.Layer):
    """Adds a channel: the standard deviation over the batch, averaged over features and positions.

    It reveals generated batches that vary less than real ones. The standard deviation is over the
    batches of all replicas.

    Args:
        **kwargs: As for `keras.layers.Layer`.

    Source: Karras et al., 2018, "Progressive Growing of GANs for Improved Quality, Stability, and
    Variation", with the whole batch as one group.

    Example:

    >>> print(MinibatchDeviation()(ops.array([[0.0], [2.0]])).numpy())
    [[0. 1.]
     [2. 1.]]
    """

    # The output for one sample depends on others of the batch.
    mixes_samples = True

    def call(self, inputs: Tensor) -> Tensor:
        """Maps `(batch, ..., c)` to `(batch, ..., c + 1)`."""
        variance = ops.var(all_gather(ops.cast(inputs, "float32")), axis=0)
        # The gradient of the root is infinite at 0: NaN for a collapsed batch.
        stddev = ops.cast(ops.mean(ops.sqrt(variance + 1e-8)), inputs.dtype)
        return ops.concatenate([inputs, ops.zeros_like(inputs[..., :1]) + stddev], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns `(batch, ..., c + 1)`."""
        return (*input_shape[:-1], input_shape[-1] + 1)
