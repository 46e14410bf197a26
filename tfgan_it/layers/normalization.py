"""Batch normalisation in one operation, which TensorFlow has and `keras.ops` has not."""

from __future__ import annotations

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation, forth and back one operation each in training.

        y = gamma (x - mean) / sqrt(variance + epsilon) + beta

    Keras writes it as seven operations forth and more back, each of which reads and writes all of
    the maps. Arguments, state and numbers, but for the last digits, are those of
    `keras.layers.BatchNormalization`. Vectors and images, channels last, have the short way;
    everything else, `synchronized` included, Keras's.

    Source: Ioffe and Szegedy, 2015, "Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift".

    Example:

    >>> x = ops.convert_to_tensor([[0.0], [2.0]])
    >>> print(BatchNormalization(epsilon=0.0)(x, training=True).numpy().round(3).tolist())
    [[-1.0], [1.0]]
    """

    def call(
        self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """`(batch, channels)` or `(batch, height, width, channels)`, normalised."""
        rank = len(inputs.shape)
        short = training and self.trainable and mask is None and rank in (2, 4)
        short = short and self.axis in (-1, rank - 1) and self.scale and self.center
        if not short or self.synchronized or self.renorm:
            return super().call(inputs, training=training, mask=mask)
        shape = ops.shape(inputs)
        maps = inputs if rank == 4 else ops.reshape(inputs, (-1, 1, 1, shape[-1]))
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=maps,
            scale=self.gamma,
            offset=self.beta,
            mean=[],
            variance=[],
            epsilon=self.epsilon,
        )
        # It gives the unbiased variance; what is averaged is the one that was used.
        n = ops.cast(ops.prod(ops.shape(maps)[:-1]), "float32")
        self._average(self.moving_mean, mean)
        self._average(self.moving_variance, variance * (n - 1.0) / n)
        return outputs if rank == 4 else ops.reshape(outputs, shape)

    def _average(self, moving: keras.Variable, value: Tensor) -> None:
        value = ops.stop_gradient(value)
        moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
