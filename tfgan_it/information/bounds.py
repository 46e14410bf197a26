"""Bounds and estimates of a mutual information, in nats, as functions of the scores of pairs.

Scores S_ij = f(x_i, y_j) are float32 `(n, n)`; (x_i, y_i) are drawn jointly. Each function returns
a value for each pair, `(n,)`, whose mean is the bound or the estimate. The classes of these names
in `losses` document what is bounded, where a bound is tight, and the source.
"""

from __future__ import annotations

import math

from keras import ops

from tfgan_it.information.scores import (
    linearized_exp,
    log_mean_exp_negatives,
    log_mean_exp_without_each,
    mean_negatives,
    positive_scores,
)
from tfgan_it.typing import Tensor


def tuba(scores: Tensor, log_baseline: Tensor | None = None) -> Tensor:
    """Computes 1 + S_ii - ln a(y_i) - mean_{j != i} e^S_ij / a(y_j): a lower bound.

    Args:
        scores: Scores of pairs, `(n, n)`.
        log_baseline: ln a(y), `(n,)`; None for a = 1.

    Example:

    >>> print(f"{float(ops.mean(tuba(2.0 * ops.eye(2)))):.4f}")
    2.0000
    """
    if log_baseline is not None:
        scores = scores - log_baseline[None, :]
    return 1.0 + positive_scores(scores) - mean_negatives(linearized_exp(scores))


def nwj(scores: Tensor) -> Tensor:
    """Computes S_ii - mean_{j != i} e^(S_ij - 1): a lower bound, `tuba` with a(y) = e."""
    return positive_scores(scores) - mean_negatives(linearized_exp(scores - 1.0))


def info_nce(scores: Tensor) -> Tensor:
    """Computes S_ii - ln sum_j e^S_ij + ln n: a lower bound, at most ln n.

    Example: perfect scores of four pairs.

    >>> print(f"{float(ops.mean(info_nce(50.0 * ops.eye(4)))):.4f}")
    1.3863
    """
    size = ops.cast(ops.shape(scores)[0], scores.dtype)
    # Differences first, so that large scores lose no precision.
    return ops.log(size) - ops.logsumexp(scores - positive_scores(scores)[:, None], axis=1)


def interpolated(scores: Tensor, log_baseline: Tensor, alpha: float) -> Tensor:
    """Computes 1 + S_ii - mean_{j != i} ln b_ij - mean_{j != i} e^S_ji / b_ii: a lower bound.

        b_ij = alpha mean_{k != j} e^S_ki + (1 - alpha) q(y_i)

    Args:
        scores: Scores of pairs, `(n, n)`.
        log_baseline: ln q(y), `(n,)`.
        alpha: Weight of the batch mean in the baseline, in [0, 1].
    """
    # The shift of a column and its baseline cancels, and large scores lose no precision.
    highest = ops.stop_gradient(ops.max(scores, axis=0))
    scores, log_baseline = scores - highest[None, :], log_baseline - highest
    baseline = ops.zeros_like(scores) + log_baseline[None, :]
    if alpha > 0:
        batch = log_mean_exp_without_each(scores)
        if alpha == 1:
            baseline = batch
        else:
            baseline = ops.logaddexp(math.log(alpha) + batch, math.log1p(-alpha) + baseline)
    apart = linearized_exp(scores - positive_scores(baseline)[None, :])
    together = positive_scores(scores) - mean_negatives(baseline, axis=0)
    return 1.0 + together - mean_negatives(apart, axis=0)


def donsker_varadhan(scores: Tensor, tau: float = math.inf) -> Tensor:
    """Computes S_ii - ln mean_{j != k} e^clip(S_jk, -tau, tau), an estimate; SMILE for finite tau.

    Args:
        scores: Scores of pairs, `(n, n)`.
        tau: Largest absolute value of a score in the denominator.
    """
    clipped = scores if tau == math.inf else ops.clip(scores, -tau, tau)
    return positive_scores(scores) - log_mean_exp_negatives(clipped)


def pair_classification(scores: Tensor) -> Tensor:
    """Computes -softplus(-S_ii) - mean_{j != i} softplus(S_ij), minus a classifier's logistic loss.

    The classifier distinguishes joint pairs from independent ones. The mean is at most 2 JS - ln 4,
    at S = ln p(x, y) / (p(x) p(y)).
    """
    return -ops.softplus(-positive_scores(scores)) - mean_negatives(ops.softplus(scores))


def club(scores: Tensor) -> Tensor:
    """Computes S_ii - mean_{j != i} S_ij: an upper bound if S_ij = ln p(y_j|x_i)."""
    return positive_scores(scores) - mean_negatives(scores)


def leave_one_out(scores: Tensor) -> Tensor:
    """Computes S_ii - ln mean_{j != i} e^S_ji: an upper bound if S_ij = ln p(y_j|x_i)."""
    # Differences first, so that large scores lose no precision.
    return -log_mean_exp_negatives(scores - positive_scores(scores)[None, :], axis=0)
