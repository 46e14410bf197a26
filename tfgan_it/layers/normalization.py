"""Batch normalisation in one TensorFlow operation, which `keras.ops` lacks."""

from __future__ import annotations

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.keywords import CheckedKeywords
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class BatchNormalization(CheckedKeywords, keras.layers.BatchNormalization):
    """Keras's batch normalisation, in one operation forward and one backward in training.

        y = gamma (x - mean) / sqrt(variance + epsilon) + beta

    Keras uses seven operations forward and more backward, each of which reads and writes all of the
    feature maps. Arguments, state and, up to rounding, results are those of
    `keras.layers.BatchNormalization`. Vectors and images, channels last, use the fused operation
    if weights are float32; all other cases, including `synchronized`, use Keras's.

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
        """Normalises `(batch, channels)` or `(batch, height, width, channels)`."""
        rank = len(inputs.shape)
        fused = training and self.trainable and mask is None and rank in (2, 4)
        fused = fused and self.axis in (-1, rank - 1) and self.scale and self.center
        fused = fused and self.variable_dtype == "float32" and inputs.dtype != "float64"
        # Older versions of Keras have no `renorm`.
        if not fused or self.synchronized or getattr(self, "renorm", False):
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
        # It returns the unbiased variance; the average is of the biased one, as in Keras.
        n = ops.cast(ops.prod(ops.shape(maps)[:-1]), "float32")
        self._update_average(self.moving_mean, mean)
        self._update_average(self.moving_variance, variance * (n - 1.0) / n)
        return outputs if rank == 4 else ops.reshape(outputs, shape)

    def _update_average(self, moving: keras.Variable, value: Tensor) -> None:
        value = ops.stop_gradient(value)
        moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
