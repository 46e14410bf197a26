"""Sums over scores S_ij = f(x_i, y_j) of pairs: S_ii of joint pairs is positive, the rest negative.

Scores are a square tensor `(n, n)`, float32. Sums of exponentials are computed as logarithms.
"""

from __future__ import annotations

import math

from keras import ops

from tfgan_it.typing import Tensor

# Above it the tangent replaces an exponential: e^40 nats are not a meaningful estimate, and a
# gradient of 2e17, unlike one of e^88, can be squared in float32.
HIGHEST_EXPONENT = 40.0


def positive_scores(scores: Tensor) -> Tensor:
    """Returns S_ii, `(n,)`."""
    return ops.sum(ops.where(_positive(scores), scores, 0.0), axis=1)


def mean_negatives(values: Tensor, axis: int = 1) -> Tensor:
    """Computes the mean over i != j along an axis of `(n, n)`, `(n,)`."""
    count = ops.cast(ops.shape(values)[0] - 1, values.dtype)
    return ops.sum(ops.where(_positive(values), 0.0, values), axis=axis) / count


def log_mean_exp_negatives(scores: Tensor, axis: int | None = None) -> Tensor:
    """Computes the ln of the mean of e^S_ij over i != j, along an axis of `(n, n)` or over both."""
    size = ops.cast(ops.shape(scores)[0], scores.dtype)
    count = size - 1.0 if axis is not None else size * (size - 1.0)
    negatives = ops.where(_positive(scores), -math.inf, scores)
    return ops.logsumexp(negatives, axis=axis) - ops.log(count)


def log_mean_exp(x: Tensor, axis: int = 0) -> Tensor:
    """Computes the ln of the mean of e^x along an axis.

    Example:

    >>> print(float(log_mean_exp(ops.array([1000.0, 1000.0]))))
    1000.0
    """
    count = ops.cast(ops.shape(x)[axis], x.dtype)
    return ops.logsumexp(x, axis=axis) - ops.log(count)


def log_mean_exp_without_each(scores: Tensor) -> Tensor:
    """Computes ln mean_{k != j} e^S_ki at (j, i), `(n, n)`: each column's leave-one-out mean.

    The total less one term is accurate if the largest term remains; the sum without the largest is
    computed separately.
    """
    rows = ops.shape(scores)[0]
    is_highest = ops.arange(rows)[:, None] == ops.cast(ops.argmax(scores, axis=0), "int32")[None, :]
    highest = ops.stop_gradient(ops.max(scores, axis=0, keepdims=True))
    terms = ops.exp(scores - highest)
    rest = ops.where(is_highest, 1.0, ops.sum(terms, axis=0, keepdims=True) - terms)
    without_highest = ops.logsumexp(ops.where(is_highest, -math.inf, scores), axis=0, keepdims=True)
    sums = ops.where(is_highest, without_highest, highest + ops.log(rest))
    return sums - ops.log(ops.cast(rows - 1, scores.dtype))


def linearized_exp(x: Tensor) -> Tensor:
    """Computes e^x up to x = 40 and its tangent above: finite, convex, with nonzero gradient."""
    exponential = ops.exp(ops.minimum(x, HIGHEST_EXPONENT))
    tangent = math.exp(HIGHEST_EXPONENT) * (1.0 + x - HIGHEST_EXPONENT)
    return ops.where(x > HIGHEST_EXPONENT, tangent, exponential)


def linearized_expm1(x: Tensor) -> Tensor:
    """Computes e^x - 1 as `linearized_exp` does: exact near 0 and up to x = 40, linear above."""
    below = ops.expm1(ops.minimum(x, HIGHEST_EXPONENT))
    return ops.where(x > HIGHEST_EXPONENT, linearized_exp(x) - 1.0, below)


def _positive(scores: Tensor) -> Tensor:
    """Returns the mask of the diagonal of `(n, n)`, bool."""
    index = ops.arange(ops.shape(scores)[0])
    return index[:, None] == index[None, :]
