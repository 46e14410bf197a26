"""Conditional mutual information and interaction information by one call."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tfgan_it.checks import check_seed
from tfgan_it.estimators.chosen_information import (
    enough,
    far,
    few,
    mutual_information,
    same_length,
)
from tfgan_it.estimators.continuous_information import (
    ABOUT_MODEL,
    BEYOND,
    best_candidate,
    largest,
    standard_error,
)
from tfgan_it.estimators.copula_models import fitted_copula
from tfgan_it.estimators.counting import counted
from tfgan_it.estimators.estimate import Candidate, Estimate
from tfgan_it.estimators.frenzel_pompe import FrenzelPompe
from tfgan_it.estimators.preparation import has_atoms, prepared
from tfgan_it.estimators.representations import dependent_columns
from tfgan_it.estimators.variables import variable

_WITH_MISSED = "FrenzelPompe, with what it misses on a model added"


def conditional_mutual_information(x: Any, y: Any, z: Any, *, seed: int = 0) -> Estimate:
    """Estimates I(x; y | z) in nats, with a 95 % interval.

        I(x; y | z) = I(x; (y, z)) - I(x; z)

    Three labels are counted. Numbers are described by a copula model, whose information is a
    difference of closed forms, unless `FrenzelPompe` differs significantly from what it finds on
    simulated samples of the model; with atoms or labels among them it is `FrenzelPompe` alone.

    Args:
        x: Samples `(n,)` or `(n, d_x)`: an array, a list, or a data frame or column of one.
        y: Samples, one for each of x.
        z: Conditions, one for each of x.
        seed: Seed of splits and simulations.

    Raises:
        ValueError: If samples are invalid or less than 10.

    Source: Frenzel and Pompe, 2007, "Partial Mutual Information for Coupling Analysis of
    Multivariate Time Series".

    Example: two fair coins know nothing of each other, but all if their sum's parity is known.

    >>> random = np.random.default_rng(0)
    >>> x, y = random.integers(2, size=(2, 4000))
    >>> round(conditional_mutual_information(x, y, (x + y) % 2).nats, 2)
    0.69
    """
    random = np.random.default_rng(check_seed("conditional_mutual_information", seed) % 2**64)
    x, y, z = variable(x, "x"), variable(y, "y"), variable(z, "z")
    same_length(x, y, z)
    n = len(x)
    enough(n, "conditional_mutual_information")
    if x.labels is not None and y.labels is not None and z.labels is not None:
        of_x, of_y, of_z = x.labels, y.labels, z.labels
        counts = [((of_x, of_y, of_z), 1), ((of_z,), 1), ((of_x, of_z), -1), ((of_y, of_z), -1)]
        candidate, doubts = counted(counts, "all three are labels")
        return candidate.finished(doubts, n)
    (a, b, c), doubts = prepared((x.numbers, y.numbers, z.numbers), random)
    enough(len(a), "conditional_mutual_information of different samples")
    with threadpool_limits(1, "blas"):
        if any(has_atoms(part) for part in (a, b, c)):
            candidate = dataclasses.replace(_nearest(a, b, c), reason="values repeat")
        else:
            candidate = _of_densities(a, b, c, random)
    columns = a.shape[1] + b.shape[1] + c.shape[1]
    return candidate.finished((*doubts, *few(len(a)), *far(columns, candidate)), len(a))


def interaction_information(x: Any, y: Any, z: Any, *, seed: int = 0) -> Estimate:
    """Estimates the interaction information of three, I(x; y | z) - I(x; y), in nats.

    It does not depend on which of the three is the condition. Above 0 two of them say more together
    of the third than each alone (synergy), below 0 they say the same (redundancy). Others define it
    with the opposite sign, as co-information.

    Args:
        x: Samples `(n,)` or `(n, d_x)`: an array, a list, or a data frame or column of one.
        y: Samples, one for each of x.
        z: Samples, one for each of x.
        seed: Seed of splits and simulations.

    Raises:
        ValueError: If samples are invalid or less than 10.

    Source: McGill, 1954, "Multivariate Information Transmission".

    Example: a coin, and two copies of it.

    >>> coin = np.random.default_rng(0).integers(2, size=4000)
    >>> round(interaction_information(coin, coin, coin).nats, 2)
    -0.69
    """
    conditional = conditional_mutual_information(x, y, z, seed=seed)
    plain = mutual_information(x, y, seed=seed)
    # Errors of the two are added as if independent, though the same samples are in both.
    halves = [part.nats - part.interval[0] for part in (conditional, plain)]
    above = [part.interval[1] - part.nats for part in (conditional, plain)]
    nats = conditional.nats - plain.nats
    low = nats - math.hypot(halves[0], above[1])
    high = nats + math.hypot(above[0], halves[1])
    return Estimate(
        nats,
        (low, high),
        f"{conditional.estimator}, less {plain.estimator}",
        f"{conditional.reason}; {plain.reason}",
        (*conditional.warnings, *plain.warnings),
        conditional.n,
    )


def _nearest(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Candidate:
    if not x.shape[1] or not y.shape[1]:
        return Candidate("none", 0.0, 0.0, reason="one side is constant")
    fitted = FrenzelPompe().fit(x, y, z if z.shape[1] else x * 0)
    return Candidate("FrenzelPompe", fitted.value_, standard_error(fitted.contributions_))


def _of_densities(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, random: np.random.Generator
) -> Candidate:
    """Returns the model's, or that of neighbours with what they miss on the model's samples."""
    n, d_y = len(x), y.shape[1]
    if not z.shape[1] and x.shape[1] and y.shape[1]:
        return best_candidate(x, y, random)
    nearest = _nearest(x, y, z)
    if nearest.estimator == "none":
        return nearest
    model = fitted_copula(x, np.hstack([y, z]), random)
    if model is None:
        return dataclasses.replace(nearest, reason="no model could be fitted")
    of_model = model.nats - model.of_last(z.shape[1], n)
    first, rest = model.sample(random, n)
    missed = of_model - _nearest(first, rest[:, :d_y], rest[:, d_y:]).nats
    # Where the model is wrong, so is what it adds or takes away.
    found = Candidate(
        _WITH_MISSED,
        nearest.nats + missed,
        nearest.standard_error,
        bias=max(0.0, -missed),
        added=max(0.0, missed),
    )
    found = largest([found, *_of_dependent_conditions(x, y, z)], n)
    excess = found.nats - of_model
    if abs(excess) <= BEYOND * ABOUT_MODEL * math.sqrt(2 / n):
        reason = f"the likeliest model; neighbours find {found.nats:.2f} nats"
        error = math.hypot(model.standard_error, excess / 2)
        return Candidate(model.name, of_model, error, reason=reason)
    reason = f"it finds {excess:+.2f} nats beside a {model.name}, {of_model:.2f}"
    error = math.hypot(found.standard_error, ABOUT_MODEL / math.sqrt(n))
    return dataclasses.replace(found, standard_error=error, reason=reason)


def _of_dependent_conditions(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> list[Candidate]:
    """Returns FrenzelPompe with the conditions alone that depend on x or on y, if some do not."""
    dependence = dependent_columns(z, np.hstack([x, y])).any(axis=1)
    if dependence.all():
        return []
    name = "FrenzelPompe of the dependent columns of z"
    return [dataclasses.replace(_nearest(x, y, z[:, dependence]), estimator=name)]
