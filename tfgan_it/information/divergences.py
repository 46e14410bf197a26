"""Divergences of discrete distributions, in nats."""

from __future__ import annotations

import math

from keras import ops

from tfgan_it.information.arrays import namespace
from tfgan_it.information.log_probs import LogProbs, as_log_probs, from_probs, lacking
from tfgan_it.typing import Tensor


def kullback_leibler_terms(p: LogProbs, q: LogProbs) -> Tensor:
    """Computes the terms p ln(p/q) of KL(p || q): 0 where p = 0, +inf where only q = 0."""
    xp = namespace(p.values, q.values)
    return xp.where(lacking(p, q), math.inf, p.values * (p.logs - q.logs))


def kullback_leibler(p: Tensor, q: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Computes KL(p || q) = sum p ln(p/q) in nats; +inf if q lacks an outcome of p.

    Args:
        p: Probabilities, or `LogProbs`. They must sum to 1 over `axis`, which is not checked. Half
            precision becomes float32.
        q: Probabilities of the same outcomes, or `LogProbs`; p and q are broadcast.
        axis: Axis or axes of the outcomes.

    Returns:
        The KL, in the shape of p and q without `axis`: a NumPy array if both are, else a tensor.

    Source: Kullback and Leibler, 1951, "On Information and Sufficiency".

    Example:

    >>> print(kullback_leibler([[0.5, 0.5], [1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]]).numpy().round(4))
    [   inf 0.6931]
    """
    p, q = as_log_probs(p, q)
    return namespace(p.values, q.values).sum(kullback_leibler_terms(p, q), axis=axis)


def jensen_shannon_terms(p: LogProbs, q: LogProbs) -> Tensor:
    """Computes the terms of JS(p, q); all are finite."""
    middle = from_probs((p.values + q.values) / 2)
    return (p.values * (p.logs - middle.logs) + q.values * (q.logs - middle.logs)) / 2


def jensen_shannon(p: Tensor, q: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Computes JS(p, q) = 1/2 KL(p || m) + 1/2 KL(q || m) in nats, m = (p + q)/2; at most ln 2.

    Args:
        p: Probabilities, or `LogProbs`.
        q: Probabilities of the same outcomes, or `LogProbs`.
        axis: Axis or axes of the outcomes.

    Source: Lin, 1991, "Divergence Measures Based on the Shannon Entropy".

    Example: disjoint distributions are one bit apart.

    >>> print(f"{float(jensen_shannon([1.0, 0.0], [0.0, 1.0])):.4f}")
    0.6931
    """
    p, q = as_log_probs(p, q)
    return namespace(p.values, q.values).sum(jensen_shannon_terms(p, q), axis=axis)


def jensen_shannon_lower_bound(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Computes ln 2 - 1/2 (softplus(-f(x)) + softplus(f(G))), nats, `(batch,)`.

    For any f the mean is a lower bound on JS(p || q) = I(x; y), where y is the fair coin that
    selects real or generated. It is tight at f = ln p/q. It is negative if f is worse than chance.

    Args:
        real_logits: Logits f(x) of real samples, `(batch,)`.
        fake_logits: Logits f(G) of generated samples, `(batch,)`.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets", theorem 1, read as a variational
    bound on I(x; y).

    Example: constant logits.

    >>> print(f"{float(jensen_shannon_lower_bound(ops.zeros(1), ops.zeros(1))[0]):.4f}")
    0.0000
    """
    return math.log(2.0) - 0.5 * (ops.softplus(-real_logits) + ops.softplus(fake_logits))


def renyi(p: Tensor, q: Tensor, alpha: float) -> Tensor:
    """Computes D_a(p || q) = ln(sum p^a q^(1-a)) / (a - 1) in nats, over the last axis.

    It grows with a: a = 0 is -ln q(p > 0), a = 1/2 is -2 ln sum sqrt(pq) (Bhattacharyya), a = 1 is
    KL(p || q), a = inf is ln max p/q. It is accurate near a = 1: distributions whose
    |(a - 1) ln p/q| are below 1 are summed as p expm1((a - 1) ln p/q).

    Args:
        p: Probabilities, `(batch, K)`, or `LogProbs`; NumPy arrays become tensors.
        q: Probabilities of the same outcomes, or `LogProbs`.
        alpha: Order a, from 0 to inf.

    Source: Renyi, 1961, "On Measures of Entropy and Information"; the limits in van Erven and
    Harremoes, 2014, "Renyi Divergence and Kullback-Leibler Divergence". As in the former, the sum
    is divided by sum p, which is 1 up to rounding.

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
    mean = ops.sum(terms, axis=-1) / ops.sum(p.values, axis=-1)
    total = ops.where(near, ops.log1p(mean), far)
    # With an order below 1 the divergence is finite unless p and q are disjoint.
    infinite = missing if order > 0 else ops.logical_not(ops.any(inside, axis=-1))
    return ops.where(infinite, math.inf, total / order)
