"""Probabilities with their logarithms and their support: the one rule for zeros.

There is no epsilon. An outcome of probability 0 is outside the support: it adds nothing to a sum
(0 ln 0 = 0), a divergence from a distribution that lacks it is +inf, and it passes no gradient
through its logarithm, where the derivative is infinite. Values are never NaN, and gradients are
finite.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from tfgan_it.information.arrays import namespace, promote, upcast
from tfgan_it.typing import Tensor


class LogProbs(NamedTuple):
    """Probabilities of any shape, with their logarithms.

    Attributes:
        values: The probabilities.
        logs: Their logarithms, and 0 outside the support.
        support: Whether the probability is not 0, bool. A probability that a softmax rounds to 0
            is inside, since its logarithm is finite.
    """

    values: Tensor
    logs: Tensor
    support: Tensor


def is_zero(p: Tensor) -> Tensor:
    """Returns where p is 0 or below the smallest normal number, which devices may flush to 0."""
    return p < float(np.finfo(keras.backend.standardize_dtype(p.dtype)).tiny)


def from_probs(p: Tensor) -> LogProbs:
    """Returns the distribution with probabilities p, a tensor or array of at least float32.

    Example:

    >>> [x.tolist() for x in from_probs(np.asarray([0.0, 1.0]))]
    [[0.0, 1.0], [0.0, 0.0], [False, True]]
    """
    xp = namespace(p)
    support = xp.logical_not(is_zero(p))
    return LogProbs(p, xp.log(xp.where(support, p, xp.ones_like(p))), support)


def from_log_probs(logs: Tensor) -> LogProbs:
    """Returns the distribution with these normalised log-probabilities; -inf is probability 0."""
    xp = namespace(logs)
    support = xp.not_equal(logs, -math.inf)
    return LogProbs(xp.exp(logs), xp.where(support, logs, xp.zeros_like(logs)), support)


def from_logits(logits: Tensor) -> LogProbs:
    """Returns the distribution softmax(logits) over the last axis; -inf is probability 0."""
    return from_log_probs(log_softmax(logits))


def log_softmax(logits: Tensor) -> Tensor:
    """Computes ln softmax over the last axis."""
    if namespace(logits) is ops:
        return ops.log_softmax(logits, axis=-1)
    below = logits - logits.max(axis=-1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=-1, keepdims=True))


def as_log_probs(*distributions: Tensor) -> list[LogProbs]:
    """Converts probabilities with `from_probs`, in their widest dtype; keeps `LogProbs`."""
    if any(isinstance(p, LogProbs) for p in distributions):
        return [p if isinstance(p, LogProbs) else from_probs(upcast(p)) for p in distributions]
    return [from_probs(p) for p in promote(*distributions)]


def lacking(p: LogProbs, q: LogProbs) -> Tensor:
    """Returns where q lacks an outcome of p, bool."""
    xp = namespace(p.values, q.values)
    return xp.logical_not(xp.logical_or(is_zero(p.values), q.support))
