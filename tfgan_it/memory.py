"""Sizes that no machine has, refused before memory is taken."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.checks import check_integer
from tfgan_it.keras_private import pending_variable


def machine_memory() -> float:
    """Returns the bytes of main memory; infinity if the operating system does not tell them."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return math.inf


def check_memory(what: str, size: float) -> None:
    """Raises a ValueError of one line if something is larger than the memory of the machine.

    Args:
        what: What needs the memory, for the message.
        size: Bytes.

    Example:

    >>> check_memory("10**15 images", 784e15)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: 10**15 images need 730,156,898 GiB of memory, more than the ...
    """
    limit = machine_memory()
    if size > limit:
        raise ValueError(
            f"{what} need {size / 2**30:,.0f} GiB of memory, more than the {limit / 2**30:,.0f} "
            "GiB of this machine: use smaller sizes."
        )


def check_samples(owner: Any, n: Any, columns: int) -> None:
    """Raises a ValueError of one line if n is not a number of samples that fit into memory.

    Args:
        owner: The object that draws the samples.
        n: Number of samples.
        columns: Numbers of 8 bytes in each.
    """
    n = check_integer(owner, "n", n, 0)
    check_memory(f"{type(owner).__name__}: n={n} samples", 8.0 * n * columns)


@contextlib.contextmanager
def limited_weights(owner: str, limit: float = math.inf) -> Iterator[None]:
    """Context in which weights are refused that the memory of the machine cannot hold.

    Args:
        owner: Name of what creates them, for the message.
        limit: A lower limit of their bytes, if there is one.

    Raises:
        ValueError: Within the context, before such a variable is created.
    """
    total = 0.0

    def create(next_creator: Any, **options: Any) -> tf.Variable:
        nonlocal total
        value = options["initial_value"]
        variable = pending_variable(value) if callable(value) else value
        if variable is not None:
            shape, dtype = variable.shape, tf.as_dtype(variable.dtype)
            total += float(np.prod(np.asarray(shape, "float64"))) * dtype.size
            sizes = "x".join(map(str, shape))
            check_memory(f"{owner}: its weights, the next of them {sizes},", total)
            if total > limit:
                raise ValueError(
                    f"{owner}: its weights, the next of them {sizes}, need more than the "
                    f"{limit / 2**20:,.0f} MiB that they may need."
                )
        return next_creator(**options)

    with tf.variable_creator_scope(create):
        yield
