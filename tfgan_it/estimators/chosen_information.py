"""Mutual information by one call, which chooses the estimator by the data."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from tfgan_it.checks import check_seed
from tfgan_it.estimators import checks, copies, identities, labelled_information, representations
from tfgan_it.estimators.continuous_information import (
    HIDDEN,
    Candidate,
    best_candidate,
    largest,
)
from tfgan_it.estimators.estimate import Estimate
from tfgan_it.estimators.mixtures import MixtureKSG
from tfgan_it.estimators.variables import Variable, has_atoms, variable
from tfgan_it.keywords import CheckedKeywords

# Fewer pairs say nothing of a dependence; with more columns than this, neighbours are far.
LEAST, _MANY = 10, 6
_NORMAL = 1.96  # Of a 95 % interval.


class MutualInformation(CheckedKeywords, BaseEstimator):
    """I(x; y) of any x and y in nats, with an interval, by the estimator that the data speak for.

    - Two labels: their counts, with the correction of Miller and Madow.
    - A label and numbers: `Ross`, also of the logits of a logistic regression.
    - Numbers: the copula, Gaussian or Student-t, that is likeliest on held-out pairs, unless `KSG`
      finds significantly more: in all columns, in those that depend on each other, in pairs of
      independent components, or in functions that were learned on other pairs.
    - Numbers with atoms, such as a censored variable or counts: `MixtureKSG`.

    Text, categories, bool and whole numbers of few values are labels, also in data frames. The
    estimate near independence may be negative; it is not clipped. In many columns neighbours are
    far, and what is not of a kind that a model or few functions describe is partly missed: the
    estimate is then a lower one, and a warning says so.

    Args:
        seed: Seed of splits and simulations. Equal seeds and data give equal estimates.
        base: Base of the logarithm of `estimate`: e for nats, 2 for bits.

    Attributes:
        result_: The `Estimate`.

    Source: for the choice by held-out likelihood see `copula_models`; by what few numbers know, see
    `representations`.

    Example: a correlation of .6 is -1/2 ln(1 - .6^2) = .223 nats.

    >>> random = np.random.default_rng(0)
    >>> x = random.standard_normal(2000)
    >>> y = np.exp(0.6 * x + 0.8 * random.standard_normal(2000))
    >>> result = MutualInformation().fit(x, y).result_
    >>> result.estimator, bool(abs(result.nats - 0.223) < 0.03)
    ('Gaussian copula', True)
    """

    def __init__(self, seed: int = 0, base: float = math.e) -> None:
        self.seed = seed
        self.base = base

    def fit(self, x: Any, y: Any) -> MutualInformation:
        """Chooses an estimator and computes the information.

        Args:
            x: Samples `(n,)` or `(n, d_x)`: an array, a list, or a data frame or column of one.
            y: Samples, one for each of x.

        Raises:
            ValueError: If samples are invalid or less than 10, or an argument is.
        """
        unit = checks.unit(self.base)
        random = np.random.default_rng(check_seed(self, self.seed) % 2**64)
        first, second = variable(x, "x"), variable(y, "y")
        checks.same_length(first.numbers, second.numbers, "y")
        enough(len(first.numbers), "mutual_information")
        # Of small matrices, and so that equal seeds give equal estimates.
        with threadpool_limits(1, "blas"):
            candidate, doubts, n = _candidate(first, second, random)
        self.result_ = as_estimate(candidate, doubts, n)
        self.value_ = candidate.nats / unit
        return self

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_


def mutual_information(x: Any, y: Any, *, seed: int = 0) -> Estimate:
    """Estimates I(x; y) in nats, with a 95 % interval: see `MutualInformation`.

    Args:
        x: Samples `(n,)` or `(n, d_x)`: an array, a list, or a data frame or column of one.
        y: Samples, one for each of x.
        seed: Seed of splits and simulations.

    Raises:
        ValueError: If samples are invalid or less than 10.

    Example: half of the letters are noise.

    >>> letters = np.array(list("abab" * 100))
    >>> round(mutual_information(letters, letters == "a").nats, 2)
    0.69
    """
    return MutualInformation(seed).fit(x, y).result_


def _candidate(
    x: Variable, y: Variable, random: np.random.Generator
) -> tuple[Candidate, tuple[str, ...], int]:
    """Returns the estimate of what both sides are, doubts, and the number of samples."""
    n = len(x.numbers)
    if x.labels is not None and y.labels is not None:
        candidate, doubts = labelled_information.of_labels(x.labels, y.labels)
        return candidate, doubts, n
    a, b = (side.numbers[:, ~checks.constant(side.numbers)] for side in (x, y))
    if not a.shape[1] or not b.shape[1]:
        return Candidate("none", 0.0, 0.0, reason="one side is constant"), (), n
    for labels, numbers in ((x.labels, b), (y.labels, a)):
        if labels is not None:
            return _of_label(labels, numbers)
    doubts = _monotone(a, b)
    kept = copies.counts_of_equal(np.hstack([a, b]))[1]
    if has_atoms(a[kept]) or has_atoms(b[kept]):
        return _of_atoms(a, b), (*doubts, *_many(a, b, "MixtureKSG")), n
    # Values repeat in whole pairs alone: no atoms, but data that were read twice.
    if n - len(kept) > 0.01 * n:
        doubts = (*doubts, f"{n - len(kept)} of {n} pairs are copies, and were left out.")
    a, b = a[kept], b[kept]
    enough(len(kept), "mutual_information of different pairs")
    candidate = best_candidate(a, b, random)
    return candidate, (*doubts, *_many(a, b, candidate.estimator)), len(kept)


def _of_label(labels: np.ndarray, numbers: np.ndarray) -> tuple[Candidate, tuple[str, ...], int]:
    kept = np.bincount(labels)[labels] > 1
    doubts: tuple[str, ...] = ()
    if not kept.all():
        doubts = (f"{np.sum(~kept)} labels that occur once were left out.",)
    enough(int(kept.sum()), "mutual_information of labels that occur more than once")
    of_kept = np.unique(labels[kept], return_inverse=True)[1]
    candidate = labelled_information.of_label_and_numbers(of_kept, numbers[kept])
    return candidate, doubts, int(kept.sum())


def _of_atoms(x: np.ndarray, y: np.ndarray) -> Candidate:
    """Returns MixtureKSG of all columns, or of the dependent ones if they show more."""
    found = [_mixture("MixtureKSG", x, y)]
    dependence = representations.dependent_columns(x, y)
    of_x, of_y = dependence.any(axis=1), dependence.any(axis=0)
    if of_x.any() and not (of_x.all() and of_y.all()):
        found.append(_mixture("MixtureKSG of the dependent columns", x[:, of_x], y[:, of_y]))
    return largest(found, len(x), "values of one side repeat")


def _mixture(name: str, x: np.ndarray, y: np.ndarray) -> Candidate:
    mixture = MixtureKSG(preprocessing="normal_scores").fit(x, y)
    spread = math.sqrt((float(np.var(mixture.contributions_)) + HIDDEN**2) / len(x))
    return Candidate(name, mixture.value_, spread)


def _monotone(x: np.ndarray, y: np.ndarray) -> tuple[str, ...]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        identities.warn_of_identity(x, y)
    return tuple(str(warning.message) for warning in caught)


def _many(x: np.ndarray, y: np.ndarray, estimator: str) -> tuple[str, ...]:
    columns = x.shape[1] + y.shape[1]
    if columns <= _MANY or "copula" in estimator or "dependent" in estimator:
        return ()
    return (
        f"In {columns} columns neighbours are far, and the dependence is not that of a copula "
        f"model: the information may be larger than the interval says.",
    )


def enough(n: int, what: str) -> None:
    """Raises a ValueError if there are less than 10 samples."""
    if n < LEAST:
        raise ValueError(f"{what}: {n} samples are too few: give at least {LEAST}, better 300.")


def as_estimate(candidate: Candidate, doubts: tuple[str, ...], n: int) -> Estimate:
    """Returns a candidate with its 95 % interval, for people."""
    half = _NORMAL * candidate.standard_error
    low, high = candidate.nats - half, candidate.nats + half + candidate.bias
    return Estimate(candidate.nats, (low, high), candidate.estimator, candidate.reason, doubts, n)
