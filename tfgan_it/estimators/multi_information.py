"""Total correlation of the columns of samples by one call."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfgan_it.checks import check_seed
from tfgan_it.estimators.chosen_information import as_estimate, mutual_information
from tfgan_it.estimators.continuous_information import Candidate
from tfgan_it.estimators.estimate import Estimate
from tfgan_it.estimators.labelled_information import entropy_of_labels
from tfgan_it.estimators.variables import variable


def total_correlation(x: Any, *, seed: int = 0) -> Estimate:
    """Estimates the total correlation of columns in nats: how far they are from independence.

        TC = sum_j H(x_j) - H(x_1 ... x_d) = sum_{j > 1} I(x_j; x_1 ... x_{j - 1})

    Columns of labels alone are counted; else each term of the second sum is `mutual_information`,
    whose errors add up.

    Args:
        x: Samples `(n, d)`, d at least 2: an array, or a data frame.
        seed: Seed of splits and simulations.

    Raises:
        ValueError: If samples are invalid, less than 10, or have one column.

    Source: Watanabe, 1960, "Information Theoretical Analysis of Multivariate Correlation".

    Example: three copies of a coin.

    >>> coin = np.random.default_rng(0).integers(2, size=4000)
    >>> round(total_correlation(np.stack([coin] * 3, axis=1)).nats, 2)
    1.39
    """
    columns = _columns(x)
    check_seed("total_correlation", seed)
    sides = [variable(column, f"column {index}") for index, column in enumerate(columns)]
    labels = [side.labels for side in sides if side.labels is not None]
    if len(labels) == len(sides):
        return _of_labels(labels)
    parts = [
        mutual_information(columns[j], _together(sides[:j]), seed=seed)
        for j in range(1, len(columns))
    ]
    below = math.hypot(*(part.nats - part.interval[0] for part in parts))
    above = math.hypot(*(part.interval[1] - part.nats for part in parts))
    nats = sum(part.nats for part in parts)
    names = dict.fromkeys(part.estimator for part in parts)
    doubts = dict.fromkeys(doubt for part in parts for doubt in part.warnings)
    return Estimate(
        nats,
        (nats - below, nats + above),
        "; ".join(names),
        "the chain of columns",
        tuple(doubts),
        parts[0].n,
    )


def _columns(x: Any) -> list[Any]:
    if hasattr(x, "columns"):
        columns = [x[name] for name in x.columns]
    else:
        array = np.asarray(x)
        columns = list(array.T) if array.ndim == 2 else []
    if len(columns) < 2:
        raise ValueError(
            "total_correlation: x must be (n, d), d at least 2: the columns to compare."
        )
    return columns


def _together(sides: list[Any]) -> np.ndarray:
    return np.hstack([side.numbers for side in sides])


def _of_labels(labels: list[np.ndarray]) -> Estimate:
    rows = np.unique(np.stack(labels, axis=1), axis=0, return_inverse=True)[1].ravel()
    whole, error = entropy_of_labels(rows)
    nats = sum(entropy_of_labels(column)[0] for column in labels) - whole
    n, cells = len(rows), int(rows.max()) + 1
    doubts = (f"{n} samples are few for {cells} different rows: it says little.",) * (2 * cells > n)
    name = "counts, corrected by Miller and Madow"
    return as_estimate(Candidate(name, nats, error, reason="columns are labels"), doubts, n)
