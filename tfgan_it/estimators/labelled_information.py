"""Mutual information of labels with labels, and with numbers."""

from __future__ import annotations

import math
import warnings

import numpy as np
from scipy import special

from tfgan_it.estimators.continuous_information import Candidate, largest
from tfgan_it.estimators.mixed import Ross
from tfgan_it.estimators.preprocessing import standardize

# What Ross's terms do not show of its variance, times 1 / sqrt(n).
_HIDDEN = 0.3
# Standard deviation of the difference of two such estimates, times the square root of n.
_APART = 0.3
_NEIGHBORS, _OF_LOGITS = 3, 8
_FOLDS = 5
_MOST_LOGITS = 5


def of_labels(x: np.ndarray, y: np.ndarray) -> tuple[Candidate, tuple[str, ...]]:
    """Estimates I of two labels by their counts, with the correction of Miller and Madow.

    Args:
        x: Numbers of labels, int64 `(n,)`.
        y: Numbers of labels, int64 `(n,)`.

    Returns:
        The estimate, and what speaks against it.
    """
    n = len(x)
    table = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(table, (x, y), 1)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    ln_ratio = np.log(table[x, y] * n / (rows[x] * columns[y]))
    cells = int(np.count_nonzero(table))
    # (K - 1) / 2n of each entropy. Cells that have not occurred are not counted.
    bias = (cells - len(rows) - len(columns) + 1) / (2 * n)
    freedom = math.sqrt(max(1, cells - 1) / 2) / n
    error = math.hypot(float(ln_ratio.std()) / math.sqrt(n), freedom)
    doubts: tuple[str, ...] = ()
    if 2 * cells > n:
        doubts = (f"{n} samples are few for {cells} different pairs of labels: it says little.",)
    reason = f"both are labels, of {len(rows)} and {len(columns)} values"
    nats = float(ln_ratio.mean()) - bias
    return Candidate("counts, corrected by Miller and Madow", nats, error, reason=reason), doubts


def of_label_and_numbers(labels: np.ndarray, x: np.ndarray) -> Candidate:
    """Estimates I of a label and numbers by neighbours.

    Neighbours are sought among the numbers and, where there is more than one column, also among the
    logits that a logistic regression on columns and their squares gives samples that it was not
    fitted on: these know no more of the label than the numbers, and have fewer columns.

    Args:
        labels: Numbers of labels, int64 `(n,)`.
        x: Samples, float64 `(n, d)`.
    """
    count = int(labels.max()) + 1
    of_numbers = _ross("Ross", standardize(x), labels, _NEIGHBORS)
    found = [of_numbers]
    if x.shape[1] > 1 and np.bincount(labels).min() >= 2 * _FOLDS:
        logits = _logits(labels, x)
        found.append(_ross("Ross of the logits of a regression", logits, labels, _OF_LOGITS))
    reason = f"one side is a label of {count} values"
    return largest(found, len(x), reason, _APART)


def _ross(name: str, x: np.ndarray, labels: np.ndarray, neighbors: int) -> Candidate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        ross = Ross(neighbors, preprocessing="normal_scores").fit(x, labels)
    n = len(ross.contributions_)
    error = math.sqrt((float(np.var(ross.contributions_)) + _HIDDEN**2) / n)
    return Candidate(name, ross.value_, error)


def _logits(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression  # Slow to import.
    from sklearn.model_selection import cross_val_predict

    scaled = standardize(x)
    inputs = np.hstack([scaled, standardize(np.square(scaled))])
    logits = cross_val_predict(
        LogisticRegression(max_iter=200), inputs, labels, cv=_FOLDS, method="decision_function"
    )
    logits = np.asarray(logits).reshape(len(x), -1)
    if logits.shape[1] > _MOST_LOGITS:
        centred = logits - logits.mean(axis=0)
        logits = centred @ np.linalg.svd(centred, full_matrices=False)[2][:_MOST_LOGITS].T
    return logits


def entropy_of_labels(labels: np.ndarray) -> tuple[float, float]:
    """Returns the entropy of labels, corrected by Miller and Madow, and its standard error."""
    n = len(labels)
    counts = np.bincount(labels)
    shares = counts / n
    surprise = -np.log(shares[labels])
    correction = (np.count_nonzero(counts) - 1) / (2 * n)
    return float(special.entr(shares).sum()) + correction, float(surprise.std()) / math.sqrt(n)
