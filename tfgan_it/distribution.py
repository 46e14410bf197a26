"""Strategies of `tf.distribute`, from one name."""

from __future__ import annotations

import difflib

import tensorflow as tf

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
        near = difflib.get_close_matches(name, STRATEGIES, n=1, cutoff=0)[0]
        raise ValueError(
            f"Unknown strategy {name!r}: use one of {', '.join(sorted(STRATEGIES))} "
            f"(nearest: {near})."
        )
    return STRATEGIES[name]()
