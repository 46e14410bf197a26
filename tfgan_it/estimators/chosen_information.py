"""Mutual information by one call, which chooses the estimator by the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from tfgan_it.checks import check_seed
from tfgan_it.estimators import checks, identities, labelled_information, representations
from tfgan_it.estimators.continuous_information import best_candidate, largest, standard_error
from tfgan_it.estimators.counting import counted
from tfgan_it.estimators.estimate import Candidate, Estimate
from tfgan_it.estimators.mixtures import MixtureKSG
from tfgan_it.estimators.preparation import has_atoms, prepared
from tfgan_it.estimators.variables import Variable, variable
from tfgan_it.keywords import CheckedKeywords

# Fewer pairs say nothing of a dependence; with more columns than this, neighbours are far.
LEAST, _FEW, _MANY = 10, 100, 6
_NEARLY = 0.9  # Of the entropy of a label: more could not be found.


class MutualInformation(CheckedKeywords, BaseEstimator):
    """I(x; y) of any x and y in nats, with an interval, by the estimator that the data speak for.

    - Two labels: their counts, with the correction of Miller and Madow.
    - A label and numbers: `Ross`, also of the columns that depend on the label, and of the logits
      of a logistic regression.
    - Numbers: the copula, Gaussian or Student-t, that is likeliest on held-out pairs, unless `KSG`
      finds significantly more or less: in all columns, in those that depend on each other, in
      pairs of independent components, or in functions that were learned on other pairs.
    - Numbers with atoms, such as a censored variable: `MixtureKSG`.

    Rounded values get noise within their steps first, and columns that others determine linearly
    and copies of pairs are left out: none of this changes the information.

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
        same_length(first, second)
        enough(len(first), "mutual_information")
        # Of small matrices, and so that equal seeds give equal estimates.
        with threadpool_limits(1, "blas"):
            candidate, doubts, n = _candidate(first, second, random)
        self.result_ = candidate.finished(doubts, n)
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
    n = len(x)
    if x.labels is not None and y.labels is not None:
        counts = [((x.labels, y.labels), 1), ((x.labels,), -1), ((y.labels,), -1)]
        candidate, doubts = counted(counts, "both sides are labels")
        if not doubts or not (x.ordered and y.ordered):
            return candidate, doubts, n
        # Counts of many values, such as of events, are numbers with steps.
    else:
        for label, other in ((x, y), (y, x)):
            if label.labels is not None:
                return _of_label(label.labels, other.numbers)
    told = identities.told_identity(x.numbers, y.numbers)
    doubts = () if told is None else (told,)
    (a, b), more = prepared((x.numbers, y.numbers), random)
    if not a.shape[1] or not b.shape[1]:
        return Candidate("none", 0.0, 0.0, reason="one side is constant"), more, n
    enough(len(a), "mutual_information of different pairs")
    candidate = _of_atoms(a, b) if has_atoms(a) or has_atoms(b) else best_candidate(a, b, random)
    doubts = (*doubts, *more, *few(len(a)), *far(a.shape[1] + b.shape[1], candidate))
    return candidate, doubts, len(a)


def _of_label(labels: np.ndarray, numbers: np.ndarray) -> tuple[Candidate, tuple[str, ...], int]:
    kept = np.bincount(labels)[labels] > 1
    n = int(kept.sum())
    doubts = few(n)
    if not kept.all():
        doubts = (*doubts, f"{np.sum(~kept)} labels that occur once were left out.")
    enough(n, "mutual_information of labels that occur more than once")
    values, of_kept = np.unique(labels[kept], return_inverse=True)
    numbers = numbers[kept][:, ~checks.constant(numbers[kept])]
    if len(values) < 2 or not numbers.shape[1]:
        return Candidate("none", 0.0, 0.0, reason="one side is constant"), doubts, n
    candidate = labelled_information.of_label_and_numbers(of_kept, numbers)
    whole, _ = counted([((of_kept,), -1)], "")
    if candidate.nats < _NEARLY * whole.nats:
        doubts = (*doubts, *far(numbers.shape[1], candidate))
    return candidate, doubts, n


def _of_atoms(x: np.ndarray, y: np.ndarray) -> Candidate:
    """Returns MixtureKSG of all columns, or of the dependent ones if they show more."""
    found = [_mixture("MixtureKSG", x, y)]
    dependence = representations.dependent_columns(x, y)
    of_x, of_y = dependence.any(axis=1), dependence.any(axis=0)
    if of_x.any() and not (of_x.all() and of_y.all()):
        found.append(_mixture("MixtureKSG of the dependent columns", x[:, of_x], y[:, of_y]))
    return largest(found, len(x), "values of one side repeat")


def _mixture(name: str, x: np.ndarray, y: np.ndarray) -> Candidate:
    mixture = MixtureKSG().fit(x, y)
    return Candidate(name, mixture.value_, standard_error(mixture.contributions_))


def few(n: int) -> tuple[str, ...]:
    """Returns a doubt of few samples."""
    text = f"{n} samples are few: intervals hold the truth less often than they say."
    return (text,) if n < _FEW else ()


def far(columns: int, candidate: Candidate) -> tuple[str, ...]:
    """Returns a doubt of neighbours in many columns."""
    known = "copula" in candidate.estimator or "the dependent column" in candidate.estimator
    if columns <= _MANY or known:
        return ()
    return (
        f"In {columns} columns neighbours are far, and the dependence is not that of a copula "
        f"model: the information may be larger than the interval says.",
    )


def same_length(x: Variable, *others: Variable) -> None:
    """Raises a ValueError if variables have different numbers of samples."""
    for other in others:
        if len(other) != len(x):
            raise ValueError(
                f"{x.name} and {other.name} must have equal lengths, got {len(x)} and {len(other)}."
            )


def enough(n: int, what: str) -> None:
    """Raises a ValueError if there are less than 10 samples."""
    if n < LEAST:
        raise ValueError(f"{what}: {n} samples are too few: give at least {LEAST}, better 300.")
