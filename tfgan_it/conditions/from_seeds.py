"""Conditions as a pure function of seeds."""

from __future__ import annotations

import tensorflow as tf

from tfgan_it.conditions.condition import Condition
from tfgan_it.seeds import draw_rows
from tfgan_it.typing import Nest, Tensor

# Without a stream of its own, a condition would be drawn from the numbers of the noise.
_STREAM = -1


def conditions_from_seeds(condition: Condition, seeds: Tensor, rows: Tensor) -> Nest:
    """Draws a raw condition from the prior for each (seed, row), independent of the latents.

    Args:
        condition: Condition with a prior.
        seeds: Seeds, int64 `(n,)`.
        rows: Indices of the conditions of one seed, int64 `(n,)`.

    Returns:
        n raw conditions, such as labels int64 `(n,)`, or a dict of them; n may be 0.

    Raises:
        ValueError: If the condition has no prior.

    Example: a row does not depend on the other rows.

    >>> from tfgan_it.conditions import Label
    >>> first = conditions_from_seeds(Label(10), [0, 0], [0, 1])
    >>> second = conditions_from_seeds(Label(10), [0], [1])
    >>> bool(first[1] == second[0])
    True
    """
    if not condition.has_prior:
        # Not in the function: there an error has several lines.
        condition.entropy()
    return _sample(condition, seeds, rows)


@tf.function(reduce_retracing=True, autograph=False)
def _sample(condition: Condition, seeds: Tensor, rows: Tensor) -> Nest:
    seeds, rows = tf.cast(seeds, tf.int64), tf.cast(rows, tf.int64)
    return draw_rows(lambda n, seed: condition.sample(n, seed=seed), seeds, rows, _STREAM)
