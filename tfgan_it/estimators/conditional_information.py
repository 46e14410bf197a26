"""Conditional mutual information and interaction information by one call."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from tfgan_it.checks import check_seed
from tfgan_it.estimators import checks
from tfgan_it.estimators.chosen_information import as_estimate, enough, mutual_information
from tfgan_it.estimators.continuous_information import ABOUT_MODEL, BEYOND, Candidate
from tfgan_it.estimators.copula_models import fitted_copula
from tfgan_it.estimators.estimate import Estimate
from tfgan_it.estimators.frenzel_pompe import FrenzelPompe
from tfgan_it.estimators.labelled_information import entropy_of_labels, of_labels
from tfgan_it.estimators.variables import Variable, variable

_HIDDEN = 0.6  # What the terms of neighbours do not show of their noise, times 1 / sqrt(n).
_MANY = 6


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
    sides = [variable(part, name) for part, name in ((x, "x"), (y, "y"), (z, "z"))]
    for side, name in zip(sides[1:], "yz", strict=True):
        checks.same_length(sides[0].numbers, side.numbers, name)
    n = len(sides[0].numbers)
    enough(n, "conditional_mutual_information")
    if all(side.labels is not None for side in sides):
        return _of_labels(*sides)
    a, b, c = (side.numbers[:, ~checks.constant(side.numbers)] for side in sides)
    nearest = _nearest(a, b, c)
    columns = a.shape[1] + b.shape[1] + c.shape[1]
    doubts: tuple[str, ...] = ()
    if any(side.atoms for side in sides):
        candidate = dataclasses.replace(nearest, reason="values repeat")
    else:
        candidate = _of_densities(a, b, c, nearest, random)
    if columns > _MANY and candidate.estimator == nearest.estimator:
        doubts = (f"In {columns} columns neighbours are far: the information may be larger.",)
    return as_estimate(candidate, doubts, n)


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


def _of_labels(x: Variable, y: Variable, z: Variable) -> Estimate:
    """Returns the difference of two informations of labels."""
    assert x.labels is not None and y.labels is not None and z.labels is not None
    n = len(x.labels)
    both = np.unique(np.stack([y.labels, z.labels], axis=1), axis=0, return_inverse=True)[1]
    whole, doubts = of_labels(x.labels, both.ravel())
    of_z, _ = of_labels(x.labels, z.labels)
    # The noise of the difference: that of the entropy of what is left of x.
    left = math.hypot(entropy_of_labels(x.labels)[1], whole.standard_error) / math.sqrt(2)
    error = min(left, whole.standard_error + of_z.standard_error)
    nats = whole.nats - of_z.nats
    return as_estimate(Candidate(whole.estimator, nats, error, reason="labels"), doubts, n)


def _nearest(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Candidate:
    if not x.shape[1] or not y.shape[1]:
        return Candidate("none", 0.0, 0.0, reason="one side is constant")
    fitted = FrenzelPompe(preprocessing="normal_scores").fit(x, y, z if z.shape[1] else x * 0)
    error = math.sqrt((float(np.var(fitted.contributions_)) + _HIDDEN**2) / len(x))
    return Candidate("FrenzelPompe", fitted.value_, error)


def _of_densities(
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    nearest: Candidate,
    random: np.random.Generator,
) -> Candidate:
    """Returns the model's, or that of neighbours with what they miss on the model's samples."""
    n, d_y = len(x), y.shape[1]
    if nearest.estimator == "none" or not z.shape[1]:
        return nearest
    model = fitted_copula(x, np.hstack([y, z]), random)
    if model is None:
        return dataclasses.replace(nearest, reason=f"{n} samples are too few for a model")
    of_model = model.nats - model.of_last(z.shape[1], n)
    first, rest = model.sample(random, n)
    missed = of_model - _nearest(first, rest[:, :d_y], rest[:, d_y:]).nats
    excess = nearest.nats + missed - of_model
    if abs(excess) <= BEYOND * ABOUT_MODEL * math.sqrt(2 / n):
        reason = f"the likeliest model; neighbours find {nearest.nats + missed:.2f} nats"
        error = math.hypot(model.standard_error, excess / 2)
        return Candidate(model.name, of_model, error, reason=reason)
    reason = f"it finds {excess:+.2f} nats beside a {model.name}, {of_model:.2f}"
    error = math.hypot(nearest.standard_error, ABOUT_MODEL / math.sqrt(n))
    name = "FrenzelPompe, with what it misses on a model added"
    return Candidate(name, nearest.nats + missed, error, abs(missed), reason)
