"""Draws in which each row has a seed of its own, the same numbers in every runtime."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from tfgan_it.threefry import (
    Words,
    shift_right,
    threefry2x32,
    times_power_of_2,
    words_of_int64,
)
from tfgan_it.typing import Seed, Tensor


class DrawnTogetherError(TypeError):
    """What draws all rows from one state cannot draw them from `RowSeeds`."""


class RowSeeds(keras.random.SeedGenerator):
    """A `seed` with a key for each row: a row's numbers do not depend on the other rows.

    `uniform` and `normal` of this module take it; `keras.random` cannot. Draws are the same bits in
    Python and in an export to any format: integers by Threefry, then sums, products and quotients
    of float32, which every runtime rounds as IEEE 754 asks.

    Args:
        seeds: int64 `(n,)`.
        *path: int64 numbers or `(n,)`, folded into the seeds in order, such as the row's index.

    Example:

    >>> together = normal(2, 3, seed=RowSeeds([7, 8], [0, 0]))
    >>> alone = normal(1, 3, seed=RowSeeds([8], [0]))
    >>> bool((together[1] == alone[0]).numpy().all())
    True
    """

    def __init__(self, seeds: Tensor, *path: Tensor) -> None:
        # The parent's constructor would create a variable, which this class avoids.
        self.name = "row_seeds"
        key = words_of_int64(seeds)
        for index in path:
            key = threefry2x32(key, words_of_int64(index))
        self._key: Words = (key[0][:, None], key[1][:, None])
        self._draws = 0

    def next(self, ordered: bool = True) -> tf.Tensor:
        """Raises DrawnTogetherError, since `keras.random` takes one state for all rows."""
        raise DrawnTogetherError(
            "RowSeeds has a seed for each row: draw by tfgan_it.row_seeds.uniform or normal."
        )

    def bits(self, columns: int) -> tf.Tensor:
        """Returns new random words, int32 `(n, columns)`."""
        self._draws += 1
        counter = tf.range((columns + 1) // 2)[None], tf.constant(self._draws)
        return tf.concat(threefry2x32(self._key, counter), axis=1)[:, :columns]


def uniform(
    rows: Tensor, columns: int, low: float = 0.0, high: float = 1.0, seed: Seed = None
) -> Tensor:
    """Draws from U(low, high), float32 `(rows, columns)`.

    Args:
        rows: Number of rows.
        columns: Number of columns.
        low: Lower end.
        high: Upper end.
        seed: As for `keras.random`, or `RowSeeds` of as many rows.
    """
    if not isinstance(seed, RowSeeds):
        return keras.random.uniform((rows, columns), low, high, dtype="float32", seed=seed)
    unit = times_power_of_2(tf.cast(shift_right(seed.bits(columns), 8), tf.float32), -24)
    if (low, high) == (0.0, 1.0):
        return unit
    # The sum may be rounded above the end. LiteRT's float16 is wrong where a sum precedes a Dense.
    return tf.minimum(low + (high - low) * unit, high)


def normal(rows: Tensor, columns: int, scale: float = 1.0, seed: Seed = None) -> Tensor:
    """Draws from N(0, scale^2), float32 `(rows, columns)`.

    Args:
        rows: Number of rows.
        columns: Number of columns.
        scale: Standard deviation.
        seed: As for `keras.random`, or `RowSeeds` of as many rows.
    """
    if not isinstance(seed, RowSeeds):
        return keras.random.normal((rows, columns), stddev=scale, dtype="float32", seed=seed)
    bits = seed.bits(columns)
    negative = bits < 0
    # 31 bits are the probability of the tail, in (0, 1/2]; one is the sign.
    tail = times_power_of_2(tf.cast(shift_right(bits * 2, 1), tf.float32) + 0.5, -32)
    value = _normal_of_tail(tail)
    value = tf.where(negative, -value, value)
    return value if scale == 1.0 else value * scale


def _normal_of_tail(p: tf.Tensor) -> tf.Tensor:
    """Computes x >= 0 of P(N(0, 1) > x) = p, for p in [2^-33, 1/2], to 1e-6.

    Source: Wichura, 1988, "Algorithm AS 241: The Percentage Points of the Normal Distribution",
    PPND7.
    """
    q = 0.5 - p
    r = 0.180625 - q * q
    central = (
        q
        * _polynomial(r, 3.3871327179, 50.434271938, 159.29113202, 59.109374720)
        / _polynomial(r, 1.0, 17.895169469, 78.757757664, 67.187563600)
    )
    near = _root(_minus_log(p)) - 1.6
    near = _polynomial(near, 1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103) / _polynomial(
        near, 1.0, 0.73700164250, 0.12021132975
    )
    return tf.where(q <= 0.425, central, near)


def _root(x: tf.Tensor) -> tf.Tensor:
    """Computes the square root of x in [2.5, 23] by Heron's steps; LiteRT's own is not rounded."""
    root = 0.168 * x + 1.28
    for _ in range(3):
        root = 0.5 * (root + x / root)
    return root


def _minus_log(p: tf.Tensor) -> tf.Tensor:
    """Computes -ln p for p in [2^-33, 1/2] by operations that every runtime rounds alike."""
    p, exponent = p * 2.0, tf.ones_like(p)
    for k in (16, 8, 4, 2, 1):
        small = p < 2.0**-k
        p = tf.where(small, times_power_of_2(p, k), p)
        exponent = tf.where(small, exponent + k, exponent)
    root = math.sqrt(0.5)
    s = (p - root) / (p + root)  # ln p = ln(root) + 2 artanh(s), p in [1/2, 1]
    odd = s * _polynomial(s * s, 2.0, 2 / 3, 2 / 5, 2 / 7, 2 / 9)
    return (exponent + 0.5) * math.log(2.0) - odd


def _polynomial(x: tf.Tensor, *coefficients: float) -> tf.Tensor:
    """Computes sum_i c_i x^i."""
    value = coefficients[-1] * x + coefficients[-2]
    for coefficient in coefficients[-3::-1]:
        value = value * x + coefficient
    return value
