"""Gaussian models of y given x and of the marginal of y, trained by likelihood, in nats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_above, check_choice, check_in_range
from tfgan_it.configuration import Configurable
from tfgan_it.distribution import all_gather
from tfgan_it.information import gaussian_log_prob
from tfgan_it.layers.pair_critics import PerceptronCritic, flattened
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class GaussianCritic(PerceptronCritic):
    """S_ij = ln q(y_j|x_i), q a diagonal Gaussian whose moments depend on x.

        ln q(y|x) = sum_d -(y_d - mu_d(x))^2 / 2 s_d(x)^2 - ln s_d(x) - ln(2 pi) / 2
        s(x) = minimum_scale + softplus(raw(x))

    mu and raw are the outputs of one perceptron. The floor of the scale bounds the density: without
    it, the likelihood of a y that is a function of x has no maximum. y has no network, as the
    density of h(y) is not that of y, and a learned h would collapse. The squares of all pairs are
    held in memory: `(rows, columns, features of y)`.

    Args:
        hidden: Numbers of units of the hidden layers.
        activation: Activation of the hidden layers.
        minimum_scale: Floor of the standard deviation, in the units of y.
        x_network: A Keras model that is applied to x first.
        y_network: Must be None.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the floor is not above 0, or `y_network` is not None.

    Source: Cheng et al., 2020, "CLUB: A Contrastive Log-ratio Upper Bound of Mutual Information".
    Departures: the authors' code bounds ln s^2 to [-1, 1] by a tanh, hence s to [0.61, 1.65].

    Example:

    >>> critic = GaussianCritic(hidden=(8,))
    >>> critic(ops.ones((5, 2)), ops.ones((5, 3))).shape.as_list()
    [5, 5]
    """

    conditional = True

    def __init__(
        self,
        hidden: Sequence[int] = (256, 256),
        activation: str | Callable[[Tensor], Tensor] = "relu",
        minimum_scale: float = 0.01,
        x_network: keras.Model | None = None,
        y_network: None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(hidden, activation, x_network, **kwargs)
        if y_network is not None:
            raise ValueError(
                "GaussianCritic: y_network must be None, as the density of its output is not that "
                f"of y; give its output as y; got {y_network!r}."
            )
        self.minimum_scale = float(check_above(self, "minimum_scale", minimum_scale, 0))

    def build_for(self, x_features: int, y_features: int) -> None:
        """Creates the weights for flat inputs of these widths."""
        self.moments = self._perceptron(self.hidden, self.activation, 2 * y_features, "moments")
        self.moments.build((None, x_features))

    def scores(self, x: Tensor, y: Tensor) -> Tensor:
        """Computes ln q(y_j|x_i) in nats, float32 `(rows, columns)`."""
        mean, raw = ops.split(ops.cast(self.moments(x), "float32"), 2, axis=-1)
        scale = self.minimum_scale + ops.softplus(raw)
        y = ops.cast(all_gather(y), "float32")
        return gaussian_log_prob(y[None, :, :], mean[:, None, :], scale[:, None, :])


@keras.saving.register_keras_serializable(package="tfgan_it")
class GaussianMarginal(Configurable, keras.layers.Layer):
    """`marginal(y)` is ln r(y), float32 `(batch,)`, r a learned Gaussian, initially N(0, I).

        z = (y - m + N (y - m)) / s,   ln r(y) = sum_d -z_d^2 / 2 - ln s_d - ln(2 pi) / 2
        s = minimum_scale + softplus(raw)

    N is strictly lower triangular: each column of y is regressed on those before it, and s is the
    standard deviation of the residual. This covers any Gaussian; without N, diagonal ones. y is
    flattened to `(batch, features)`.

    Args:
        covariance: `full` or `diagonal`.
        minimum_scale: Floor of s, in the units of y.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the covariance is unknown or the floor is not in (0, 1).

    Example:

    >>> print(f"{float(GaussianMarginal()(ops.zeros((1, 2)))[0]):.4f}")
    -1.8379
    """

    def __init__(
        self, covariance: str = "full", minimum_scale: float = 0.01, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_choice("covariance", covariance, ("full", "diagonal"))
        self.covariance = covariance
        self.minimum_scale = float(check_in_range(self, "minimum_scale", minimum_scale, 0, 1, "()"))

    def build(self, y_shape: Shape) -> None:
        """Creates m, raw and, for a full covariance, N."""
        features = math.prod(y_shape[1:])
        # A scale of 1: softplus(raw) = 1 - minimum_scale.
        unit = keras.initializers.Constant(math.log(math.expm1(1.0 - self.minimum_scale)))
        self.mean = self.add_weight(name="mean", shape=(features,), initializer="zeros")
        self.raw_scale = self.add_weight(name="raw_scale", shape=(features,), initializer=unit)
        if self.covariance == "full":
            self.regression = self.add_weight(
                name="regression", shape=(features, features), initializer="zeros"
            )

    def call(self, y: Tensor) -> Tensor:
        """Computes ln r(y) in nats, float32 `(batch,)`."""
        residuals = flattened(ops.cast(y, "float32")) - ops.cast(self.mean, "float32")
        if self.covariance == "full":
            regression = ops.tril(ops.cast(self.regression, "float32"), k=-1)
            residuals = residuals + ops.matmul(residuals, ops.transpose(regression))
        scale = self.minimum_scale + ops.softplus(ops.cast(self.raw_scale, "float32"))
        return gaussian_log_prob(residuals, 0.0, scale)
