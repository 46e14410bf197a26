"""What kind of variable a side of a dependence is: labels, numbers, or numbers with atoms."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from tfgan_it.estimators import checks, copies

# A column of whole numbers with more different values than this share of the samples is a number.
_LABEL_SHARE = 0.1
_FEW_LABELS = 20
# Values that occur so often are atoms if they are more than this share of the samples.
_OFTEN, _ATOM_SHARE = 10, 0.01


@dataclasses.dataclass(frozen=True, eq=False)
class Variable:
    """Samples of one side, as labels or as numbers.

    Args:
        numbers: Samples, float64 `(n, d)`; of labels that are no numbers, one-hot.
        labels: Number of the label of each sample, int64 `(n,)`, or None if it is no label.
    """

    numbers: np.ndarray
    labels: np.ndarray | None

    @property
    def count(self) -> int:
        """Number of different labels."""
        return 0 if self.labels is None else int(self.labels.max()) + 1


def variable(values: Any, name: str) -> Variable:
    """Reads a side: text, categories, bool, and few whole numbers are labels.

    Floats are labels only if they are whole and have at most 20 different values, each of which
    occurs 20 times on average.

    Args:
        values: Samples `(n,)` or `(n, d)`: an array, a list, or a data frame or column of one.
        name: Name in messages.

    Raises:
        ValueError: If values are neither numbers nor labels, or invalid (see `checks.samples`).

    Example:

    >>> variable(["a", "b", "a", "b"], "x").labels.tolist()
    [0, 1, 0, 1]
    """
    columns = [_column(column, name) for column in _columns(values, name)]
    if len({len(column) for column, _ in columns}) != 1:
        raise ValueError(f"{name}: columns have different lengths.")
    numbers = checks.samples(np.hstack([_as_numbers(*column) for column in columns]), name)
    if all(is_label for _, is_label in columns):
        rows = np.stack([_numbered(column) for column, _ in columns], axis=1)
        labels = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
        if all(kind(column) in "OUSb" for column, _ in columns) or _few(labels):
            return Variable(numbers, labels)
    return Variable(numbers, None)


def has_atoms(x: np.ndarray) -> bool:
    """Returns whether values of a column that occur ten times are more than a hundredth of it.

    Rounding makes pairs and triples, which are no atoms.

    Example:

    >>> has_atoms(np.array([[0.0]] * 10 + [[1.5]])), has_atoms(np.array([[0.5], [0.5]]))
    (True, False)
    """
    often = (copies.counts_of_equal(part[:, None])[0] >= _OFTEN for part in x.T)
    return any(float(part.mean()) > _ATOM_SHARE for part in often)


def kind(column: np.ndarray) -> str:
    """Returns the kind of a column's dtype."""
    return column.dtype.kind


def _columns(values: Any, name: str) -> list[Any]:
    if hasattr(values, "columns"):  # A data frame of any library.
        return [values[column] for column in values.columns]
    text = isinstance(values, (list, tuple, np.ndarray)) and not np.ma.isMaskedArray(values)
    try:
        array = np.asarray(values) if text else checks.array(values, name)
    except ValueError:
        array = checks.array(values, name)
    if kind(array) not in "OUS" or array.ndim not in (1, 2):
        array = checks.array(values, name)
    if array.ndim not in (1, 2) or not array.size:
        checks.samples(np.zeros(array.shape), name)  # Says what is wrong with the shape.
    return [array] if array.ndim == 1 else list(array.T)


def _column(values: Any, name: str) -> tuple[np.ndarray, bool]:
    """Returns a column as an array, and whether it could be a label."""
    column = np.asarray(values)
    if kind(column) == "O":
        if any(value is None or value != value for value in column):  # None or NaN.
            raise ValueError(f"{name} has missing values: leave such rows out.")
        if not any(isinstance(value, str) for value in column):
            column = checks.array(column.tolist(), name)
    if kind(column) in "OUSbiu":
        return column, True
    column = checks.array(column, name)
    different = len(np.unique(column))
    whole = np.array_equal(column, np.round(column))
    few = different <= _FEW_LABELS and different * _FEW_LABELS <= len(column)
    return column, bool(whole and few)


def _few(labels: np.ndarray) -> bool:
    return int(labels.max()) < max(_FEW_LABELS, _LABEL_SHARE * len(labels))


def _numbered(column: np.ndarray) -> np.ndarray:
    return np.unique(column, return_inverse=True)[1].ravel()


def _as_numbers(column: np.ndarray, is_label: bool) -> np.ndarray:
    if is_label and kind(column) in "OUS":
        return np.eye(len(np.unique(column)))[_numbered(column)]
    return column.astype("float64")[:, None]
