"""Entropy and cross-entropy of discrete distributions, in nats."""

from __future__ import annotations

import math

from tfgan_it.information.arrays import namespace
from tfgan_it.information.log_probs import LogProbs, as_log_probs, lacking, log_softmax
from tfgan_it.typing import Tensor


def shannon_entropy(p: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Computes H(p) = -sum p ln p in nats, over one axis or several; 0 ln 0 is 0.

    Args:
        p: Probabilities of any shape, or `LogProbs`. They must sum to 1 over `axis`, which is not
            checked. Half precision becomes float32.
        axis: Axis or axes of the outcomes.

    Returns:
        The entropy, in the shape of p without `axis`: a NumPy array if p is one, else a tensor. The
        gradient is -(ln p + 1), and 0 where p is exactly 0.

    Source: Shannon, 1948, "A Mathematical Theory of Communication".

    Example:

    >>> print(shannon_entropy([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]).numpy().round(4))
    [0.6931 1.0397]
    """
    (p,) = as_log_probs(p)
    return -namespace(p.values).sum(p.values * p.logs, axis=axis)


def cross_entropy_terms(p: LogProbs, q: LogProbs) -> Tensor:
    """Computes the terms -p ln q of the cross-entropy: 0 where p = 0, +inf where only q = 0."""
    xp = namespace(p.values, q.values)
    return xp.where(lacking(p, q), math.inf, -p.values * q.logs)


def cross_entropy(p: Tensor, q: Tensor, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Computes -sum p ln q = H(p) + KL(p || q) in nats; +inf if q lacks an outcome of p.

    Args:
        p: Probabilities, or `LogProbs`.
        q: Probabilities of the same outcomes, or `LogProbs`.
        axis: Axis or axes of the outcomes.

    Source: Good, 1956, "Some Terminology and Notation in Information Theory".

    Example:

    >>> print(f"{float(cross_entropy([0.0, 1.0], [0.75, 0.25])):.4f}")
    1.3863
    """
    p, q = as_log_probs(p, q)
    return namespace(p.values, q.values).sum(cross_entropy_terms(p, q), axis=axis)


def categorical_log_prob(code: Tensor, logits: Tensor) -> Tensor:
    """Computes sum_k c_k ln softmax(logits)_k in nats: ln q(c) of a one-hot code.

    It is finite for finite logits. For a code of probabilities it is minus their cross-entropy.

    Args:
        code: One-hot codes or probabilities, `(..., K)`.
        logits: Logits of q, `(..., K)`.

    Example:

    >>> import numpy as np
    >>> print(f"{categorical_log_prob(np.asarray([0.0, 1.0]), np.log([0.75, 0.25])):.4f}")
    -1.3863
    """
    return namespace(code, logits).sum(code * log_softmax(logits), axis=-1)
