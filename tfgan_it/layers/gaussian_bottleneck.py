"""An information bottleneck: what passes is a Gaussian whose information is bounded in nats."""

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

    The mean of the KL over h is an upper bound on I(h; r), in nats, whatever the marginal of r is.
    mu and ln sigma^2 are linear in h; ln sigma^2 is held in [-10, 10].

    Args:
        dimension: Columns of r.
        **kwargs: As for `keras.layers.Layer`.

    Source: Alemi et al., 2017, "Deep Variational Information Bottleneck".

    Example:

    >>> code, information_nats = GaussianBottleneck(2)(ops.ones((3, 5)))
    >>> code.shape.as_list(), information_nats.shape.as_list()
    ([3, 2], [3])
    """

    def __init__(self, dimension: int, **kwargs: Any) -> None:
        # Half precision would round a KL of hundredths away.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.dimension = check_integer(self, "dimension", dimension, 1)
        self.parameters = keras.layers.Dense(
            2 * dimension, dtype=self.dtype_policy, name="parameters"
        )

    def build(self, inputs_shape: Shape, noise_shape: Shape | None = None) -> None:
        """Makes the kernels of mu and ln sigma^2."""
        self.parameters.build(inputs_shape)

    def call(self, inputs: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The code and its information.

        Args:
            inputs: h, `(batch, columns)`.
            noise: e, `(batch, dimension)`. Where None it is drawn in a discriminator's own update,
                and 0 everywhere else: r is the mean then.

        Returns:
            r `(batch, dimension)` and KL in nats, `(batch,)`, both float32.
        """
        mean, log_variance = ops.split(self.parameters(inputs), 2, axis=-1)
        log_variance = ops.clip(log_variance, -10.0, 10.0)
        noise = normal_noise(mean) if noise is None else ops.cast(noise, "float32")
        code = mean if noise is None else mean + ops.exp(0.5 * log_variance) * noise
        return code, diagonal_gaussian_kullback_leibler(mean, log_variance)

    def compute_output_shape(self, inputs_shape: Shape, noise_shape: Shape | None = None) -> Shape:
        """`(batch, dimension)` and `(batch,)`."""
        return (inputs_shape[0], self.dimension), (inputs_shape[0],)
