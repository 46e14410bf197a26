"""Pooling over a whole feature map."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.keywords import CheckedKeywords
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class GlobalSumPooling2D(CheckedKeywords, keras.layers.Layer):
    """Sums over all positions: `(batch, height, width, c)` to `(batch, c)`.

    Args:
        **kwargs: As for `keras.layers.Layer`.

    Source: Miyato et al., 2018, "Spectral Normalization for Generative Adversarial Networks",
    whose residual discriminators end with it.

    Example:

    >>> print(GlobalSumPooling2D()(ops.ones((1, 2, 3, 1))).numpy())
    [[6.]]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the sums."""
        return ops.sum(inputs, axis=(1, 2))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns `(batch, c)`."""
        return (input_shape[0], input_shape[-1])
