"""Information of labels by counts: entropy, mutual information, with a condition, of many columns.

Each of these is a sum of entropies with signs, and so a mean over samples of logarithms of counts:
c of a sample is the number of samples with the same labels in some of the columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tfgan_it.estimators import copies
from tfgan_it.estimators.estimate import Candidate

# Fewer samples than this for each different row of labels say little of its probability.
_LEAST_OF_CELL = 5


def counted(
    parts: Sequence[tuple[Sequence[np.ndarray], int]], reason: str
) -> tuple[Candidate, tuple[str, ...]]:
    """Computes sum_t s_t <ln (c_t / n)>, less its bias sum_t s_t (K_t - 1) / 2n.

    K_t is the number of different labels that have occurred. I(x; y) has the parts (x, y) of sign
    1, and x and y of sign -1; H(x) has x of sign -1.

    Args:
        parts: Columns of labels, int64 `(n,)` each, and the sign of the logarithm of their counts.
        reason: Why they are counted.

    Returns:
        The estimate, with the correction of Miller and Madow, and what speaks against it. The
        standard error has a part of chi-squared, without which it would be 0 where all are equal.

    Source: Miller, 1955, "Note on the Bias of Information Estimates".
    """
    n = len(parts[0][0][0])
    terms, freedom, most = np.zeros(n), 0, 0
    for columns, sign in parts:
        counts, first = copies.counts_of_equal(np.stack(columns, axis=1).astype("float64"))
        terms += sign * np.log(counts / n)
        freedom += sign * (len(first) - 1)
        most = max(most, len(first))
    bias = freedom / (2 * n)
    error = math.hypot(float(terms.std()) / math.sqrt(n), math.sqrt(max(1, abs(freedom)) / 2) / n)
    doubts: tuple[str, ...] = ()
    if _LEAST_OF_CELL * most > n:
        doubts = (f"{n} samples are few for {most} different values: it says little.",)
        error = math.hypot(error, bias)
    name = "counts, corrected by Miller and Madow"
    return Candidate(name, float(terms.mean()) - bias, error, reason=reason), doubts
