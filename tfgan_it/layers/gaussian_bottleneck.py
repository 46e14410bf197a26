"""An information bottleneck: a Gaussian code with a bound on its information in nats."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.information import diagonal_gaussian_kullback_leibler
from tfgan_it.seeds import normal_noise
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class GaussianBottleneck(Configurable, keras.layers.Layer):
    """r = mu(h) + sigma(h) e, e ~ N(0, I), and KL(N(mu, sigma^2) || N(0, I)) of each sample.

    The mean of the KL over h is an upper bound on I(h; r), in nats, for any marginal of r. mu and
    ln sigma^2 are linear in h; ln sigma^2 is clipped to [-10, 10].

    Args:
        dimension: Number of columns of r.
        **kwargs: As for `keras.layers.Layer`.

    Source: Alemi et al., 2017, "Deep Variational Information Bottleneck".

    Example:

    >>> code, information_nats = GaussianBottleneck(2)(ops.ones((3, 5)))
    >>> code.shape.as_list(), information_nats.shape.as_list()
    ([3, 2], [3])
    """

    def __init__(self, dimension: int, **kwargs: Any) -> None:
        # Half precision would round a KL of hundredths to 0.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.dimension = check_integer(self, "dimension", dimension, 1)
        self.parameters = keras.layers.Dense(
            2 * dimension, dtype=self.dtype_policy, name="parameters"
        )

    def build(self, inputs_shape: Shape, noise_shape: Shape | None = None) -> None:
        """Creates the kernels of mu and ln sigma^2."""
        self.parameters.build(inputs_shape)

    def call(self, inputs: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Computes the code and its information.

        Args:
            inputs: Features h, `(batch, columns)`.
            noise: Noise e, `(batch, dimension)`. None draws it in the discriminator's update; it is
                0 elsewhere, and r is the mean.

        Returns:
            The code r, `(batch, dimension)`, and the KL in nats, `(batch,)`, both float32.
        """
        mean, log_variance = ops.split(self.parameters(inputs), 2, axis=-1)
        log_variance = ops.clip(log_variance, -10.0, 10.0)
        noise = normal_noise(mean) if noise is None else ops.cast(noise, "float32")
        code = mean if noise is None else mean + ops.exp(0.5 * log_variance) * noise
        return code, diagonal_gaussian_kullback_leibler(mean, log_variance)

    def compute_output_shape(self, inputs_shape: Shape, noise_shape: Shape | None = None) -> Shape:
        """Returns `(batch, dimension)` and `(batch,)`."""
        return (inputs_shape[0], self.dimension), (inputs_shape[0],)
