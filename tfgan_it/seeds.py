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
from tfgan_it.row_seeds import DrawnTogetherError, RowSeeds
from tfgan_it.typing import Nest, Tensor


class StatelessSeed(keras.random.SeedGenerator):
    """A `seed` for `keras.random` without state: draws are a function of the path.

    `StatelessSeed(seed, step, stream)` always gives the same numbers, so that a run resumed at a
    step draws the same numbers as an uninterrupted run. Successive draws from one object are
    independent of each other, as are draws from different paths.

    Args:
        seed: int or scalar integer tensor of 64 bits.
        *path: ints or scalar integer tensors, folded into the seed in order.

    Example:

    >>> a = keras.random.uniform((2,), seed=StatelessSeed(0, 7))
    >>> b = keras.random.uniform((2,), seed=StatelessSeed(0, 7))
    >>> bool((a == b).numpy().all())
    True
    """

    def __init__(self, seed: Tensor, *path: Tensor) -> None:
        # The parent's constructor would create a variable, which this class avoids.
        self.name = "stateless_seed"
        key = tf.bitcast(tf.cast(seed, tf.int64), tf.int32)
        for index in path:
            key = _fold_in(key, index)
        self._key = key
        self._draws = 0

    def next(self, ordered: bool = True) -> tf.Tensor:
        """Returns the next key, int32 `(2,)`."""
        self._draws += 1
        return _fold_in(self._key, self._draws)


def _fold_in(key: tf.Tensor, index: Tensor) -> tf.Tensor:
    """Derives a different key for each 64-bit index.

    `tf.random.fold_in` keeps only 32 bits of the key: two of 100,000 keys would be equal.
    """
    # By default XLA uses another generator than TensorFlow.
    mixed = tf.random.stateless_uniform((2,), key, None, None, tf.int32, alg="philox")
    return tf.bitwise.bitwise_xor(mixed, tf.bitcast(tf.cast(index, tf.int64), tf.int32))


def shard_for_replica(
    draw: Callable[[Tensor], tf.Tensor], rows: Tensor, even: bool = True
) -> tf.Tensor:
    """Draws for the global batch, and returns this replica's share.

    Every replica draws the global batch from the same seed and keeps its share. The shares of all
    replicas equal the draw of one device.

    Args:
        draw: Function from a number of samples to a tensor of that batch size.
        rows: Number of samples of this replica.
        even: Whether all replicas have the same number; if not, they exchange their numbers.
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
    """Context in which layers that are random in training take their noise from `draw`.

    The noise of a layer is then a function of (seed, step), like all noise of a run, and does not
    depend on the number of replicas.

    Args:
        draw: Function `draw(function, n)` that returns `n` samples of `function(n, seed=...)`,
            different at each call; None for layers in inference mode.
    """
    token = _NOISE.set(draw)
    try:
        yield
    finally:
        _NOISE.reset(token)


def normal_noise(like: Tensor) -> Tensor | None:
    """Draws N(0, 1) of the shape of `like`, `(batch, ...)`; None outside of `layer_noise`."""
    draw = _NOISE.get(None)
    if draw is None:
        return None

    def sample(rows: Tensor, seed: StatelessSeed) -> Tensor:
        # XLA and TensorFlow convert bits to floats differently, so the conversion is explicit.
        shape = (rows, *like.shape[1:])
        bits = tf.random.stateless_uniform(shape, seed.next(), None, None, tf.int32, alg="philox")
        uniform = tf.cast(bits, tf.float32) * 2.0**-31
        # TensorFlow's erfinv is accurate only below 0.
        half = tf.math.erfinv(-tf.minimum(tf.abs(uniform), _BELOW_1))
        return tf.cast(-math.sqrt(2.0) * tf.sign(uniform) * half, like.dtype)

    return draw(sample, keras.ops.shape(like)[0])


def draw_rows(draw: Callable[[Tensor, Any], Nest], seeds: Tensor, *path: Tensor) -> Nest:
    """Draws a sample for each seed, independently of the rest of the batch.

    Args:
        draw: Function `draw(n, seed)` that returns n samples. If it takes its numbers from
            `keras.random`, it is called for each row, and no format but a SavedModel can hold it.
        seeds: Seeds, int64 `(n,)`; n may be 0.
        *path: int64 numbers or `(n,)`, folded into the seeds in order.

    Returns:
        n samples, a tensor or several.
    """
    try:
        return draw(tf.shape(seeds)[0], RowSeeds(seeds, *path))
    except DrawnTogetherError:
        return _draw_in_turn(draw, [tf.broadcast_to(x, tf.shape(seeds)) for x in (seeds, *path)])


def _draw_in_turn(draw: Callable[[Tensor, Any], Nest], numbers: list[tf.Tensor]) -> Nest:
    def of(row: tf.Tensor) -> Nest:
        sample = draw(1, StatelessSeed(*tf.unstack(row)))
        return tf.nest.map_structure(lambda value: value[0], sample)

    rows = tf.stack(numbers, axis=-1)
    one = of(tf.zeros(len(numbers), tf.int64))
    specs = tf.nest.map_structure(lambda value: tf.TensorSpec(value.shape, value.dtype), one)
    return tf.map_fn(of, rows, fn_output_signature=specs)


@tf.function(reduce_retracing=True, autograph=False)
def latents_from_seeds(latent: Latent, seeds: Tensor, rows: Tensor) -> tf.Tensor:
    """Draws a latent for each pair (seed, row), independently of the rest of the batch.

    Args:
        latent: Distribution of the latents.
        seeds: Seeds, int64 `(n,)`.
        rows: Indices that distinguish latents of one seed, int64 `(n,)`.

    Returns:
        float32 `(n, latent.dimension)`; n may be 0.
    """
    seeds, rows = tf.cast(seeds, tf.int64), tf.cast(rows, tf.int64)
    return draw_rows(lambda n, seed: latent.sample(n, seed=seed), seeds, rows)


@contextlib.contextmanager
def seeded_initializers(seed: int | None) -> Iterator[None]:
    """Context in which initial weights are a function of `seed`; None has no effect.

    Keras's initialisers take their default seeds from Python's `random`, whose state is restored
    at the end.
    """
    if seed is None:
        yield
        return
    state = random.getstate()
    random.seed(int(seed) % 2**64)  # Python's generator would ignore the sign.
    try:
        yield
    finally:
        random.setstate(state)
