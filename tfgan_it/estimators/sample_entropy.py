"""Entropy and KL divergence of samples by one call, with an interval."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

from tfgan_it.estimators import checks
from tfgan_it.estimators.chosen_information import enough
from tfgan_it.estimators.counting import counted
from tfgan_it.estimators.entropy import KozachenkoLeonenko, NeighborKL
from tfgan_it.estimators.estimate import Candidate, Estimate
from tfgan_it.estimators.gaussian import GaussianEntropy
from tfgan_it.estimators.variables import columns_of, of_columns, variable

_BLOCKS = 10
_LEAST_OF_BLOCK = 20


def entropy(x: Any) -> Estimate:
    """Estimates H(x) in nats, with a 95 % interval: of labels, or of a density.

    Labels are counted, with the correction of Miller and Madow. The differential entropy of numbers
    is that of `KozachenkoLeonenko`, and depends on their unit: H(a x) = H(x) + d ln a. It is minus
    infinity, with a warning, if values repeat as those of a density do not.

    Args:
        x: Samples `(n,)` or `(n, d)`: an array, a list, or a data frame or column of one.

    Raises:
        ValueError: If samples are invalid or less than 10.

    Example: a fair coin.

    >>> round(entropy(["heads", "tails"] * 500).nats, 2)
    0.69
    """
    side = variable(x, "x")
    n = len(side)
    enough(n, "entropy")
    if side.labels is not None:
        candidate, doubts = counted([((side.labels,), -1)], "labels")
        return candidate.finished(doubts, n)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nats = KozachenkoLeonenko().fit(side.numbers).estimate()
    doubts = tuple(str(warning.message) for warning in caught)
    if math.isinf(nats):
        advice = "For the entropy of rounded values as labels, give them as text or as integers."
        every = (*doubts, advice)
        return Estimate(nats, (nats, nats), "KozachenkoLeonenko", "values repeat", every, n)
    error, few = _by_blocks(lambda part: KozachenkoLeonenko().fit(part).estimate(), side.numbers)
    return _at_most_gaussian(side.numbers, nats, error).finished((*doubts, *few), n)


def _at_most_gaussian(x: np.ndarray, nats: float, error: float) -> Candidate:
    """Returns the estimate, or the Gaussian's of that covariance: no entropy is larger."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # Of outliers, where it is the larger.
        try:
            most = GaussianEntropy().fit(x).estimate()
        except ValueError:
            most = math.inf
    if nats <= most:
        return Candidate("KozachenkoLeonenko", nats, error, reason="samples of a density")
    reason = f"KozachenkoLeonenko finds {nats:.2f} nats, more than any density of this covariance"
    return Candidate("GaussianEntropy", most, error, reason=reason)


def kl_divergence(x: Any, y: Any) -> Estimate:
    """Estimates KL(p || q) in nats, with a 95 % interval, from samples x of p and y of q.

    Labels are counted: sum_l p_l ln(p_l / q_l), less its bias; infinite, with a warning, if a label
    of x never occurs in y. Numbers are compared by `NeighborKL`, which sees little of tails where y
    has no samples.

    Args:
        x: Samples of p, `(n,)` or `(n, d)`.
        y: Samples of q, `(m,)` or `(m, d)`.

    Raises:
        ValueError: If samples are invalid, less than 10, or of different kinds.

    Example: N(0, 1) and N(1, 1), whose divergence is 1/2.

    >>> random = np.random.default_rng(0)
    >>> x, y = random.normal(0, 1, 4000), random.normal(1, 1, 4000)
    >>> bool(abs(kl_divergence(x, y).nats - 0.5) < 0.08)
    True
    """
    of_x, of_y = columns_of(x, "x"), columns_of(y, "y")
    if len(of_x) != len(of_y):
        raise ValueError(
            f"kl_divergence: x and y must have the same columns, got {len(of_x)} and {len(of_y)}."
        )
    first, second = of_columns(of_x, "x"), of_columns(of_y, "y")
    n, m = len(first), len(second)
    enough(min(n, m), "kl_divergence")
    if first.text != second.text:
        raise ValueError("kl_divergence: one of x and y is text and the other numbers.")
    columns = [np.concatenate(pair) for pair in zip(first.columns, second.columns, strict=True)]
    both = of_columns(columns, "x and y")
    if both.labels is not None:
        return _of_labels(both.labels[:n], both.labels[n:])
    if not first.text:
        checks.same_scale(np.stack(first.columns), np.stack(second.columns), scaled=False)
    a, b = both.numbers[:n], both.numbers[n:]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nats = NeighborKL().fit(a, b).estimate()
    error, few = _by_blocks(lambda *parts: NeighborKL().fit(*parts).estimate(), a, b)
    doubts = (*(str(warning.message) for warning in caught), *few)
    if nats > math.log(m):
        doubts = (
            *doubts,
            "x and y hardly overlap: no sample can tell how large the divergence is.",
        )
    candidate = Candidate("NeighborKL", nats, error, reason="samples of two densities")
    return candidate.finished(doubts, n)


def _of_labels(x: np.ndarray, y: np.ndarray) -> Estimate:
    count = int(max(x.max(), y.max())) + 1
    of_x, of_y = (np.bincount(part, minlength=count) for part in (x, y))
    n, m = len(x), len(y)
    name, reason = "counts", "labels"
    missing = int(of_x[of_y == 0].sum())
    if missing:
        doubt = f"{missing} samples of x have labels that never occur in y: it is infinite."
        return Estimate(math.inf, (0.0, math.inf), name, reason, (doubt,), n)
    p, q = of_x / n, of_y / m
    ln_ratio, ratio = np.log(p[x] / q[x]), p / q
    # Of x as in an entropy; of y by the second term of -p ln q about its mean.
    freedom = int(np.count_nonzero(of_x)) - 1
    bias = freedom / (2 * n) + (float(p @ ratio) - 1) / (2 * m)
    error = math.sqrt(float(np.var(ln_ratio)) / n + float(np.var(ratio[y])) / m)
    error = math.hypot(error, math.sqrt(max(1, freedom) / 2) * (1 / n + 1 / m))
    plain = float(special.rel_entr(p, q).sum())
    return Candidate(name, plain - bias, error, reason=reason).finished((), n)


def _by_blocks(
    estimate: Callable[..., float], *samples: np.ndarray
) -> tuple[float, tuple[str, ...]]:
    """Returns the standard error by estimates of ten disjoint parts of each array, and doubts.

    It is widened from a Gaussian's to Student's quantile of nine degrees of freedom.
    """
    least = min(map(len, samples))
    blocks = min(_BLOCKS, least // _LEAST_OF_BLOCK)
    if blocks < 2:
        return math.inf, (f"{least} samples are too few for an interval.",)
    # Samples may be sorted.
    random = np.random.default_rng(0)
    shuffled = [part[random.permutation(len(part))] for part in samples]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        parts = [[part[i::blocks] for part in shuffled] for i in range(blocks)]
        found = np.array([estimate(*part) for part in parts])
    widened = float(stats.t(blocks - 1).ppf(0.975) / stats.norm.ppf(0.975))
    return float(found.std(ddof=1)) / math.sqrt(blocks) * widened, ()
