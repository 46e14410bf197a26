"""Reduces logits of any shape to one number for each sample.

A discriminator gives one logit for each sample, `(batch, 1)`; one for each patch, position or
token, `(batch, ..., 1)`; or a nest of such tensors, one for each of several discriminators. The
losses are functions of one logit. The reduction is the mean over the logits of a sample, and the
sum over discriminators.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

import keras
from keras import ops

from tfgan_it.typing import Nest, Tensor


def as_logits(outputs: Nest) -> Nest:
    """Returns logits as float32: `(batch,)` if a sample has one, else in their own shape."""

    def standardized(logits: Tensor) -> Tensor:
        logits = ops.cast(logits, "float32")
        single = all(size == 1 for size in logits.shape[1:])
        return ops.reshape(logits, (-1,)) if single else logits

    return keras.tree.map_structure(standardized, outputs)


def per_sample(values: Tensor) -> Tensor:
    """Computes the mean over all axes but the first, `(batch,)`."""
    axes = tuple(range(1, len(values.shape)))
    return ops.mean(values, axis=axes) if axes else values


def score(logits: Nest) -> Tensor:
    """Computes f of each sample, `(batch,)`: the mean logit, summed over discriminators.

    Example:

    >>> print(score(ops.reshape(ops.arange(4.0), (2, 2, 1))).numpy())
    [0.5 2.5]
    """
    return _sum(per_sample(leaf) for leaf in keras.tree.flatten(logits))


def loss_per_sample(function: Callable[..., Tensor], real: Nest, generated: Nest) -> Tensor:
    """Computes the mean of `function(real, generated)` over a sample's logits, `(batch,)`.

    It sums the losses of several discriminators.

    Args:
        function: Maps logits `(batch, ...)` of one shape to losses of that shape.
        real: Logits of real samples, or a nest of them; None if the function does not need them.
        generated: Logits of generated samples, or a nest of them.
    """
    generated = keras.tree.flatten(generated)
    real = [None] * len(generated) if real is None else keras.tree.flatten(real)
    return _sum(per_sample(function(x, g)) for x, g in zip(real, generated, strict=True))


def mean_per_sample(function: Callable[..., Tensor], real: Nest, generated: Nest) -> Tensor:
    """As `loss_per_sample`, with the mean over discriminators."""
    count = len(keras.tree.flatten(generated))
    total = loss_per_sample(function, real, generated)
    return total / count if count > 1 else total


def _sum(values: Nest) -> Tensor:
    return functools.reduce(operator.add, values)
