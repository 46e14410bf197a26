"""How much more likely two samples are together than apart, if all they share is one code."""

from __future__ import annotations

from keras import ops

from tfgan_it.information.arrays import promote
from tfgan_it.information.log_probs import log_softmax
from tfgan_it.typing import Tensor


def shared_code_scores(first: Tensor, second: Tensor, log_prior: Tensor) -> Tensor:
    """S_ij = ln sum_k q(k|x_i) q(k|y_j) / p(k) = ln p(x_i, y_j) / p(x_i) p(y_j), nats.

    It is that of samples which are independent given a category k, whose posteriors are q. So it is
    a critic of pairs for `losses.InfoNCE` and its like, which then bounds from below what a pair
    shares, by the code alone, and learns the code from pairs. Unlike the information of the joint
    table of both readings (`losses.IICLoss`), which any permutation of one of them leaves
    as it is, it needs both to call an outcome by one name. It is at most -ln min_k p(k).

    Args:
        first: Logits of q(k|x), `(rows, K)`.
        second: Logits of q(k|y), `(columns, K)`.
        log_prior: ln p(k), `(K,)`; finite.

    Returns:
        `(rows, columns)`, at least float32; sums are taken as logarithms.

    Example: two that are sure of one of two categories, the same and another.

    >>> import numpy as np
    >>> sure = np.asarray([[40.0, 0.0], [0.0, 40.0]])
    >>> scores = shared_code_scores(sure, sure, np.log([0.5, 0.5]))
    >>> ops.convert_to_numpy(scores).round(2).tolist()
    [[0.69, -38.61], [-38.61, 0.69]]
    """
    first, second = (log_softmax(ops.convert_to_tensor(x)) for x in promote(first, second))
    given = first - ops.cast(ops.convert_to_tensor(log_prior), first.dtype)
    return ops.logsumexp(given[:, None, :] + second[None, :, :], axis=-1)
