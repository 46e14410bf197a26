"""Concatenation of a condition as channels."""

from __future__ import annotations

import keras
from keras import layers, ops

from tfgan_it.keywords import CheckedKeywords
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class ConcatenateCondition(CheckedKeywords, layers.Layer):
    """Concatenates a condition to x on the last axis; vectors are repeated at every position.

    x is an image `(batch, height, width, c)` or a point `(batch, c)`. The condition is a vector
    `(batch, k)`, an image with as many positions as x, or a dict of these by name, in the order of
    the names.

    Args:
        **kwargs: As for `keras.layers.Layer`.

    Source: Mirza and Osindero, 2014, "Conditional Generative Adversarial Nets", for vectors; the
    authors' code of Radford et al., 2015, "Unsupervised Representation Learning with Deep
    Convolutional Generative Adversarial Networks", for images.

    Example:

    >>> x, y = ops.zeros((1, 1, 2, 1)), ops.array([[3.0, 4.0]])
    >>> print(ConcatenateCondition()([x, y]).numpy().tolist())
    [[[[0.0, 3.0, 4.0], [0.0, 3.0, 4.0]]]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Maps the pair of x, `(batch, ..., c)`, and the condition to `(batch, ..., c + k)`."""
        x, condition = inputs
        return ops.concatenate(
            [x, *(self._at_positions(x, y) for y in keras.tree.flatten(condition))], axis=-1
        )

    def _at_positions(self, x: Tensor, y: Tensor) -> Tensor:
        y = ops.cast(y, x.dtype)
        if len(y.shape) == 2:
            y = ops.reshape(y, (-1, *[1] * (len(x.shape) - 2), y.shape[-1]))
            return y * ops.ones_like(x[..., :1])
        if tuple(y.shape[1:-1]) != tuple(x.shape[1:-1]):
            raise ValueError(
                f"{self.name}: a condition of shape {tuple(y.shape)} must have the positions of x, "
                f"whose shape is {tuple(x.shape)}, or be (batch, k)."
            )
        return y
