"""Checks of the arguments of estimators."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

from tfgan_it.checks import check_base, check_integer
from tfgan_it.estimators import preprocessing

# Sums of the squares of larger values overflow in float64.
LARGEST = 1e150


def array(x: Any, name: str) -> np.ndarray:
    """Converts to an array of real numbers, of any rank.

    Raises:
        ValueError: If it is ragged, sparse, masked, or holds anything but real numbers.

    Example:

    >>> array([1, 2], "x").dtype.kind
    'i'
    """
    if hasattr(x, "toarray"):
        raise ValueError(f"{name} is a sparse {type(x).__name__}: give {name}.toarray().")
    try:
        array = np.ma.asanyarray(x) if np.ma.isMaskedArray(x) else np.asarray(x)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not an array: {str(error).splitlines()[0]}") from None
    if np.ma.is_masked(array):
        raise ValueError(f"{name} has masked values: leave such rows out.")
    if array.dtype.name == "bfloat16":  # Of tensors: NumPy itself has no such type.
        array = array.astype("float32")
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must be real numbers, got {array.dtype}: convert it to float or int first."
        )
    return np.asarray(array)


def samples(x: Any, name: str = "x") -> np.ndarray:
    """Converts samples to float64 `(n, d)`.

    Small integers, such as uint8 images, do not overflow in later sums.

    Args:
        x: Samples `(n,)` or `(n, d)`, float, integer or bool.
        name: Name of the samples in messages.

    Raises:
        ValueError: If samples have another rank, are empty, not real numbers, masked, NaN, infinite
            or larger than 1e150.

    Example:

    >>> samples(np.arange(3, dtype="uint8")).tolist()
    [[0.0], [1.0], [2.0]]
    """
    x = array(x, name)
    if x.ndim not in (1, 2):
        raise ValueError(
            f"{name} must be (n,) or (n, d), got the shape {x.shape}: flatten each sample to a row."
        )
    if x.size == 0:
        raise ValueError(f"{name} is empty, of shape {x.shape}: give samples, (n,) or (n, d).")
    if x.dtype.kind in "iu" and max(abs(int(x.min())), abs(int(x.max()))) > 2**53:
        raise ValueError(f"{name} has integers beyond 2**53, which float64 cannot represent.")
    x = x.astype("float64").reshape(len(x), -1)
    invalid = ~np.isfinite(x)
    if invalid.any():
        row = int(np.argmax(invalid.any(axis=1)))
        raise ValueError(
            f"{name} has {invalid.sum()} values that are NaN or infinite, the first in row {row}: "
            f"leave such rows out."
        )
    if np.abs(x).max() > LARGEST:
        raise ValueError(f"{name} has values beyond {LARGEST:g}: divide it by its scale.")
    return x


def pairs(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Converts paired samples to float64 `(n, d_x)` and `(n, d_y)`.

    Args:
        x: Samples, as for `samples`.
        y: Samples, one for each of x.

    Raises:
        ValueError: As for `samples`, or if lengths differ.

    Example:

    >>> [part.shape for part in pairs([1.0, 2.0], [[0, 1], [2, 3]])]
    [(2, 1), (2, 2)]
    """
    x, y = samples(x, "x"), samples(y, "y")
    same_length(x, y, "y")
    return x, y


def same_scale(x: Any, y: Any, names: tuple[str, str] = ("x", "y"), *, scaled: bool) -> None:
    """Refuses a comparison of uint8 pixels with floats of another scale.

    Args:
        x: Samples `(n, ...)`.
        y: Samples `(m, ...)` of the same variable.
        names: Their names in messages.
        scaled: Whether the caller scales uint8 to [-1, 1].

    Raises:
        ValueError: If one set is uint8 and the other are floats that do not match it.

    Example:

    >>> same_scale(np.array([0, 255], "uint8"), np.array([-1.0, 1.0]), scaled=False)
    Traceback (most recent call last):
    ...
    ValueError: x is uint8, up to 255, but y is float in [-1, 1]: give both in one scale.
    """
    arrays = [np.asarray(x), np.asarray(y)]
    for (pixels, other), (name, other_name) in zip(
        (arrays, arrays[::-1]), (names, names[::-1]), strict=True
    ):
        if pixels.dtype != np.uint8 or other.dtype.kind != "f" or not pixels.size or not other.size:
            continue
        low, high = float(other.min()), float(other.max())
        # A generator may leave [-1, 1] a little, or far on both sides.
        differs = (low >= 0 and high > 2) if scaled else max(-low, high) <= 1.001
        stands_for = "which stands for [-1, 1]" if scaled else f"up to {pixels.max()}"
        message = (
            f"{name} is uint8, {stands_for}, but {other_name} is float in [{low:.4g}, {high:.4g}]: "
            "give both in one scale."
        )
        if differs and pixels.max() > 1:
            raise ValueError(message)
        if scaled and 0 <= low < high <= 1.001 and len(other) > 1:
            warnings.warn(message, stacklevel=3)


