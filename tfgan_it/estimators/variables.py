"""What kind of variable a side of a dependence is: labels, or numbers."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfgan_it.estimators import checks

# Whole numbers with more different values than this share of the samples are no labels.
_LABEL_SHARE = 0.1
_FEW_LABELS = 20


@dataclasses.dataclass(frozen=True, eq=False)
class Variable:
    """Samples of one side, which may be read as numbers and perhaps as labels.

    Args:
        columns: Its columns, `(n,)` each: text, bool, integers or floats.
        may_be_labels: Whether each column could be labels.
        name: Name in messages.
    """

    columns: tuple[np.ndarray, ...]
    may_be_labels: tuple[bool, ...]
    name: str

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def text(self) -> bool:
        """Whether all columns are text."""
        return all(_kind(column) in "OUS" for column in self.columns)

    @property
    def ordered(self) -> bool:
        """Whether all columns are numbers, though they may be labels."""
        return all(_kind(column) in "iuf" for column in self.columns)

    @functools.cached_property
    def labels(self) -> np.ndarray | None:
        """Number of the label of each sample, int64 `(n,)`, or None if it is no label."""
        if not all(self.may_be_labels):
            return None
        rows = np.stack([_numbered(column) for column in self.columns], axis=1)
        labels = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
        few = int(labels.max()) < max(_FEW_LABELS, _LABEL_SHARE * len(labels))
        return labels if few or not any(_kind(column) in "iuf" for column in self.columns) else None

    @functools.cached_property
    def numbers(self) -> np.ndarray:
        """The samples as numbers, float64 `(n, d)`; of text, one-hot.

        Raises:
            ValueError: If they are invalid: see `checks.samples`.
        """
        return checks.samples(
            np.hstack([_as_numbers(column) for column in self.columns]), self.name
        )


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
    return of_columns(columns_of(values, name), name)


def of_columns(columns: Sequence[Any], name: str) -> Variable:
    """Reads a side from its columns.

    Raises:
        ValueError: As for `variable`.
    """
    read = [_column(column, name) for column in columns]
    lengths = {len(column) for column, _ in read}
    if len(lengths) != 1:
        raise ValueError(f"{name} has columns of different lengths, {sorted(lengths)}.")
    found = Variable(tuple(c for c, _ in read), tuple(label for _, label in read), name)
    if found.labels is None:
        found.numbers  # noqa: B018 - checks them.
    return found


def columns_of(values: Any, name: str) -> list[Any]:
    """Returns the columns of samples.

    Raises:
        ValueError: If they are no samples, or a data frame has none, or two of one name.
    """
    if hasattr(values, "columns"):  # A data frame of any library.
        names = list(values.columns)
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{name} needs columns of different names, got {names}.")
        return [values[column] for column in names]
    plain = isinstance(values, (list, tuple, np.ndarray)) and not np.ma.isMaskedArray(values)
    try:
        array = np.asarray(values) if plain else checks.array(values, name)
    except ValueError:
        array = checks.array(values, name)
    if _kind(array) == "U" and not isinstance(values, np.ndarray):
        array = np.asarray(values, object)  # NaN among text would become the word "nan".
    if _kind(array) not in "OUS" or array.ndim not in (1, 2):
        array = checks.array(values, name)
    if array.ndim not in (1, 2) or not array.size:
        checks.samples(np.zeros(array.shape), name)  # Says what is wrong with the shape.
    return [array] if array.ndim == 1 else list(array.T)


def _kind(column: np.ndarray) -> str:
    return column.dtype.kind


def _column(values: Any, name: str) -> tuple[np.ndarray, bool]:
    """Returns a column as an array, and whether it could be labels."""
    column = np.asarray(values)
    if _kind(column) == "O":
        if any(value is None or isinstance(value, float) and value != value for value in column):
            raise ValueError(f"{name} has missing values: leave such rows out.")
        if any(isinstance(value, str) for value in column):
            column = np.array([str(value) for value in column])
        else:
            column = checks.array(column.tolist(), name)
    if _kind(column) in "US":
        _refuse_numbers(column, name)
    if _kind(column) in "USbiu":
        return column, True
    column = checks.array(column, name)
    different = len(np.unique(column))
    whole = np.array_equal(column, np.round(column))
    few = different <= _FEW_LABELS and different * _FEW_LABELS <= len(column)
    return column, bool(whole and few)


def _refuse_numbers(column: np.ndarray, name: str) -> None:
    """Raises a ValueError if text is many numbers."""
    different = np.unique(column)
    if len(different) <= max(_FEW_LABELS, len(column) / 2):
        return
    try:
        different.astype("float64")
    except ValueError:
        return
    raise ValueError(
        f"{name} is text such as {str(different[0])!r}, of many numbers: convert it to float."
    )


def _numbered(column: np.ndarray) -> np.ndarray:
    return np.unique(column, return_inverse=True)[1].ravel()


def _as_numbers(column: np.ndarray) -> np.ndarray:
    if _kind(column) in "US":
        return np.eye(len(np.unique(column)))[_numbered(column)]
    return column.astype("float64")[:, None]
