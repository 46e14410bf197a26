"""Random bits as a function of a key and a counter, the same in every runtime.

The operations are those that TensorFlow Serving, ONNX and LiteRT all have: sums and products of
int32 that wrap around, exclusive or, and right shifts of uint32. TensorFlow's own generators are
converted to no other format.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfgan_it.typing import Tensor

# Of the five groups of four rounds, the odd ones rotate by the first row.
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA

Words = tuple[tf.Tensor, tf.Tensor]


def threefry2x32(key: Words, counter: Words) -> Words:
    """Encrypts a counter of 64 bits: Threefry-2x32 with 20 rounds.

    Args:
        key: Two words, int32 tensors.
        counter: Two words, int32 tensors; all four are broadcast.

    Returns:
        Two words of random bits, int32.

    Source: Salmon, Moraes, Dror and Shaw, 2011, "Parallel Random Numbers: As Easy as 1, 2, 3".

    Example: the published vector of zeros.

    >>> zero = tf.constant(0)
    >>> [hex(int(word) % 2**32) for word in threefry2x32((zero, zero), (zero, zero))]
    ['0x6b200159', '0x99ba4efe']
    """
    xor = tf.bitwise.bitwise_xor
    keys = [*key, xor(xor(*key), tf.constant(_PARITY))]
    left, right = counter[0] + keys[0], counter[1] + keys[1]
    for group in range(5):
        for bits in _ROTATIONS[group % 2]:
            left = left + right
            right = xor(_rotate(right, bits), left)
        left = left + keys[(group + 1) % 3]
        right = right + keys[(group + 2) % 3] + tf.constant(group + 1)
    return left, right


def shift_right(word: tf.Tensor, bits: int) -> tf.Tensor:
    """Shifts int32 words to the right; the bits that become free are 0."""
    unsigned = tf.cast(word, tf.uint32)
    return tf.cast(tf.bitwise.right_shift(unsigned, tf.constant(bits, tf.uint32)), tf.int32)


def times_power_of_2(x: tf.Tensor, exponent: int) -> tf.Tensor:
    """Computes 2^exponent x by factors that float16 holds, as LiteRT may store them."""
    while exponent:
        step = min(max(exponent, -12), 12)
        x, exponent = x * 2.0**step, exponent - step
    return x


def _rotate(word: tf.Tensor, bits: int) -> tf.Tensor:
    factor = np.asarray(1 << bits, "uint32").astype("int32")
    return word * tf.constant(factor) + shift_right(word, 32 - bits)


def words_of_int64(number: Tensor) -> Words:
    """Splits int64 numbers into their low and high words, int32.

    Example:

    >>> [word.numpy().tolist() for word in words_of_int64([2**33 + 7, -1])]
    [[7, -1], [2, -1]]
    """
    number = tf.cast(number, tf.int64)
    # LiteRT has no shift, division or bitcast of int64; ONNX's remainder has the dividend's sign.
    low = tf.math.floormod(number, tf.constant(2**32, tf.int64))
    low = tf.where(low < 0, low + tf.constant(2**32, tf.int64), low)
    high = number - low  # A multiple of 2^32, too long for one float32; so the rest is taken again.
    top = tf.cast(tf.round(times_power_of_2(tf.cast(high, tf.float32), -48)), tf.int64)
    rest = tf.cast(high - top * tf.constant(2**48, tf.int64), tf.float32)
    rest = times_power_of_2(rest, -32)
    return tf.cast(low, tf.int32), tf.cast(top, tf.int32) * 2**16 + tf.cast(rest, tf.int32)