def same_length(x: np.ndarray, other: np.ndarray, name: str) -> None:
    """Raises a ValueError if x and `other` have different lengths."""
    if len(x) != len(other):
        raise ValueError(f"x and {name} must have equal lengths, got {len(x)} and {len(other)}.")


def labels(values: Any, name: str = "labels") -> np.ndarray:
    """Converts labels to int64 `(n,)`, with the sorted values numbered from 0.

    Args:
        values: Labels `(n,)`, integer or bool, or float without fractions.
        name: Name of the labels in messages.

    Raises:
        ValueError: If labels have another rank, are empty, or are not integers.

    Example:

    >>> labels(np.array([-128, 127, -128], "int8")).tolist()
    [0, 1, 0]
    """
    values = array(values, name)
    if values.ndim != 1:
        raise ValueError(
            f"{name} must be (n,), got the shape {values.shape}: take the argmax of one-hot rows."
        )
    if values.size == 0:
        raise ValueError(f"{name} is empty: give one label for each sample.")
    if values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
        raise ValueError(
            f"{name} must be integers, got {values.dtype} with fractions or NaN: for a continuous "
            f"variable use KSG."
        )
    return np.unique(values, return_inverse=True)[1].astype("int64")


def neighbors(count: Any, n: float, name: str = "x") -> int:
    """Returns the number of neighbours as an int, which must be below n.

    Args:
        count: Number of neighbours.
        n: Number of samples.
        name: Name of the samples in messages.

    Raises:
        ValueError: If it is not a whole number of at least 1, or not below n.

    Example:

    >>> neighbors(3, 4)
    3
    """
    count = check_integer("", "neighbors", count, 1)
    if n <= count:
        raise ValueError(
            f"{name} has {n} samples, too few for neighbors={count}: give at least {count + 1}."
        )
    return count


def warn_of_few(n: int, d: int, owner: str) -> None:
    """Warns if there are too few samples for neighbours to be near in d dimensions."""
    if n <= d + 1:
        warnings.warn(
            f"{owner}: {n} samples in {d} dimensions have no near neighbours, and the estimate "
            f"says little: give more samples, or fewer columns.",
            RuntimeWarning,
            stacklevel=3,
        )


def warn_of_outliers(
    x: np.ndarray, owner: str, advice: str = "use preprocessing='ranks' or 'asinh'"
) -> None:
    """Warns if a 500th of the samples has nine tenths of a column's variance, and the others vary.

    Args:
        x: Samples, float64 `(n, d)`.
        owner: Name of the estimator.
        advice: What to do.
    """
    if len(x) <= 20:
        return
    few = -(-len(x) // 500)
    for index, (raw, standard) in enumerate(zip(x.T, preprocessing.standardize(x).T, strict=True)):
        order = np.argpartition(np.abs(standard), -few)
        far, others = standard[order[-few:]], raw[order[:-few]]
        if np.square(far).sum() > 0.9 * len(x) and np.ptp(others) > 0:
            values = "one value" if few == 1 else f"{few} values or fewer"
            warnings.warn(
                f"{owner}: column {index} has {values} so far from the others that these look "
                f"equal beside it: {advice}.",
                RuntimeWarning,
                stacklevel=3,
            )
            return


def finite(owner: str, nats: float, advice: str) -> float:
    """Returns an estimate, which is finite.

    Raises:
        ValueError: If it is NaN or infinite.

    Example:

    >>> finite("NeuralEstimator", float("nan"), "use a smaller learning_rate")
    Traceback (most recent call last):
    ...
    ValueError: NeuralEstimator: the estimate is nan: use a smaller learning_rate.
    """
    if not math.isfinite(nats):
        raise ValueError(f"{owner}: the estimate is {nats}: {advice}.")
    return nats


def unit(base: Any) -> float:
    """Returns ln(base), the number of nats in a unit of that base.

    Raises:
        ValueError: If the base is not a finite number above 1.

    Example: one bit.

    >>> round(unit(2), 4)
    0.6931
    """
    return float(np.log(check_base("", base)))


def fitted(estimator: Any, attribute: str) -> None:
    """Raises scikit-learn's `NotFittedError`, a ValueError, if `fit` has not set the attribute.

    Example:

    >>> from sklearn.base import BaseEstimator
    >>> fitted(BaseEstimator(), "value_")
    Traceback (most recent call last):
    ...
    sklearn.exceptions.NotFittedError: BaseEstimator is not fitted: call fit before estimate.
    """
    if not hasattr(estimator, attribute):
        raise NotFittedError(f"{type(estimator).__name__} is not fitted: call fit before estimate.")


def constant(x: np.ndarray) -> np.ndarray:
    """Returns the mask of constant columns, bool `(d,)`."""
    return x.min(axis=0) == x.max(axis=0)
