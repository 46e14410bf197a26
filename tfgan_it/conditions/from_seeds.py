"""Conditions as a pure function of seeds, one for each row."""

from __future__ import annotations

import tensorflow as tf

from tfgan_it.conditions.condition import Condition
from tfgan_it.seeds import StatelessSeed
from tfgan_it.typing import Nest, Tensor

# Latents of a (seed, row) take the streams 1, 2, ...: a condition that shared one of them would
# depend on the noise.
_STREAM = -1


def conditions_from_seeds(condition: Condition, seeds: Tensor, rows: Tensor) -> Nest:
    """One raw condition for each (seed, row), drawn from the prior, independent of the latents.

    Args:
        condition: What to sample; it has a prior.
        seeds: int64 `(n,)`.
        rows: int64 `(n,)`, telling apart the rows of one seed.

    Returns:
        Raw conditions of n rows, such as labels int64 `(n,)`, or a dict of them; n may be 0.

    Raises:
        ValueError: a condition without a prior.

    Example: the second row is the same whatever stands beside it.

    >>> from tfgan_it.conditions import Label
    >>> first = conditions_from_seeds(Label(10), [0, 0], [0, 1])
    >>> second = conditions_from_seeds(Label(10), [0], [1])
    >>> bool(first[1] == second[0])
    True
    """
    if not condition.has_prior:
        # Not in the loop: what is raised there is not one line, and leaves its variables' device.
        condition.entropy()
    return _drawn(condition, seeds, rows)


@tf.function(reduce_retracing=True)
def _drawn(condition: Condition, seeds: Tensor, rows: Tensor) -> Nest:
    pairs = tf.stack([tf.cast(seeds, tf.int64), tf.cast(rows, tf.int64)], axis=-1)
    specs = {name: tf.TensorSpec(shape, dtype) for name, (shape, dtype) in condition.spec().items()}

    def draw(pair: tf.Tensor) -> Tensor:
        drawn = condition.sample(1, seed=StatelessSeed(pair[0], pair[1], _STREAM))
        return tf.nest.map_structure(lambda value: value[0], drawn)

    return tf.map_fn(draw, pairs, fn_output_signature=condition.from_named(specs))
