"""Entropy and Kullback-Leibler divergence of Gaussians, exactly: functions, and losses in nats."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.losses.probabilities import (
    check_base,
    check_direction,
    eager_value,
    upcast,
)


def gaussian_entropy(covariance: Any) -> Any:
    """h = 1/2 ln det(2 pi e S) in nats: a density's, so that it may be negative.

    Args:
        covariance: S, symmetric and positive definite, `(..., d, d)`; half precision is widened.

    Returns:
        `(...)`.

    Raises:
        ValueError: a covariance that is none, where its numbers can be seen.

    Source: Shannon, 1948, "A Mathematical Theory of Communication", section 20.

    Example:

    >>> print(f"{float(gaussian_entropy([[1.0]])):.4f}")
    1.4189
    """
    covariance = _checked("gaussian_entropy", "covariance", covariance)
    d = covariance.shape[-1]
    return 0.5 * d * math.log(2 * math.pi * math.e) + _log_root_det(ops.cholesky(covariance))


def gaussian_kullback_leibler(
    mean: Any, covariance: Any, other_mean: Any, other_covariance: Any
) -> Any:
    """KL(N(m, S) || N(n, T)) = 1/2 (tr(T^-1 S) + (n - m)' T^-1 (n - m) - d + ln det T/det S), nats.

    By Cholesky factors: no inverse and no determinant is formed. Gradients reach all four.

    Args:
        mean: m, `(..., d)`; half precision is widened.
        covariance: S, symmetric and positive definite, `(..., d, d)`; only its lower triangle is
            read.
        other_mean: n, `(..., d)`.
        other_covariance: T, as S. Leading axes of all four are broadcast.

    Returns:
        `(...)`.

    Raises:
        ValueError: covariances that are none, where their numbers can be seen.

    Source: Kullback and Leibler, 1951, "On Information and Sufficiency"; the closed form in
    Kullback, 1959, "Information Theory and Statistics", chapter 9.

    Example:

    >>> eye = ops.eye(2)
    >>> print(float(gaussian_kullback_leibler([0.0, 0.0], eye, [1.0, 0.0], eye)))
    0.5
    """
    owner = "gaussian_kullback_leibler"
    covariance = _checked(owner, "covariance", covariance)
    other_covariance = _checked(owner, "other_covariance", other_covariance)
    mean, covariance, other_mean, other_covariance = _alike(
        mean, covariance, other_mean, other_covariance
    )
    root, other_root = ops.cholesky(covariance), ops.cholesky(other_covariance)
    shift = (other_mean - mean)[..., None]
    # With fewer axes than the factor, keras.ops takes a matrix for a batch of vectors.
    rank = max(len(x.shape) for x in (root, other_root, shift))
    root, other_root, shift = (
        ops.expand_dims(x, tuple(range(rank - len(x.shape)))) for x in (root, other_root, shift)
    )
    spread = ops.solve_triangular(other_root, root, lower=True)
    shift = ops.solve_triangular(other_root, shift, lower=True)
    trace = ops.sum(ops.square(spread), axis=(-2, -1))
    distance = ops.sum(ops.square(shift), axis=(-2, -1))
    d = covariance.shape[-1]
    return (trace + distance - d) / 2 + _log_root_det(other_root) - _log_root_det(root)


def diagonal_gaussian_kullback_leibler(
    mean: Any, log_variance: Any, other_mean: Any = 0.0, other_log_variance: Any = 0.0
) -> Any:
    """KL(N(m, e^a) || N(n, e^b)) = 1/2 sum (e^(a - b) - 1 - (a - b) + (m - n)^2 e^-b), in nats.

    Args:
        mean: m, `(batch, d)`; half precision is widened.
        log_variance: a, `(batch, d)`.
        other_mean: n, broadcast against m; 0 by default.
        other_log_variance: b, broadcast against a; 0 by default, so that the other is N(0, I).

    Returns:
        `(batch,)`, summed over the last axis.

    Source: Kingma and Welling, 2014, "Auto-Encoding Variational Bayes", appendix B.

    Example:

    >>> print(diagonal_gaussian_kullback_leibler([[1.0, 1.0]], [[0.0, 0.0]]).numpy())
    [1.]
    """
    mean, log_variance, other_mean, other_log_variance = _alike(
        mean, log_variance, other_mean, other_log_variance
    )
    change = log_variance - other_log_variance
    distance = ops.square(mean - other_mean) * ops.exp(-other_log_variance)
    return ops.sum(ops.expm1(change) - change + distance, axis=-1) / 2


class GaussianDivergence(keras.losses.Loss):
    """KL between Gaussians, row by row: `call` is that of each row, `estimate` their mean.

    Args:
        direction: `forward`, KL(true || pred), or `reverse`, KL(pred || true).
        base: Of the logarithms: `math.e` for nats, 2 for bits.
        **kwargs: As for `keras.losses.Loss`: `name`, `reduction`, `dtype`. `dtype` is what is
            computed in, float32 by default, whatever comes in.

    Raises:
        ValueError: another direction, a base that is none; in `call`, arguments of another shape
            or that are no Gaussians.
    """

    def __init__(self, direction: str = "forward", base: float = math.e, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.direction = check_direction(owner, direction)
        self.base = check_base(owner, base)

    def value(self, p: Any, q: Any) -> Any:
        """KL(p || q) in nats, `(batch,)`."""
        raise NotImplementedError

    def check(self, argument: str, x: Any) -> None:
        """Refuses what is no row of Gaussians."""
        raise NotImplementedError

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The divergence of each row, `(batch,)`, of two arguments in the form of the class."""
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

    def estimate(self, y_true: Any, y_pred: Any) -> Any:
        """The mean over rows, a scalar."""
        return ops.mean(self.call(y_true, y_pred))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "direction": self.direction, "base": self.base}


