"""Codes and factors as columns of numbers: what the measures of disentanglement take."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from tfgan_it.estimators import checks


def code_representation(posterior: Mapping[str, Any]) -> tuple[np.ndarray, tuple[int, ...]]:
    """What `GAN.infer_codes` gives, as columns of codes.

    A continuous code is its posterior mean, a column for each dimension. A categorical code is one
    column, the number of its most probable category: it is one code, whose numbers have no order.
    Scales are left out.

    Args:
        posterior: `<code>_mean` `(n, d)` and `<code>_probabilities` `(n, K)` by name.

    Returns:
        Codes, float64 `(n, columns)`, and which columns are `discrete`, as the measures take them.

    Raises:
        ValueError: there is neither a mean nor a row of probabilities.

    Example:

    >>> code_representation({"category_probabilities": [[0.1, 0.9]], "style_mean": [[0.5, -0.5]]})
    (array([[ 1. ,  0.5, -0.5]]), (0,))
    """
    columns: list[np.ndarray] = []
    discrete: list[int] = []
    for name, values in posterior.items():
        values = np.asarray(values, "float64")
        if name.endswith("_probabilities"):
            discrete.append(sum(part.shape[1] for part in columns))
            columns.append(values.argmax(axis=1)[:, None].astype("float64"))
        elif name.endswith("_mean"):
            columns.append(values)
    if not columns:
        raise ValueError(f"codes need a _mean or _probabilities, got {sorted(posterior)}.")
    return np.concatenate(columns, axis=1), tuple(discrete)


def checked_codes(codes: Any, discrete: Sequence[int] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Codes as float64 `(n, d)`, and bool `(d,)`: which columns are discrete.

    Raises:
        ValueError: codes that are no numbers, not finite, fewer than two; a discrete column that is
            not there or holds other than integers.

    Example:

    >>> checked_codes([[0.5, 2], [0.25, 0]], discrete=[1])[1]
    array([False,  True])
    """
    codes = checks.samples(codes, "codes")
    if len(codes) < 2:
        raise ValueError("codes has 1 sample, too few: give at least 2.")
    width = codes.shape[1]
    which = np.zeros(width, bool)
    for column in discrete:
        if not isinstance(column, numbers.Integral) or not 0 <= column < width:
            raise ValueError(f"discrete must name columns from 0 to {width - 1}, got {column!r}.")
        if (codes[:, column] != np.round(codes[:, column])).any():
            raise ValueError(f"codes: the discrete column {column} must hold integers.")
        which[column] = True
    return codes, which


def checked_factors(factors: Any, n: int) -> np.ndarray:
    """Factors as int64 `(n, k)`, the values of each numbered from 0 in their order.

    Raises:
        ValueError: factors that are not `(n, k)` integers, as many as codes, or one of them is
            constant.

    Example:

    >>> checked_factors([[5], [7], [5]], 3).tolist()
    [[0], [1], [0]]
    """
    factors = np.asarray(factors)
    if factors.ndim == 1:
        factors = factors[:, None]
    if factors.ndim != 2 or len(factors) != n:
        raise ValueError(f"factors must be ({n}, k), as many as codes, got {factors.shape}.")
    numbered = [checks.labels(column, f"factor {i}") for i, column in enumerate(factors.T)]
    for index, column in enumerate(numbered):
        if not column.any():
            raise ValueError(
                f"factor {index} is constant, nothing can be told of it: leave it out."
            )
    return np.stack(numbered, axis=1)


def one_hot(codes: np.ndarray, discrete: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes in which each discrete column is a column for each of its values, and whose each is.

    Args:
        codes: `(n, d)`.
        discrete: Bool `(d,)`.

    Returns:
        float64 `(n, D)`, and for each of its columns the column of `codes` that it comes from.

    Example:

    >>> wide, source = one_hot(np.array([[0.5, 7.0], [0.2, 3.0]]), np.array([False, True]))
    >>> wide.tolist(), source.tolist()
    ([[0.5, 0.0, 1.0], [0.2, 1.0, 0.0]], [0, 1, 1])
    """
    parts, source = [], []
    for index, column in enumerate(codes.T):
        values = [column] if not discrete[index] else [column == v for v in np.unique(column)]
        parts += values
        source += [index] * len(values)
    return np.stack(parts, axis=1).astype("float64"), np.array(source)


def standardised(train: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Each with the mean and deviation of `train` made 0 and 1; a constant column is all 0.

    Example:

    >>> [part.tolist() for part in standardised(np.array([[1.0, 5], [3, 5]]), np.array([[4.0, 5]]))]
    [[[-1.0, 0.0], [1.0, 0.0]], [[2.0, 0.0]]]
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    constant = checks.constant(train)
    scale = np.where(constant | (deviation == 0), 1.0, deviation)
    return [np.where(constant, 0.0, (part - mean) / scale) for part in (train, *others)]


def linear_classifier(codes: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    """Multinomial logistic regression, fitted; with so little regularisation that it can be sure.

    Args:
        codes: Standardised, `(n, d)`.
        labels: Integers `(n,)`, of two values at least.

    Example:

    >>> model = linear_classifier(np.array([[-1.0], [-0.5], [0.5], [1.0]]), np.array([0, 0, 1, 1]))
    >>> model.predict([[-2.0], [2.0]]).tolist()
    [0, 1]
    """
    # Threads wait for each other longer than these small products take.
    with threadpool_limits(limits=1, user_api="blas"):
        return LogisticRegression(C=10.0, max_iter=200, tol=1e-3).fit(codes, labels)
