"""Codes and factors as arrays for the disentanglement metrics."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from tfgan_it.estimators import checks

if TYPE_CHECKING:  # Slow to import.
    from sklearn.linear_model import LogisticRegression


def code_representation(posterior: Mapping[str, Any]) -> tuple[np.ndarray, tuple[int, ...]]:
    """Converts the result of `GAN.infer_codes` to columns of codes.

    A continuous code becomes its posterior mean, one column for each dimension. A categorical code
    becomes one column, the index of its most probable category, without order. Scales are omitted.

    Args:
        posterior: `<code>_mean` `(n, d)` and `<code>_probabilities` `(n, K)` by name.

    Returns:
        Codes, float64 `(n, columns)`, and the indices of the `discrete` columns.

    Raises:
        ValueError: If there are neither means nor probabilities.

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
    """Returns codes as float64 `(n, d)`, and the mask of discrete columns, bool `(d,)`.

    Raises:
        ValueError: If codes are not finite numbers or fewer than two, or a discrete column does not
            exist or does not hold integers.

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
    """Returns factors as int64 `(n, k)`, with the sorted values of each numbered from 0.

    Raises:
        ValueError: If factors are not integers `(n, k)`, or one of them is constant.

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
            raise ValueError(f"factor {index} is constant: leave it out.")
    return np.stack(numbered, axis=1)


def one_hot(codes: np.ndarray, discrete: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One-hot encodes the discrete columns of codes.

    Args:
        codes: Codes `(n, d)`.
        discrete: Mask of the discrete columns, bool `(d,)`.

    Returns:
        float64 `(n, D)`, and the index of the original column of each column.

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
    """Standardises arrays by the mean and standard deviation of `train`; constant columns are 0.

    Example:

    >>> [part.tolist() for part in standardised(np.array([[1.0, 5], [3, 5]]), np.array([[4.0, 5]]))]
    [[[-1.0, 0.0], [1.0, 0.0]], [[2.0, 0.0]]]
    """
    mean, std = train.mean(axis=0), train.std(axis=0)
    constant = checks.constant(train)
    scale = np.where(constant | (std == 0), 1.0, std)
    return [np.where(constant, 0.0, (part - mean) / scale) for part in (train, *others)]


def linear_classifier(codes: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    """Fits multinomial logistic regression with weak regularisation.

    Args:
        codes: Standardised codes `(n, d)`.
        labels: Integers `(n,)` of at least two values.

    Example:

    >>> model = linear_classifier(np.array([[-1.0], [-0.5], [0.5], [1.0]]), np.array([0, 0, 1, 1]))
    >>> model.predict([[-2.0], [2.0]]).tolist()
    [0, 1]
    """
    from sklearn.linear_model import LogisticRegression

    # For these small products, synchronising threads takes longer than computing.
    with threadpool_limits(limits=1, user_api="blas"):
        return LogisticRegression(C=10.0, max_iter=200, tol=1e-3).fit(codes, labels)
