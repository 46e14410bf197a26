"""A measured number with its standard error and its numbers of samples."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.estimators import checks

Statistic = Callable[[np.ndarray, np.ndarray], float]


@dataclasses.dataclass(frozen=True)
class Measurement:
    """A measure of generated samples.

    Attributes:
        name: Name of the measure; with the features in brackets where they are known, such as
            `frechet_distance[pixels]`.
        value: The measured value.
        standard_error: Standard error of the value; None where there are too few samples for one.
        n: Number of generated samples.
        n_real: Number of real samples; 0 if the measure needs none.
        floor: The same measure of other real samples in place of the generated ones; None if it was
            not measured. What remains comparable between features is the ratio to it.
        floor_error: Standard error of the floor, or None.
        n_floor: Number of samples in place of the generated ones, or None. A floor of fewer samples
            than n is not comparable: most measures depend on the number.

    Example:

    >>> Measurement("frechet_distance", 1.25, 0.5, n=1000, n_real=1000)
    frechet_distance = 1.25 +- 0.5 (n = 1000, real 1000)
    """

    name: str
    value: float
    standard_error: float | None
    n: int
    n_real: int = 0
    floor: float | None = None
    floor_error: float | None = None
    n_floor: int | None = None

    @property
    def ratio(self) -> float | None:
        """The value relative to the floor; None without one, or if it may be 0.

        That is a floor of at most two of its standard errors: a ratio to it would be noise.
        """
        if self.floor is None or self.floor <= 2 * (self.floor_error or 0.0):
            return None
        return self.value / self.floor

    @property
    def other_n_floor(self) -> int | None:
        """The number of samples of the floor if it is another than n; otherwise None."""
        return None if self.n_floor == self.n else self.n_floor

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        error = "" if self.standard_error is None else f" +- {self.standard_error:.3g}"
        real = f", real {self.n_real}" if self.n_real else ""
        floor = ""
        if self.floor is not None:
            count = "" if self.other_n_floor is None else f"{self.n_floor} "
            floor = f"; {self.floor:.6g} for {count}real samples"
        return f"{self.name} = {self.value:.6g}{error} (n = {self.n}{real}{floor})"

    def as_dict(self) -> dict[str, Any]:
        """Returns the attributes by name, for a record."""
        return dataclasses.asdict(self)


def pair_of_features(real: Any, generated: Any, least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Converts features to float64 `(m, d)` and `(n, d)`.

    Args:
        real: Features of real samples, `(m, d)`.
        generated: Features of generated samples, `(n, d)`.
        least: Smallest number of samples.

    Raises:
        ValueError: If features are not finite numbers of rank 2, widths differ, or there are fewer
            than `least` samples.

    Example:

    >>> pair_of_features([[0.0], [1.0]], [[2.0, 3.0]] * 2)
    Traceback (most recent call last):
    ...
    ValueError: real has 1 features, generated 2: both must come from the same network.
    """
    real, generated = features_of("real", real, least), features_of("generated", generated, least)
    if real.shape[1] != generated.shape[1]:
        raise ValueError(
            f"real has {real.shape[1]} features, generated {generated.shape[1]}: both must come "
            "from the same network."
        )
    return real, generated


def features_of(name: str, features: Any, least: int = 2) -> np.ndarray:
    """Converts features to float64 `(n, d)`; the errors are those of `pair_of_features`."""
    kind = getattr(features, "dtype", None)
    if kind == np.uint8:
        raise ValueError(
            f"{name} is uint8: measures take features; convert images to features or to floats."
        )
    converted = checks.samples(features, name)
    if len(converted) < least:
        raise ValueError(f"{name} has {len(converted)} samples, too few: give at least {least}.")
    return converted


def check_number(measure: str, name: str, n: int, least: int) -> None:
    """Checks a number of samples.

    Raises:
        ValueError: If there are fewer than `least`.
    """
    if n < least:
        raise ValueError(f"{measure}: {name} has {n} samples, too few: give at least {least}.")


def block_jackknife(
    statistic: Callable[..., float], samples: list[np.ndarray], blocks: int
) -> float | None:
    """Computes the standard error of a statistic by leaving out one block of samples at a time.

        SE^2 = (B - 1) / B sum_b (t_b - mean t)^2

    t_b is the statistic of the samples without block b. Several samples lose one block each, as
    they are independent. Membership in a block is random with a fixed seed, so that it does not
    depend on an order by class.

    Args:
        statistic: Function of the arrays in `samples`.
        samples: Arrays `(n, ...)`.
        blocks: Number of blocks B, at least 2; 0 for no standard error.

    Returns:
        The standard error; None without blocks, or with fewer than two samples in a block.

    Source: Efron and Stein, 1981, "The Jackknife Estimate of Variance".

    Example: the standard error of a mean is its standard deviation / sqrt(n).

    >>> x = np.random.default_rng(0).normal(size=10_000)
    >>> round(block_jackknife(np.mean, [x], blocks=50), 2)
    0.01
    """
    if not check_integer("", "blocks", blocks, 0) or min(map(len, samples)) < 2 * blocks:
        return None
    members = [block_members(len(part), blocks) for part in samples]
    values = [
        statistic(*(x[ids != block] for x, ids in zip(samples, members, strict=True)))
        for block in range(blocks)
    ]
    return math.sqrt((blocks - 1) * float(np.var(values)))


def block_members(n: int, blocks: int) -> np.ndarray:
    """Returns the block of each of n samples, integers `(n,)`: random blocks of nearly equal size.

    Example:

    >>> np.bincount(block_members(10, 4)).tolist()
    [3, 3, 2, 2]
    """
    return np.random.default_rng(0).permutation(n) % blocks
