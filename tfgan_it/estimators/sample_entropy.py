"""Entropy and KL divergence of samples by one call, with an interval."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

from tfgan_it.estimators import checks
from tfgan_it.estimators.chosen_information import as_estimate, enough
from tfgan_it.estimators.continuous_information import Candidate
from tfgan_it.estimators.entropy import KozachenkoLeonenko, NeighborKL
from tfgan_it.estimators.estimate import Estimate
from tfgan_it.estimators.gaussian import GaussianEntropy
from tfgan_it.estimators.labelled_information import entropy_of_labels
from tfgan_it.estimators.variables import variable

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
    n = len(side.numbers)
    enough(n, "entropy")
    if side.labels is not None:
        nats, error = entropy_of_labels(side.labels)
        few = 2 * side.count > n
        doubts = (f"{n} samples are few for {side.count} labels: it says little.",) * few
        name, reason = "counts, corrected by Miller and Madow", f"{side.count} labels"
        return as_estimate(Candidate(name, nats, error, reason=reason), doubts, n)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nats = KozachenkoLeonenko().fit(side.numbers).estimate()
    doubts = tuple(str(warning.message) for warning in caught)
    if math.isinf(nats):
        return Estimate(nats, (nats, nats), "KozachenkoLeonenko", "values repeat", doubts, n)
    error = _by_blocks(lambda part: KozachenkoLeonenko().fit(part).estimate(), side.numbers)
    return as_estimate(_at_most_gaussian(side.numbers, nats, error), doubts, n)


def _at_most_gaussian(x: np.ndarray, nats: float, error: float) -> Candidate:
    """Returns the estimate, or the Gaussian's of that covariance: no entropy is larger."""
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

    Labels are counted: sum_l p_l ln(p_l / q_l), less the bias (K - 1) / 2n + (K - 1) / 2m of K
    labels; infinite, with a warning, if a label of x never occurs in y. Numbers are compared by
    `NeighborKL`, which sees little of tails where y has no samples.

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
    first, second = np.asarray(x), np.asarray(y)
    if first.shape[1:] != second.shape[1:]:
        raise ValueError(
            f"kl_divergence: x and y must have the same columns, got {first.shape[1:]} and "
            f"{second.shape[1:]}."
        )
    both = variable(np.concatenate([first, second]), "x and y")
    n, m = len(first), len(second)
    enough(min(n, m), "kl_divergence")
    if both.labels is not None:
        return _of_labels(both.labels[:n], both.labels[n:])
    checks.same_scale(x, y, scaled=False)
    a, b = both.numbers[:n], both.numbers[n:]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nats = NeighborKL().fit(a, b).estimate()
    error = _by_blocks(lambda *parts: NeighborKL().fit(*parts).estimate(), a, b)
    candidate = Candidate("NeighborKL", nats, error, reason="samples of two densities")
    return as_estimate(candidate, tuple(str(warning.message) for warning in caught), n)


def _of_labels(x: np.ndarray, y: np.ndarray) -> Estimate:
    count = int(max(x.max(), y.max())) + 1
    of_x, of_y = (np.bincount(part, minlength=count) for part in (x, y))
    n, m = len(x), len(y)
    name, reason = "counts", f"{count} labels"
    missing = int(of_x[of_y == 0].sum())
    if missing:
        doubt = (
            f"{missing} samples of x have labels that never occur in y: the divergence is infinite."
        )
        return Estimate(math.inf, (0.0, math.inf), name, reason, (doubt,), n)
    ln_ratio = np.log(of_x[x] * m / (n * of_y[x]))
    plain = float(special.rel_entr(of_x / n, of_y / m).sum())
    bias = (np.count_nonzero(of_x) - 1) / (2 * n) + (count - 1) / (2 * m)
    # Of y: the variance of sum_l p_l ln q_l.
    ratio = (of_x / n) / (of_y / m)
    error = math.sqrt(float(np.var(ln_ratio)) / n + float(np.var(ratio[y])) / m)
    return as_estimate(Candidate(name, plain - bias, error, reason=reason), (), n)


def _by_blocks(estimate: Callable[..., float], *samples: np.ndarray) -> float:
    """Returns the standard error by estimates of ten disjoint parts of each array.

    It is widened from a Gaussian's to Student's quantile of nine degrees of freedom.
    """
    blocks = min(_BLOCKS, min(map(len, samples)) // _LEAST_OF_BLOCK)
    if blocks < 2:
        return math.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        parts = [[part[i::blocks] for part in samples] for i in range(blocks)]
        found = np.array([estimate(*part) for part in parts])
    widened = float(stats.t(blocks - 1).ppf(0.975) / stats.norm.ppf(0.975))
    return float(found.std(ddof=1)) / math.sqrt(blocks) * widened
