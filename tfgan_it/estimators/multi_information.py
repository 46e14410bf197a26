"""Total correlation of the columns of samples by one call."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfgan_it.checks import check_seed
from tfgan_it.estimators.chosen_information import enough, mutual_information
from tfgan_it.estimators.counting import counted
from tfgan_it.estimators.estimate import Estimate
from tfgan_it.estimators.variables import columns_of, of_columns


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
    columns = columns_of(x, "x")
    if len(columns) < 2:
        raise ValueError(
            "total_correlation: x must be (n, d), d at least 2: the columns to compare."
        )
    check_seed("total_correlation", seed)
    whole = of_columns(columns, "x")
    enough(len(whole), "total_correlation")
    sides = [of_columns([column], f"column {index} of x") for index, column in enumerate(columns)]
    labels = [side.labels for side in sides if side.labels is not None]
    if len(labels) == len(sides):
        counts = [(labels, 1), *(((column,), -1) for column in labels)]
        candidate, doubts = counted(counts, "all columns are labels")
        return candidate.finished(doubts, len(whole))
    parts = [
        mutual_information(columns[j], np.hstack([side.numbers for side in sides[:j]]), seed=seed)
        for j in range(1, len(columns))
    ]
    below = math.hypot(*(part.nats - part.interval[0] for part in parts))
    above = math.hypot(*(part.interval[1] - part.nats for part in parts))
    nats = sum(part.nats for part in parts)
    names = dict.fromkeys(part.estimator for part in parts)
    every = dict.fromkeys(doubt for part in parts for doubt in part.warnings)
    return Estimate(
        nats,
        (nats - below, nats + above),
        "; ".join(names),
        "the chain of columns",
        tuple(every),
        parts[0].n,
    )
