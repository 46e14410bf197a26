"""Strategies of `tf.distribute`, from one name."""

from __future__ import annotations

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
