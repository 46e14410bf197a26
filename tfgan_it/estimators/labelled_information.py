"""Mutual information of a label and numbers."""

from __future__ import annotations

import warnings

import numpy as np

from tfgan_it.estimators.continuous_information import largest, standard_error
from tfgan_it.estimators.estimate import Candidate
from tfgan_it.estimators.mixed import Ross
from tfgan_it.estimators.preprocessing import standardize
from tfgan_it.estimators.representations import dependent_columns

# What Ross's terms do not show of its variance, times 1 / sqrt(n).
_HIDDEN = 0.3
# Standard deviation of the difference of two such estimates, times the square root of n.
_APART = 0.3
_NEIGHBORS, _OF_LOGITS = 3, 8
_FOLDS = 5
_MOST_LOGITS = 5


def of_label_and_numbers(labels: np.ndarray, x: np.ndarray) -> Candidate:
    """Estimates I of a label and numbers by neighbours.

    Neighbours are sought among the numbers, among the columns that depend on the label, and, where
    there is more than one column, among the logits that a logistic regression on columns and their
    squares gives samples that it was not fitted on. These know no more of the label than all
    numbers do, and have fewer columns.

    Args:
        labels: Numbers of labels, int64 `(n,)`.
        x: Samples, float64 `(n, d)`.
    """
    count = int(labels.max()) + 1
    of_numbers = _ross("Ross", standardize(x), labels, _NEIGHBORS)
    found = [of_numbers]
    dependent = dependent_columns(np.eye(count)[labels], x).any(axis=0)
    if dependent.any() and not dependent.all():
        name = "Ross of the dependent columns"
        found.append(_ross(name, x[:, dependent], labels, _NEIGHBORS))
    if x.shape[1] > 1 and np.bincount(labels).min() >= 2 * _FOLDS:
        logits = _logits(labels, x)
        found.append(_ross("Ross of the logits of a regression", logits, labels, _OF_LOGITS))
    reason = f"one side is a label of {count} values"
    return largest(found, len(x), reason, _APART)


def _ross(name: str, x: np.ndarray, labels: np.ndarray, neighbors: int) -> Candidate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        ross = Ross(neighbors, preprocessing="normal_scores").fit(x, labels)
    return Candidate(name, ross.value_, standard_error(ross.contributions_, _HIDDEN))


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
