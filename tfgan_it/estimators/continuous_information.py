"""Mutual information of continuous variables by the candidate that the data speak for.

Two kinds of candidates err in different ways. A copula model (`copula_models`) has little variance
in any dimension, and is wrong where the dependence is of another kind. Nearest neighbours (`KSG`)
find any kind of dependence, and are too low in many dimensions: therefore also in few columns or
functions of x and y (`representations`), which can know less than x and y but not more.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from tfgan_it.estimators import representations
from tfgan_it.estimators.copula_models import CopulaModel, fitted_copula
from tfgan_it.estimators.estimate import Candidate
from tfgan_it.estimators.mixtures import MixtureKSG

# Measured on Gaussian pairs of any correlation: KSG has this standard deviation about the
# information of the fitted model, times 1 / sqrt(n), and further noise that its terms do not show.
ABOUT_MODEL, HIDDEN = 0.8, 0.6
# Standard deviations by which neighbours must exceed a model, or one candidate another.
BEYOND = 2.0
# Columns of x and y together among which neighbours are near.
_FEW = 6
_SIMULATIONS = 2
_MOST_PAIRS = 8
_MOST_FEATURES = 3


def best_candidate(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> Candidate:
    """Estimates I(x; y) by several candidates, and returns the one that is taken.

    The model is taken unless neighbours find significantly more or less. In more than two columns
    what neighbours find is first corrected by what they miss on simulated pairs of the model.

    Args:
        x: Samples of a density, float64 `(n, d_x)`.
        y: Samples, float64 `(n, d_y)`.
        random: Random generator of splits and simulations.
    """
    n = len(x)
    model = fitted_copula(x, y, random)
    nearest = _nearest(x, y, model, random)
    if model is None:
        return dataclasses.replace(nearest, reason="no model could be fitted")
    simulated = math.sqrt(1 + 1 / _SIMULATIONS) if x.shape[1] + y.shape[1] > 2 else 1.0
    excess = nearest.nats - model.nats
    if abs(excess) > BEYOND * ABOUT_MODEL * simulated / math.sqrt(n):
        more = "more" if excess > 0 else "less"
        reason = f"it finds {abs(excess):.2f} nats {more} than a {model.name}, {model.nats:.2f}"
        return dataclasses.replace(nearest, reason=reason)
    reason = f"the likeliest model of held-out pairs; neighbours find {nearest.nats:.2f} nats"
    # Neighbours that find more or less, though not significantly, hint at another dependence.
    error = math.hypot(model.standard_error, excess / 2)
    return Candidate(model.name, model.nats, error, reason=reason)


def _nearest(
    x: np.ndarray, y: np.ndarray, model: CopulaModel | None, random: np.random.Generator
) -> Candidate:
    """Returns the candidate of neighbours that finds most, by more than chance."""
    best = _corrected(x, y, model, random)
    if x.shape[1] + y.shape[1] == 2:
        return best
    others = [*_of_columns(x, y, "column", random), *_of_features(x, y, random)]
    for contrast in representations.CONTRASTS:
        a, b = (representations.components(part, contrast) for part in (x, y))
        others += _of_columns(a, b, "independent component", random)
    return largest([best, *others], len(x))


def largest(
    candidates: Sequence[Candidate], n: int, reason: str = "", spread: float = ABOUT_MODEL
) -> Candidate:
    """Returns the first candidate, or one that exceeds those before it by more than chance.

    The upper end of its interval stays at least as high as that of the first.

    Args:
        candidates: Estimates, none of which is too high but by chance.
        n: Number of samples.
        reason: Why there are these.
        spread: Standard deviation of their differences, times the square root of n.
    """
    first = best = candidates[0]
    for other in candidates[1:]:
        if other.nats > best.nats + BEYOND * spread / math.sqrt(n):
            best = other
    bias = max(0.0, first.nats + first.bias - best.nats)
    return dataclasses.replace(best, bias=bias, reason=reason)


def _corrected(
    x: np.ndarray, y: np.ndarray, model: CopulaModel | None, random: np.random.Generator
) -> Candidate:
    """Returns KSG of all columns, plus what it misses on pairs of the model."""
    nats, error = neighbors_information(x, y)
    if x.shape[1] + y.shape[1] == 2:
        return Candidate("KSG", nats, error)
    bias = expected_growth(nats, x, y, random)
    if model is None:
        return Candidate("KSG", nats, error, bias)
    found = [neighbors_information(*model.sample(random, len(x)))[0] for _ in range(_SIMULATIONS)]
    missed = max(0.0, model.nats - float(np.mean(found)))
    name = "KSG, with what it misses on a model added" if missed > error else "KSG"
    error = math.hypot(error, ABOUT_MODEL / math.sqrt(_SIMULATIONS * len(x)))
    return Candidate(name, nats + missed, error, max(0.0, bias - missed), missed)


def expected_growth(
    nats: float, x: np.ndarray, y: np.ndarray, random: np.random.Generator
) -> float:
    """Returns by how much KSG would grow until neighbours are near, from its growth since n / 2.

    The distance of neighbours, and with it what they miss, falls as n to the power -1 / d.

    Args:
        nats: What KSG finds.
        x: Samples, float64 `(n, d_x)`.
        y: Samples, float64 `(n, d_y)`.
        random: Random generator of the halves.
    """
    halves = np.array_split(random.permutation(len(x)), 2)
    of_halves = float(np.mean([neighbors_information(x[half], y[half])[0] for half in halves]))
    return max(0.0, nats - of_halves) / (2 ** (1 / (x.shape[1] + y.shape[1])) - 1)


def _of_columns(
    x: np.ndarray, y: np.ndarray, kind: str, random: np.random.Generator
) -> list[Candidate]:
    """Returns KSG of the dependent columns alone, and the sum over pairs of them.

    I(x; y) is at least the sum of I(x_i; y_i) over disjoint pairs of columns less the total
    correlation of the x_i, or of the y_i.
    """
    dependence = representations.dependent_columns(x, y)
    of_x, of_y = np.flatnonzero(dependence.any(axis=1)), np.flatnonzero(dependence.any(axis=0))
    candidates = []
    if 0 < len(of_x) + len(of_y) <= min(_FEW, x.shape[1] + y.shape[1] - 1):
        nats, error = neighbors_information(x[:, of_x], y[:, of_y])
        candidates.append(Candidate(f"KSG of the dependent {kind}s", nats, error))
    rows, columns = linear_sum_assignment(-dependence)
    chosen = dependence[rows, columns] > 0
    rows, columns = rows[chosen], columns[chosen]
    if 1 < len(rows) <= _MOST_PAIRS:
        pairs = [
            best_candidate(x[:, [i]], y[:, [j]], random) for i, j in zip(rows, columns, strict=True)
        ]
        shared = min(_total_correlation(part, random) for part in (x[:, rows], y[:, columns]))
        nats = sum(pair.nats for pair in pairs) - shared
        error = math.hypot(*(pair.standard_error for pair in pairs))
        candidates.append(Candidate(f"the sum over pairs of {kind}s", nats, error))
    return candidates


def _total_correlation(x: np.ndarray, random: np.random.Generator) -> float:
    """Returns sum_j I(x_j; x_1 ... x_{j - 1}), each the larger of the model's and KSG's."""
    nats = 0.0
    for j in range(1, x.shape[1]):
        model = fitted_copula(x[:, :j], x[:, [j]], random)
        if model is None:
            return math.inf
        nearest, error = neighbors_information(x[:, :j], x[:, [j]])
        nats += max(0.0, model.nats, nearest if nearest > BEYOND * error else 0.0)
    return nats


def _of_features(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> list[Candidate]:
    """Returns KSG of the one, two and three most correlated functions, each on held-out halves."""
    n = len(x)
    if n < 200:
        return []
    x, y = representations.scores(x, y)
    features = representations.best_features(x, y, _MOST_FEATURES, random)
    halves = np.array_split(random.permutation(n), 2)
    found = []
    for held_out, fitted in (halves, halves[::-1]):
        f, g = features(x[fitted], y[fitted], x[held_out], y[held_out], _MOST_FEATURES)
        found.append([neighbors_information(f[:, :k], g[:, :k]) for k in range(1, f.shape[1] + 1)])
    return [
        Candidate(
            f"KSG of {count} learned function{'s' * (count > 1)} of each side",
            float(np.mean([nats for nats, _ in of_halves])),
            math.hypot(*(error for _, error in of_halves)) / 2,
        )
        for count, of_halves in enumerate(zip(*found, strict=True), start=1)
    ]


def neighbors_information(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Returns KSG's estimate of the normal scores, and its standard error, nats.

    Args:
        x: Samples, float64 `(n, d_x)`.
        y: Samples, float64 `(n, d_y)`.
    """
    # It is KSG where there are no copies, and takes these.
    ksg = MixtureKSG().fit(x, y)
    return ksg.value_, standard_error(ksg.contributions_)


def standard_error(contributions: np.ndarray, hidden: float = HIDDEN) -> float:
    """Returns the standard error of a mean of contributions, with the noise that they do not show.

    Args:
        contributions: What each sample adds, `(n,)`.
        hidden: Standard deviation of the hidden noise, times the square root of n.
    """
    return math.sqrt((float(np.var(contributions)) + hidden**2) / len(contributions))
