"""Log-density, entropy and Kullback-Leibler divergence of Gaussians, in nats."""

from __future__ import annotations

import math

import numpy as np
from keras import ops

from tfgan_it.information.arrays import eager_value, namespace, promote, upcast
from tfgan_it.information.scores import linearized_exp, linearized_expm1
from tfgan_it.typing import Tensor


def gaussian_log_prob(x: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Computes ln N(x; m, diag(s^2)) = -1/2 sum_i [((x_i - m_i) / s_i)^2 + ln(2 pi s_i^2)], nats.

    Args:
        x: Points, `(..., d)`; tensors or arrays, and so are the others.
        mean: Mean m, broadcast against x.
        scale: Standard deviations s, broadcast against x.

    Returns:
        The sum over the last axis, `(...)`.

    Example:

    >>> print(f"{float(gaussian_log_prob(ops.zeros(2), ops.zeros(2), ops.ones(2))):.4f}")
    -1.8379
    """
    xp = namespace(x, mean, scale)
    per_column = xp.square((x - mean) / scale) + math.log(2 * math.pi) + 2 * xp.log(scale)
    return -0.5 * xp.sum(per_column, axis=-1)


def diagonal_gaussian_entropy(scale: Tensor) -> Tensor:
    """Computes the differential entropy h = sum_i 1/2 ln(2 pi e s_i^2) in nats.

    Args:
        scale: Standard deviations s, `(..., d)`, above 0.

    Returns:
        The sum over the last axis, `(...)`.

    Source: Shannon, 1948, "A Mathematical Theory of Communication", section 20.

    Example:

    >>> print(f"{float(diagonal_gaussian_entropy([1.0, 1.0])):.4f}")
    2.8379
    """
    scale = upcast(scale)
    xp = namespace(scale)
    return 0.5 * xp.sum(xp.log(2 * math.pi * math.e * xp.square(scale)), axis=-1)


def gaussian_entropy(covariance: Tensor) -> Tensor:
    """Computes the differential entropy h = 1/2 ln det(2 pi e S) in nats.

    Args:
        covariance: Covariance S, symmetric and positive definite, `(..., d, d)`. Half precision
            becomes float32.

    Returns:
        The entropy, `(...)`.

    Raises:
        ValueError: If S is not a covariance. A traced graph checks only the shape.

    Source: Shannon, 1948, "A Mathematical Theory of Communication", section 20.

    Example:

    >>> print(f"{float(gaussian_entropy([[1.0]])):.4f}")
    1.4189
    """
    covariance = check_covariance("gaussian_entropy", "covariance", covariance)
    root = namespace(covariance).linalg.cholesky(covariance)
    return 0.5 * covariance.shape[-1] * math.log(2 * math.pi * math.e) + _log_root_det(root)


def gaussian_kullback_leibler(
    mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor
) -> Tensor:
    """KL(N(m, S) || N(n, T)) = 1/2 (tr(T^-1 S) + (n - m)' T^-1 (n - m) - d + ln det T/det S), nats.

    It uses Cholesky factors, without inverses and determinants. Gradients reach all four arguments,
    whose leading axes are broadcast. Half precision becomes float32.

    Args:
        mean: Mean m, `(..., d)`.
        covariance: Covariance S, symmetric and positive definite, `(..., d, d)`. Only its lower
            triangle is used.
        other_mean: Mean n, `(..., d)`.
        other_covariance: Covariance T, as S.

    Returns:
        The KL, `(...)`, a tensor.

    Raises:
        ValueError: If S or T is not a covariance. A traced graph checks only the shape.

    Source: Kullback and Leibler, 1951, "On Information and Sufficiency"; the closed form in
    Kullback, 1959, "Information Theory and Statistics", chapter 9.

    Example:

    >>> eye = ops.eye(2)
    >>> print(float(gaussian_kullback_leibler([0.0, 0.0], eye, [1.0, 0.0], eye)))
    0.5
    """
    owner = "gaussian_kullback_leibler"
    covariance = check_covariance(owner, "covariance", covariance)
    other_covariance = check_covariance(owner, "other_covariance", other_covariance)
    mean, covariance, other_mean, other_covariance = map(
        ops.convert_to_tensor, promote(mean, covariance, other_mean, other_covariance)
    )
    root, other_root = ops.cholesky(covariance), ops.cholesky(other_covariance)
    shift = (other_mean - mean)[..., None]
    # keras.ops treats a matrix with fewer axes than the factor as a batch of vectors.
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
    mean: Tensor, log_variance: Tensor, other_mean: Tensor = 0.0, other_log_variance: Tensor = 0.0
) -> Tensor:
    """KL(N(m, e^a) || N(n, e^b)) = 1/2 sum (e^(a - b) - 1 - (a - b) + (m - n)^2 e^-b), in nats.

    Tensors give finite values and gradients for any log-variance: above e^40 the tangent replaces
    an exponential.

    Args:
        mean: Mean m, `(batch, d)`. Half precision becomes float32.
        log_variance: Log-variance a, `(batch, d)`.
        other_mean: Mean n, broadcast against m; 0 by default.
        other_log_variance: Log-variance b, broadcast against a. By default the other is N(0, I).

    Returns:
        The sum over the last axis, `(batch,)`.

    Source: Kingma and Welling, 2014, "Auto-Encoding Variational Bayes", appendix B.

    Example:

    >>> print(diagonal_gaussian_kullback_leibler([[1.0, 1.0]], [[0.0, 0.0]]).numpy())
    [1.]
    """
    mean, log_variance, other_mean, other_log_variance = promote(
        mean, log_variance, other_mean, other_log_variance
    )
    xp = namespace(mean)
    exp, expm1 = (np.exp, np.expm1) if xp is np else (linearized_exp, linearized_expm1)
    change = log_variance - other_log_variance
    distance = xp.square(mean - other_mean) * exp(-other_log_variance)
    return xp.sum(expm1(change) - change + distance, axis=-1) / 2


def check_covariance(owner: str, argument: str, covariance: Tensor) -> Tensor:
    """Checks a covariance and returns it in at least float32; in a graph it checks the shape.

    Raises:
        ValueError: If the shape is wrong, a number is not finite, the matrix is not symmetric, or
            an eigenvalue is not above rounding.
    """
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


def _log_root_det(root: Tensor) -> Tensor:
    """Computes 1/2 ln det of the matrix with this Cholesky factor."""
    xp = namespace(root)
    return xp.sum(xp.log(xp.diagonal(root, axis1=-2, axis2=-1)), axis=-1)
