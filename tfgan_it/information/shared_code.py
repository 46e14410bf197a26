"""Log density ratios of pairs of samples that share only one discrete code."""

from __future__ import annotations

from keras import ops

from tfgan_it.information.arrays import promote
from tfgan_it.information.log_probs import log_softmax
from tfgan_it.typing import Tensor


def shared_code_scores(first: Tensor, second: Tensor, log_prior: Tensor) -> Tensor:
    """Computes S_ij = ln sum_k q(k|x_i) q(k|y_j) / p(k) = ln p(x_i, y_j) / p(x_i) p(y_j), nats.

    This holds for samples that are independent given a category k, with posteriors q. It is a
    critic of pairs for `losses.InfoNCE` and similar bounds, which then learns the code from pairs.
    The information of the joint table (`losses.IICLoss`) is invariant to a permutation of one
    posterior's outcomes; these scores are not. They are at most -ln min_k p(k).

    Args:
        first: Logits of q(k|x), `(rows, K)`.
        second: Logits of q(k|y), `(columns, K)`.
        log_prior: Finite ln p(k), `(K,)`.

    Returns:
        The scores, `(rows, columns)`, at least float32; sums are computed as logarithms.

    Example: confident posteriors of two categories.

    >>> import numpy as np
    >>> logits = np.asarray([[40.0, 0.0], [0.0, 40.0]])
    >>> scores = shared_code_scores(logits, logits, np.log([0.5, 0.5]))
    >>> ops.convert_to_numpy(scores).round(2).tolist()
    [[0.69, -38.61], [-38.61, 0.69]]
    """
    first, second = (log_softmax(ops.convert_to_tensor(x)) for x in promote(first, second))
    ratio = first - ops.cast(ops.convert_to_tensor(log_prior), first.dtype)
    return ops.logsumexp(ratio[:, None, :] + second[None, :, :], axis=-1)
