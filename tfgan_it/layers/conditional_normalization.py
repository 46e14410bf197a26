"""Batch normalisation whose scale and shift depend on a condition."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from tfgan_it.checks import check_at_least, check_in_range
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class ConditionalBatchNormalization(Configurable, layers.Layer):
    """Normalises over the batch, then scales and shifts depending on the condition y.

        z = (1 + gamma(y)) (x - mean) / sqrt(variance + epsilon) + beta(y)

    gamma and beta are linear in y: for a one-hot y, each is a row per class, as in an embedding.
    Both start at 0, so that the layer starts as plain batch normalisation. Mean and variance are
    over all samples of the batch and all conditions, as in `keras.layers.BatchNormalization`.

    Args:
        momentum: Decay of the moving mean and variance.
        epsilon: Number added to the variance; it may be 0.
        use_bias: Whether gamma and beta have a constant term. A one-hot condition needs none; a
            vector of numbers does.
        gamma_initializer: Initialiser of the kernel of gamma.
        beta_initializer: Initialiser of the kernel of beta.
        synchronized: Whether mean and variance are over the batches of all replicas.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the momentum is outside [0, 1] or epsilon is negative.

    Source: De Vries et al., 2017, "Modulating early visual processing by language"; Miyato and
    Koyama, 2018, "cGANs with Projection Discriminator". Departures: gamma and beta are linear, as
    in the latter, where the former has a hidden layer.

    Example: one class per sample.

    >>> x, y = ops.array([[0.0], [2.0]]), ops.array([[1.0, 0.0], [0.0, 1.0]])
    >>> layer = ConditionalBatchNormalization(epsilon=0.0, gamma_initializer="ones")
    >>> print(layer([x, y], training=True).numpy().round(3).tolist())
    [[-2.0], [2.0]]
    """

    def __init__(
        self,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        *,
        use_bias: bool = False,
        gamma_initializer: str | keras.Initializer = "zeros",
        beta_initializer: str | keras.Initializer = "zeros",
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_in_range(self, "momentum", momentum, 0, 1)
        check_at_least(self, "epsilon", epsilon, 0)
        self.use_bias = use_bias
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.beta_initializer = keras.initializers.get(beta_initializer)
        self.normalization = layers.BatchNormalization(
            momentum=momentum,
            epsilon=epsilon,
            center=False,
            scale=False,
            synchronized=synchronized,
            dtype=self.dtype_policy,
            name="normalization",
        )

    def build(self, input_shape: Shape) -> None:
        """Creates the statistics, gamma and beta."""
        x_shape, condition_shape = input_shape
        if len(condition_shape) != 2:
            raise ValueError(
                f"{self.name}: the condition must be (batch, size), got {tuple(condition_shape)}."
            )
        self.normalization.build(x_shape)
        for name in ("gamma", "beta"):
            dense = layers.Dense(
                x_shape[-1],
                use_bias=self.use_bias,
                kernel_initializer=getattr(self, f"{name}_initializer"),
                dtype=self.dtype_policy,
                name=name,
            )
            dense.build(condition_shape)
            setattr(self, name, dense)
        self.built = True

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Normalises x, `(batch, ..., channels)`, of the pair of x and y, `(batch, size)`."""
        x, condition = inputs
        normalized = self.normalization(x, training=training)
        shape = (-1, *[1] * (len(x.shape) - 2), x.shape[-1])
        scale = 1.0 + ops.reshape(self.gamma(condition), shape)
        return scale * normalized + ops.reshape(self.beta(condition), shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of x."""
        return tuple(input_shape[0])