@keras.saving.register_keras_serializable(package="tfgan_it")
class DiagonalGaussianKL(GaussianDivergence):
    """KL of Gaussians with diagonal covariance: rows are [mean, log_variance], `(batch, 2 d)`.

        1/2 sum (e^(a - b) - 1 - (a - b) + (m - n)^2 e^-b)

    The rate of a variational autoencoder, KL(q(z|x) || N(0, I)), is `direction="reverse"` with q in
    `y_pred` and zeros in `y_true`. Arguments and errors are those of `GaussianDivergence`.

    Source: Kingma and Welling, 2014, "Auto-Encoding Variational Bayes", appendix B.

    Example:

    >>> rate = DiagonalGaussianKL("reverse")
    >>> print(float(rate.estimate([[0.0, 0.0]], [[2.0, 0.0]])))
    2.0
    """

    def value(self, p: Any, q: Any) -> Any:
        """KL(p || q) in nats, `(batch,)`."""
        return diagonal_gaussian_kullback_leibler(
            *ops.split(p, 2, axis=-1), *ops.split(q, 2, axis=-1)
        )

    def check(self, argument: str, x: Any) -> None:
        """Refuses what is not `(batch, 2 d)`."""
        if len(x.shape) != 2 or x.shape[1] % 2 or not x.shape[1]:
            raise ValueError(
                f"{type(self).__name__}: {argument} must be (batch, 2 d), the means and then the "
                f"log-variances, got shape {tuple(x.shape)}."
            )


@keras.saving.register_keras_serializable(package="tfgan_it")
class GaussianKL(GaussianDivergence):
    """KL of Gaussians with full covariance: rows are [mean | covariance], `(batch, d, d + 1)`.

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

    def value(self, p: Any, q: Any) -> Any:
        """KL(p || q) in nats, `(batch,)`."""
        return gaussian_kullback_leibler(p[..., 0], p[..., 1:], q[..., 0], q[..., 1:])

    def check(self, argument: str, x: Any) -> None:
        """Refuses what is not `(batch, d, d + 1)` with covariances."""
        owner, shape = type(self).__name__, tuple(x.shape)
        if len(shape) != 3 or shape[2] != shape[1] + 1:
            raise ValueError(
                f"{owner}: {argument} must be (batch, d, d + 1), the mean and then the columns of "
                f"the covariance, got shape {shape}."
            )
        _checked(owner, f"{argument}'s covariance", x[..., 1:])


def _alike(*tensors: Any) -> list[Any]:
    """The tensors in the widest of their dtypes, float32 or float64."""
    tensors = [upcast(x) for x in tensors]
    dtype = keras.backend.result_type(*(x.dtype for x in tensors))
    return [ops.cast(x, dtype) for x in tensors]


def _log_root_det(root: Any) -> Any:
    """1/2 ln det of the matrix with this Cholesky factor."""
    return ops.sum(ops.log(ops.diagonal(root, axis1=-2, axis2=-1)), axis=-1)


def _checked(owner: str, argument: str, covariance: Any) -> Any:
    """The covariance as a tensor, if it is one as far as it can be seen."""
    covariance = upcast(covariance)
    shape = tuple(covariance.shape)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(
            f"{owner}: {argument} must be (..., d, d), got shape {shape}; for a diagonal one use "
            "diagonal_gaussian_kullback_leibler."
        )
    matrices = eager_value(covariance)
    if matrices is None or not matrices.size:
        return covariance
    if not np.isfinite(matrices).all():
        raise ValueError(f"{owner}: {argument} must be finite, got inf or NaN.")
    rounding = np.finfo(matrices.dtype).eps
    asymmetry = np.abs(matrices - np.swapaxes(matrices, -1, -2)).max()
    if asymmetry > 1e-4 * np.abs(matrices).max():
        raise ValueError(
            f"{owner}: {argument} must be symmetric, got one that differs from its transpose by "
            f"{asymmetry:.6g}."
        )
    values = np.linalg.eigvalsh(matrices.astype("float64"))
    smallest = values[..., 0] - rounding * np.abs(values).max(axis=-1)
    if smallest.min() <= 0:
        worst = values.reshape(-1, shape[-1])[int(smallest.argmin()), 0]
        raise ValueError(
            f"{owner}: {argument} must be positive definite, got a smallest eigenvalue of "
            f"{worst:.6g}; take more samples than dimensions or add a multiple of the identity."
        )
    return covariance
