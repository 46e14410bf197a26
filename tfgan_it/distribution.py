"""Strategies of `tf.distribute`, from one name, and what replicas share."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfgan_it.names import unknown

STRATEGIES = {
    "default": tf.distribute.get_strategy,
    "mirrored": tf.distribute.MirroredStrategy,
}


def strategy(name: str = "default") -> tf.distribute.Strategy:
    """The strategy of that name; build and compile a model inside its `scope()`.

    Args:
        name: `default` is one device; `mirrored` is every GPU of this machine.

    Raises:
        ValueError: names the strategy, what is allowed, and the nearest name.
    """
    if name not in STRATEGIES:
        raise unknown("strategy", name, STRATEGIES)
    return STRATEGIES[name]()


def gathered(rows: Any) -> Any:
    """The rows of all replicas, one batch after the other; its gradient reaches each of them."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return rows
    return context.all_gather(rows, axis=0)
