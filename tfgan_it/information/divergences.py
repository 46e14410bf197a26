"""Divergences of distributions over finitely many outcomes, in nats."""

from __future__ import annotations

import math

from keras import ops

from tfgan_it.information.arrays import namespace
from tfgan_it.information.log_probs import LogProbs, as_log_probs, from_probs, lacking
from tfgan_it.typing import Tensor


def kullback_leibler_terms(p: LogProbs, q: LogProbs) -> Tensor:
    """The terms p ln(p/q) of KL(p || q): 0 where p = 0, +inf where only q = 0."""
    xp = namespace(p.values, q.values)
    return xp.where(lacking(p, q), math.inf, p.values * (p.logs - q.logs))


def kullback_leibler(p: Tensor, q: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """KL(p || q) = sum p ln(p/q) in nats; +inf where q lacks an outcome of p.

    Args:
        p: Probabilities, which sum to 1 over `axis`, or `LogProbs`; half precision is widened. The
            sums are not checked.
        q: The same, of the same outcomes; p and q are broadcast.
        axis: The axis or axes of the outcomes.

    Returns:
        The shape of p and q without `axis`: a NumPy array where both are, else a tensor.

    Source: Kullback and Leibler, 1951, "On Information and Sufficiency".

    Example:

    >>> print(kullback_leibler([[0.5, 0.5], [1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]]).numpy().round(4))
    [   inf 0.6931]
    """
    p, q = as_log_probs(p, q)
    return namespace(p.values, q.values).sum(kullback_leibler_terms(p, q), axis=axis)


def jensen_shannon_terms(p: LogProbs, q: LogProbs) -> Tensor:
    """The terms of JS(p, q); all are finite."""
    middle = from_probs((p.values + q.values) / 2)
    return (p.values * (p.logs - middle.logs) + q.values * (q.logs - middle.logs)) / 2


def jensen_shannon(p: Tensor, q: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """JS(p, q) = 1/2 KL(p || m) + 1/2 KL(q || m) in nats, m = (p + q)/2; 0 <= JS <= ln 2.

    Args:
        p: Probabilities, or `LogProbs`.
        q: The same, of the same outcomes.
        axis: The axis or axes of the outcomes.

    Source: Lin, 1991, "Divergence Measures Based on the Shannon Entropy".

    Example: distributions that share nothing are one bit apart.

    >>> print(f"{float(jensen_shannon([1.0, 0.0], [0.0, 1.0])):.4f}")
    0.6931
    """
    p, q = as_log_probs(p, q)
    return namespace(p.values, q.values).sum(jensen_shannon_terms(p, q), axis=axis)


def jensen_shannon_lower_bound(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """ln 2 - 1/2 (softplus(-f(x)) + softplus(f(G))): a lower bound on JS(p || q), nats, `(batch,)`.

    Its mean is at most JS(p || q) = I(x; y), y the fair coin that picks real or generated, for
    any f, with equality at f = ln p/q. It can be negative: then f is worse than no answer.

    Args:
        real_logits: f(x), `(batch,)`.
        fake_logits: f(G), `(batch,)`.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets", theorem 1, read as a variational
    bound on I(x; y).

    Example: logits that see no difference.

    >>> print(f"{float(jensen_shannon_lower_bound(ops.zeros(1), ops.zeros(1))[0]):.4f}")
    0.0000
    """
    return math.log(2.0) - 0.5 * (ops.softplus(-real_logits) + ops.softplus(fake_logits))


def renyi(p: Tensor, q: Tensor, alpha: float) -> Tensor:
    """D_a(p || q) = ln(sum p^a q^(1-a)) / (a - 1) in nats, over the last axis.

    It grows with a: a = 0 is -ln q(p > 0), a = 1/2 is -2 ln sum sqrt(pq) (Bhattacharyya), a = 1 is
    KL(p || q), a = inf is ln max p/q. Near a = 1 nothing is lost to rounding: rows whose
    |(a - 1) ln p/q| are below 1 are summed as p expm1((a - 1) ln p/q).

    Args:
        p: Probabilities, `(batch, K)`, or `LogProbs`; NumPy arrays become tensors.
        q: The same.
        alpha: The order a, from 0 to inf.

    Source: Renyi, 1961, "On Measures of Entropy and Information"; the limits in van Erven and
    Harremoes, 2014, "Renyi Divergence and Kullback-Leibler Divergence". As in the former the sum is
    divided by sum p, which is 1 but for rounding.

    Example:

    >>> print(f"{float(renyi([[0.25, 0.75]], [[0.5, 0.5]], 2.0)[0]):.4f}")
    0.2231
    """
    p, q = as_log_probs(p, q)
    if alpha == 1:
        return kullback_leibler(p, q)
    inside = ops.logical_and(p.support, q.support)
    missing = ops.any(ops.logical_and(p.support, ops.logical_not(q.support)), axis=-1)
    ratio = ops.where(inside, p.logs - q.logs, 0.0)
    if alpha == math.inf:
        return ops.where(missing, math.inf, ops.max(ops.where(inside, ratio, -1e30), axis=-1))
    order = alpha - 1.0
    sums = ops.where(inside, p.logs + order * ratio, -1e30)
    far = ops.logsumexp(sums, axis=-1) - ops.log(ops.sum(p.values, axis=-1))
    small = ops.max(ops.abs(order * ratio), axis=-1) < 1.0
    near = ops.logical_and(small, ops.logical_not(missing))
    terms = p.values * ops.expm1(ops.where(near[..., None], order * ratio, 0.0))
    moved = ops.sum(terms, axis=-1) / ops.sum(p.values, axis=-1)
    total = ops.where(near, ops.log1p(moved), far)
    # With an order below 1 the divergence is finite as long as anything is shared.
    lost = missing if order > 0 else ops.logical_not(ops.any(inside, axis=-1))
    return ops.where(lost, math.inf, total / order)
