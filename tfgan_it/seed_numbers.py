"""Seeds of the package for Keras, NumPy and scikit-learn, which take fewer numbers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tfgan_it.checks import check_seed


def keras_seed(seed: Any) -> Any:
    """Returns a `seed` for `keras.random`, which takes ints of 32 bits only.

    Args:
        seed: A whole number of 64 bits, a `keras.random.SeedGenerator` or None.

    Raises:
        ValueError: If it is anything else.
    """
    if seed is None or isinstance(seed, keras.random.SeedGenerator):
        return seed
    return seed_of_32_bits(check_seed("", seed))


def seeds_of_parts(seed: Any, parts: int) -> list[Any]:
    """Returns a seed for each of several parts, which with one seed would draw the same numbers.

    Args:
        seed: As for `keras_seed`.
        parts: Number of parts.

    Raises:
        ValueError: As for `keras_seed`.
    """
    if seed is None or isinstance(seed, keras.random.SeedGenerator):
        return [seed] * parts
    words = np.random.SeedSequence(check_seed("", seed) % 2**64).generate_state(parts)
    return [int(word >> 1) for word in words]


def seed_of_32_bits(seed: int) -> int:
    """Returns a seed for what takes 32 bits: the seed itself, or a hash of one that is longer.

    Example:

    >>> seed_of_32_bits(7), seed_of_32_bits(-7)
    (7, 524361834)
    """
    if 0 <= seed < 2**32:
        return seed
    return int(np.random.SeedSequence(seed % 2**64).generate_state(1)[0])
