"""Exact Kullback-Leibler divergence of Gaussians, as losses in nats."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_base, check_choice
from tfgan_it.configuration import Configurable
from tfgan_it.information.arrays import upcast
from tfgan_it.information.gaussians import (
    check_covariance,
    diagonal_gaussian_kullback_leibler,
    gaussian_kullback_leibler,
)
from tfgan_it.losses.probabilities import DIRECTIONS
from tfgan_it.typing import Tensor


class GaussianDivergence(Configurable, keras.losses.Loss):
    """KL between Gaussians: `call` is that of each sample, `estimate` their mean.

    Args:
        direction: `forward`, KL(true || pred), or `reverse`, KL(pred || true).
        base: Base of the logarithms: `math.e` for nats, 2 for bits.
        **kwargs: As for `keras.losses.Loss`: `name`, `reduction`, `dtype`. Inputs are cast to
            `dtype`, float32 by default.

    Raises:
        ValueError: If the direction or the base is invalid; in `call`, if the shapes differ or an
            argument does not describe Gaussians.
    """

    def __init__(self, direction: str = "forward", base: float = math.e, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.direction = check_choice("direction", direction, DIRECTIONS)
        self.base = check_base(self, base)

    def value(self, p: Tensor, q: Tensor) -> Tensor:
        """Computes KL(p || q) in nats, `(batch,)`."""
        raise NotImplementedError

    def check(self, argument: str, x: Tensor) -> None:
        """Checks that `x` describes Gaussians."""
        raise NotImplementedError

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes the divergence of each sample, `(batch,)`; the class gives the form of `y`."""
        p, q = (upcast(ops.convert_to_tensor(y, self.dtype)) for y in (y_true, y_pred))
        self.check("y_true", p)
        self.check("y_pred", q)
        if p.shape[1:] != q.shape[1:]:
            raise ValueError(
                f"{type(self).__name__}: y_true and y_pred must have one shape, got "
                f"{tuple(p.shape)} and {tuple(q.shape)}."
            )
        p, q = (p, q) if self.direction == "forward" else (q, p)
        return self.value(p, q) / math.log(self.base)

    def estimate(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes the mean over samples, a scalar."""
        return ops.mean(self.call(y_true, y_pred))


@keras.saving.register_keras_serializable(package="tfgan_it")
class DiagonalGaussianKL(GaussianDivergence):
    """KL of Gaussians with diagonal covariance, given as [mean, log_variance], `(batch, 2 d)`.

        1/2 sum (e^(a - b) - 1 - (a - b) + (m - n)^2 e^-b)

    For the rate of a variational autoencoder, KL(q(z|x) || N(0, I)), use `direction="reverse"` with
    q as `y_pred` and zeros as `y_true`. Arguments and errors are those of `GaussianDivergence`.

    Source: Kingma and Welling, 2014, "Auto-Encoding Variational Bayes", appendix B.

    Example:

    >>> rate = DiagonalGaussianKL("reverse")
    >>> print(float(rate.estimate([[0.0, 0.0]], [[2.0, 0.0]])))
    2.0
    """

    def value(self, p: Tensor, q: Tensor) -> Tensor:
        """Computes KL(p || q) in nats, `(batch,)`."""
        return diagonal_gaussian_kullback_leibler(
            *ops.split(p, 2, axis=-1), *ops.split(q, 2, axis=-1)
        )

    def check(self, argument: str, x: Tensor) -> None:
        """Checks that `x` is `(batch, 2 d)`."""
        if len(x.shape) != 2 or x.shape[1] % 2 or not x.shape[1]:
            raise ValueError(
                f"{type(self).__name__}: {argument} must be (batch, 2 d), the means and then the "
                f"log-variances, got shape {tuple(x.shape)}."
            )


@keras.saving.register_keras_serializable(package="tfgan_it")
class GaussianKL(GaussianDivergence):
    """KL of Gaussians with full covariance, given as [mean | covariance], `(batch, d, d + 1)`.

        1/2 (tr(T^-1 S) + (n - m)' T^-1 (n - m) - d + ln det T/det S)

    The mean is the first column, the covariance the rest. Arguments and errors are those of
    `GaussianDivergence`.

    Source: Kullback and Leibler, 1951, "On Information and Sufficiency"; the closed form in
    Kullback, 1959, "Information Theory and Statistics", chapter 9.

    Example:

    >>> p, q = [[[0.0, 1.0]]], [[[0.0, 4.0]]]
    >>> print(f"{float(GaussianKL().estimate(p, q)):.4f}")
    0.3181
    """

    def value(self, p: Tensor, q: Tensor) -> Tensor:
        """Computes KL(p || q) in nats, `(batch,)`."""
        return gaussian_kullback_leibler(p[..., 0], p[..., 1:], q[..., 0], q[..., 1:])

    def check(self, argument: str, x: Tensor) -> None:
        """Checks that `x` is `(batch, d, d + 1)` with covariances."""
        owner, shape = type(self).__name__, tuple(x.shape)
        if len(shape) != 3 or shape[2] != shape[1] + 1:
            raise ValueError(
                f"{owner}: {argument} must be (batch, d, d + 1), the mean and then the columns of "
                f"the covariance, got shape {shape}."
            )
        check_covariance(owner, f"{argument}'s covariance", x[..., 1:])
