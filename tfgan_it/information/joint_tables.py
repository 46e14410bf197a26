"""Mutual information of a joint table P_ij of two variables, in nats."""

from __future__ import annotations

from keras import ops

from tfgan_it.information.arrays import namespace, upcast
from tfgan_it.information.log_probs import from_probs
from tfgan_it.typing import Tensor


def joint_table(p: Tensor, q: Tensor, symmetric: bool = False) -> Tensor:
    """Computes P_ij = 1/N sum_n p_n(i) q_n(j), or (P + P^T)/2 if `symmetric`.

    Args:
        p: Probabilities of the first variable for each sample, `(batch, K)`.
        q: Probabilities of the second variable, `(batch, L)`; L = K if `symmetric`.
        symmetric: Whether to average P over both orders of the variables.

    Returns:
        `(K, L)`, with the sum 1.
    """
    xp = namespace(p, q)
    rows = p.shape[0] if xp is not ops else ops.cast(ops.shape(p)[0], p.dtype)
    joint = xp.matmul(xp.transpose(p), q) / rows
    return (joint + xp.transpose(joint)) / 2 if symmetric else joint


def log_ratios(joint: Tensor, entropy_weight: float = 1.0) -> Tensor:
    """Computes ln P_ij - lambda (ln P_i + ln P_j) in nats, `(K, L)`; 0 where P_ij = 0.

    With lambda = 1 it is the pointwise mutual information, whose mean under P is I.

    Args:
        joint: Joint table P, `(K, L)`, with the sum 1; a tensor or array of at least float32.
        entropy_weight: Weight lambda of the marginals.
    """
    xp = namespace(joint)
    first, second = (from_probs(xp.sum(joint, axis=axis, keepdims=True)).logs for axis in (1, 0))
    table = from_probs(joint)
    ratios = table.logs - entropy_weight * (first + second)
    return xp.where(table.support, ratios, xp.zeros_like(ratios))


def mutual_information(joint: Tensor, entropy_weight: float = 1.0) -> Tensor:
    """Computes I = sum_ij P_ij ln P_ij / (P_i P_j) in nats, a scalar; 0 ln 0 is 0.

    Args:
        joint: Joint table P, `(K, L)`, with the sum 1, which is not checked; at least float32.
        entropy_weight: lambda in sum_ij P_ij (ln P_ij - lambda ln P_i - lambda ln P_j), that is
            lambda (H(a) + H(b)) - H(a, b).

    Source: Shannon, 1948, "A Mathematical Theory of Communication".

    Example: a noisy channel.

    >>> print(f"{float(mutual_information([[0.4, 0.1], [0.1, 0.4]])):.4f}")
    0.1927
    """
    joint = upcast(joint)
    return namespace(joint).sum(joint * log_ratios(joint, entropy_weight))
