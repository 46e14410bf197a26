"""Continuous latents, with a Gaussian posterior whose scale is learned and has a floor."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_above, check_finite, check_integer
from tfgan_it.information import diagonal_gaussian_entropy, gaussian_log_prob
from tfgan_it.latents.latent import Latent
from tfgan_it.row_seeds import normal, uniform
from tfgan_it.typing import Seed, Tensor


class GaussianRecognised(Latent):
    """A latent whose posterior Q(c|x) is a diagonal Gaussian.

    The recognition head outputs `2 * dimension` numbers: the means, then the raw scales, with
    sigma = minimum_scale + softplus(raw). Without the floor the bound on the mutual information
    grows without limit as sigma -> 0, and a generator hides the code in invisible details.

    A `posterior_scale` fixes sigma, and the head outputs only the means.
    """

    def __init__(
        self, dimension: int, minimum_scale: float | None, posterior_scale: float | None = None
    ) -> None:
        self.dimension = check_integer(self, "dimension", dimension, 1)
        self.posterior_params_size = self.dimension * (2 if posterior_scale is None else 1)
        self.minimum_scale = self.posterior_scale = None
        if posterior_scale is not None:
            check_above(self, "posterior_scale", posterior_scale, 0, optional=True)
            self.posterior_scale = float(posterior_scale)
            return
        self.minimum_scale = float(check_above(self, "minimum_scale", minimum_scale, 0))

    def posterior(self, parameters: Tensor) -> dict[str, Tensor]:
        """Returns `mean` and `scale` (the standard deviation), each `(batch, dimension)`."""
        if self.posterior_scale is not None:
            mean = ops.cast(parameters, "float32")
            return {"mean": mean, "scale": ops.full_like(mean, self.posterior_scale)}
        mean, raw = ops.split(ops.cast(parameters, "float32"), 2, axis=-1)
        return {"mean": mean, "scale": self.minimum_scale + ops.softplus(raw)}

    def posterior_log_prob(self, code: Tensor, parameters: Tensor) -> Tensor:
        """Computes ln Q = -1/2 sum_i [((c_i - mean_i) / sigma_i)^2 + ln(2 pi sigma_i^2)], nats."""
        q = self.posterior(parameters)
        return gaussian_log_prob(ops.cast(code, "float32"), q["mean"], q["scale"])

    def _paths_between(
        self, low: float, high: float, steps: int
    ) -> dict[str, tuple[slice, np.ndarray]]:
        path = np.linspace(low, high, steps, dtype="float32")[:, None]
        return {str(column): (slice(column, column + 1), path) for column in range(self.dimension)}


@keras.saving.register_keras_serializable(package="tfgan_it")
class Normal(GaussianRecognised):
    """c ~ N(0, scale^2 I), with H(c) = dimension / 2 ln(2 pi e scale^2) nats.

    Args:
        dimension: Number of columns.
        scale: Standard deviation.
        minimum_scale: Floor of the posterior's standard deviation.
        posterior_scale: Fixed standard deviation s of the posterior; None to learn it. With s the
            recognition head outputs only the means m, and -ln Q(c|x) is |c - m|^2 / (2 s^2) plus a
            constant. At s = `scale` L_I is 0 for m = 0, and at most dimension / 2 nats.

    Example:

    >>> latent = Normal(2)
    >>> latent.sample(5, seed=0).shape.as_list()
    [5, 2]
    >>> round(latent.entropy(), 4)
    2.8379
    """

    def __init__(
        self,
        dimension: int,
        scale: float = 1.0,
        minimum_scale: float | None = 0.05,
        posterior_scale: float | None = None,
    ) -> None:
        super().__init__(dimension, minimum_scale, posterior_scale)
        self.scale = float(check_above(self, "scale", scale, 0))

    @property
    def values(self) -> str:
        """Number of columns and the distribution of each."""
        return f"{self.dimension} numbers ~ N(0, {self.scale**2:g})"

    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """Draws `(batch, dimension)`, float32."""
        batch, seed = self._drawn(batch, seed)
        return normal(batch, self.dimension, self.scale, seed=seed)

    def entropy(self) -> float:
        """Returns the differential entropy in nats."""
        return self.dimension * float(diagonal_gaussian_entropy(np.asarray([self.scale])))

    def paths(self, steps: int) -> dict[str, tuple[slice, np.ndarray]]:
        """Returns a path of each column from -2 to 2 standard deviations."""
        return self._paths_between(-2 * self.scale, 2 * self.scale, steps)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Uniform(GaussianRecognised):
    """c ~ U(low, high)^dimension, with H(c) = dimension ln(high - low) nats.

    Args:
        dimension: Number of columns.
        low: Lower end of the interval.
        high: Upper end of the interval.
        minimum_scale: Floor of the posterior's standard deviation.

    Example:

    >>> round(Uniform(1).entropy(), 4)
    0.6931
    """

    def __init__(
        self, dimension: int, low: float = -1.0, high: float = 1.0, minimum_scale: float = 0.05
    ) -> None:
        super().__init__(dimension, minimum_scale)
        check_finite(self, "low", low)
        check_finite(self, "high", high)
        if not low < high:
            raise ValueError(
                f"Uniform: low must be below high, both finite, got low={low}, high={high}."
            )
        self.low, self.high = float(low), float(high)

    @property
    def values(self) -> str:
        """Number of columns and the interval."""
        return f"{self.dimension} numbers in [{self.low:g}, {self.high:g}]"

    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """Draws `(batch, dimension)`, float32."""
        batch, seed = self._drawn(batch, seed)
        return uniform(batch, self.dimension, self.low, self.high, seed=seed)

    def entropy(self) -> float:
        """Returns the differential entropy in nats."""
        return self.dimension * math.log(self.high - self.low)

    def paths(self, steps: int) -> dict[str, tuple[slice, np.ndarray]]:
        """Returns a path of each column from `low` to `high`."""
        return self._paths_between(self.low, self.high, steps)
