"""Random numbers as a pure function of integers, the same on one device and on many."""

from __future__ import annotations

import contextlib
import contextvars
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from tfgan_it.latents import Latent
from tfgan_it.typing import Tensor


class StatelessSeed(keras.random.SeedGenerator):
    """What `keras.random` takes as `seed`, with no state: draws are a function of the path.

    `StatelessSeed(seed, step, stream)` gives the same numbers wherever and whenever it is made,
    so a run that resumes at a step draws what the uninterrupted run drew there. Successive draws
    from one object are independent of each other, as are those of two different paths.

    Args:
        seed: int or scalar integer tensor, all 64 bits of which count.
        *path: ints or scalar integer tensors, folded in one after the other.

    Example:

    >>> a = keras.random.uniform((2,), seed=StatelessSeed(0, 7))
    >>> b = keras.random.uniform((2,), seed=StatelessSeed(0, 7))
    >>> bool((a == b).numpy().all())
    True
    """

    def __init__(self, seed: Tensor, *path: Tensor) -> None:
        # The parent's constructor would make the Variable that this class exists to avoid.
        self.name = "stateless_seed"
        key = tf.bitcast(tf.cast(seed, tf.int64), tf.int32)
        for index in path:
            key = _fold_in(key, index)
        self._key = key
        self._draws = 0

    def next(self, ordered: bool = True) -> tf.Tensor:
        """The next key, int32 `(2,)`."""
        self._draws += 1
        return _fold_in(self._key, self._draws)


def _fold_in(key: tf.Tensor, index: Tensor) -> tf.Tensor:
    """A key for each 64-bit index, different for different indices.

    `tf.random.fold_in` keeps 32 bits of the key only: after 100,000 keys two of them would agree.
    """
    # Where it may choose, XLA takes another generator than TensorFlow does.
    mixed = tf.random.stateless_uniform((2,), key, None, None, tf.int32, alg="philox")
    return tf.bitwise.bitwise_xor(mixed, tf.bitcast(tf.cast(index, tf.int64), tf.int32))


def shard_for_replica(
    draw: Callable[[Tensor], tf.Tensor], rows: Tensor, even: bool = True
) -> tf.Tensor:
    """This replica's `rows` of what `draw` gives for the global batch.

    Every replica draws the whole global batch from the same seed and keeps its own share. So
    replicas never draw the same rows, and n replicas together draw exactly what one device would.

    Args:
        draw: A function from a number of rows to a tensor with that many rows.
        rows: Rows of this replica.
        even: Whether they are equal on all replicas; if not, replicas have to meet.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    if replicas == 1:
        return draw(rows)
    index = context.replica_id_in_sync_group
    if even:
        first, total = index * rows, rows * replicas
    else:
        share = rows * tf.one_hot(index, replicas, dtype=rows.dtype)
        shares = context.all_reduce(tf.distribute.ReduceOp.SUM, share)
        first, total = tf.reduce_sum(shares[:index]), tf.reduce_sum(shares)
    return draw(total)[first : first + rows]


# The largest float32 below 1.
_BELOW_1 = 1.0 - 2.0**-24
_NOISE: contextvars.ContextVar[Callable[..., Any] | None] = contextvars.ContextVar("noise")


@contextlib.contextmanager
def layer_noise(draw: Callable[..., Tensor] | None) -> Iterator[None]:
    """Inside it, layers that are random in training take their noise from `draw`.

    So the noise of a layer is a function of (seed, step), as all noise of a run is, and replicas
    draw that of one device.

    Args:
        draw: `draw(function, rows)` gives `rows` rows of `function(rows, seed=...)`, others at each
            call; None for layers in inference mode.
    """
    token = _NOISE.set(draw)
    try:
        yield
    finally:
        _NOISE.reset(token)


def normal_noise(like: Tensor) -> Tensor | None:
    """N(0, 1) of the shape of `like`, `(batch, ...)`; None outside of `layer_noise`."""
    draw = _NOISE.get(None)
    if draw is None:
        return None

    def sample(rows: Tensor, seed: StatelessSeed) -> Tensor:
        # XLA makes other floats of the same bits than TensorFlow does; here they are made by hand.
        shape = (rows, *like.shape[1:])
        bits = tf.random.stateless_uniform(shape, seed.next(), None, None, tf.int32, alg="philox")
        uniform = tf.cast(bits, tf.float32) * 2.0**-31
        # TensorFlow's erfinv is accurate below 0 only.
        half = tf.math.erfinv(-tf.minimum(tf.abs(uniform), _BELOW_1))
        return tf.cast(-math.sqrt(2.0) * tf.sign(uniform) * half, like.dtype)

    return draw(sample, keras.ops.shape(like)[0])


@tf.function(reduce_retracing=True)
def latents_from_seeds(latent: Latent, seeds: Tensor, rows: Tensor) -> tf.Tensor:
    """One latent for each (seed, row), whatever stands beside it in the batch.

    Args:
        latent: What to sample.
        seeds: int64 `(n,)`.
        rows: int64 `(n,)`, telling apart the rows of one seed.

    Returns:
        float32 `(n, latent.dimension)`; n may be 0.
    """
    pairs = tf.stack([tf.cast(seeds, tf.int64), tf.cast(rows, tf.int64)], axis=-1)
    return tf.map_fn(
        lambda pair: latent.sample(1, seed=StatelessSeed(pair[0], pair[1]))[0],
        pairs,
        fn_output_signature=tf.TensorSpec((latent.dimension,), tf.float32),
    )


@contextlib.contextmanager
def seeded_initializers(seed: int | None) -> Iterator[None]:
    """Makes the weights of the networks built inside it a function of `seed`; None does nothing.

    Keras's initialisers take their default seeds from Python's `random`; its state is put back at
    the end, so nothing outside notices.
    """
    if seed is None:
        yield
        return
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
