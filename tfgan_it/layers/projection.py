"""A logit with the inner product of features and a condition."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from tfgan_it.configuration import Configurable
from tfgan_it.layers.spectral import spectral_normalization as normalized
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class ProjectionLogit(Configurable, layers.Layer):
    """f(x, y) = w' phi(x) + b + y' V phi(x), of features phi(x) and a condition y.

    The optimal logit is ln p(x) / q(x) + ln p(y|x) / q(y|x), p of the data and q of the generator.
    If both conditionals are log-linear in phi, the second term is linear in y and phi.

    Args:
        spectral_normalization: Whether to divide w and V by their largest singular values.
        use_bias: Whether to use b.
        kernel_initializer: Initialiser of w and V.
        **kwargs: As for `keras.layers.Layer`.

    Source: Miyato and Koyama, 2018, "cGANs with Projection Discriminator". Departures: those of
    `layers.spectral_normalization`.

    Example:

    >>> phi, y = ops.array([[1.0, 2.0]]), ops.array([[0.0, 1.0, 0.0]])
    >>> layer = ProjectionLogit(spectral_normalization=False, kernel_initializer="ones")
    >>> print(layer([phi, y]).numpy())
    [[6.]]
    """

    def __init__(
        self,
        spectral_normalization: bool = True,
        use_bias: bool = True,
        kernel_initializer: str | keras.Initializer = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.spectral_normalization, self.use_bias = spectral_normalization, use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: Shape) -> None:
        """Creates w, b and V."""
        phi_shape, condition_shape = input_shape
        if len(phi_shape) != 2 or len(condition_shape) != 2:
            raise ValueError(
                f"{self.name}: features and condition must be (batch, size), got "
                f"{tuple(phi_shape)} and {tuple(condition_shape)}."
            )
        self.logit = self._dense(1, "logit", use_bias=self.use_bias)
        self.embedding = self._dense(phi_shape[-1], "embedding", use_bias=False)
        self.logit.build(phi_shape)
        self.embedding.build(condition_shape)
        self.built = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Maps phi, `(batch, features)`, and y, `(batch, size)`, a pair, to logits `(batch, 1)`."""
        phi, condition = inputs
        options = {"training": training} if self.spectral_normalization else {}
        projection = self.embedding(condition, **options) * phi
        return self.logit(phi, **options) + ops.sum(projection, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns `(batch, 1)`."""
        return (input_shape[0][0], 1)

    def _dense(self, units: int, name: str, **kwargs: Any) -> layers.Layer:
        # The same object would draw the same numbers for both.
        initializer = self.kernel_initializer.clone()
        dense = layers.Dense(
            units, kernel_initializer=initializer, dtype=self.dtype_policy, name=name, **kwargs
        )
        return normalized(dense) if self.spectral_normalization else dense
