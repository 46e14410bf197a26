"""Endless batches whose content is a function of the seed and the step number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.checks import check_integer, check_seed
from tfgan_it.datasets.disk_cache import is_on_disk


def batches(images: Any, batch_size: int, *, seed: int, start_step: int = 0) -> tf.data.Dataset:
    """Reshuffles the images in each epoch and batches them, endlessly and reproducibly.

    Batch `s` has the examples `s * batch_size, ..., (s + 1) * batch_size - 1` of the sequence

        permutation(seed, 0), permutation(seed, 1), permutation(seed, 2), ...

    where `permutation(seed, e)`, the order of epoch `e`, is uniform and depends only on its
    arguments. A batch may span two epochs. Within an epoch no example is dropped or repeated. There
    is no other state: an interrupted run continues exactly with `start_step`, and skipping a
    million steps costs nothing.

    Pixels keep their dtype; scale them on the device (`scale_images`). The examples are held once,
    in host memory and outside the graph, so that neither the 2 GB of a GraphDef nor the memory of
    a device limits them. Arrays that are files mapped into memory (`np.memmap`) are not held: each
    batch reads its rows. Under a `tf.distribute` strategy `batch_size` is the global batch, which
    `strategy.experimental_distribute_dataset` divides over the replicas.

    Args:
        images: Array `(n, ...)`, or a tuple, list or dict of arrays of one length, such as
            `(images, labels)`.
        batch_size: Number of examples in a batch, from 1 to `n`.
        seed: Any 64-bit integer.
        start_step: The step of the first batch, at least 0.

    Returns:
        An infinite dataset of elements with the structure of `images` and static shapes
        `(batch_size, ...)`.

    Raises:
        ValueError: If there are no examples, fewer than `batch_size`, or arrays of different
            lengths; or if `batch_size` or `start_step` is too small.

    Example:

    >>> import numpy as np
    >>> dataset = batches(np.arange(6, dtype="uint8"), batch_size=3, seed=0)
    >>> sorted(np.concatenate(list(dataset.take(2).as_numpy_iterator())).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    batch_size = check_integer("", "batch_size", batch_size)
    count = _count(images)
    if not 1 <= batch_size <= count:
        raise ValueError(f"batch_size {batch_size} must be from 1 to the {count} images given")
    start_step = check_integer("", "start_step", start_step, 0)
    seed = check_seed("", seed)
    gather = _gathering(images)
    first_epoch, offset = divmod(start_step * batch_size, count)

    # Not tf.random.experimental.index_shuffle, which needs no memory: for few examples its
    # permutations are far from uniform, and those of successive epochs resemble each other.
    def permutation(epoch: tf.Tensor) -> tf.Tensor:
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(count), key, alg="philox")
        return order[tf.where(epoch == first_epoch, offset, 0) :]

    return (
        tf.data.Dataset.counter(first_epoch)
        .map(permutation)
        .prefetch(1)  # the next epoch is shuffled while this one is read
        .rebatch(batch_size, drop_remainder=True)
        .map(gather)
        .prefetch(2)
        .with_options(_options())
    )


def unpaired_batches(
    arrays: dict[str, Any], batch_size: int, *, seed: int, start_step: int = 0
) -> tf.data.Dataset:
    """As `batches`, for unpaired arrays: each is shuffled independently.

    Args:
        arrays: Arrays by name, of any lengths.
        batch_size: Number of examples of each array in a batch.
        seed: Any 64-bit integer.
        start_step: The step of the first batch, at least 0.

    Example:

    >>> import numpy as np
    >>> data = {"a": np.arange(4.0), "b": np.arange(6.0)}
    >>> batch = next(iter(unpaired_batches(data, 2, seed=0)))
    >>> {name: array.shape.as_list() for name, array in batch.items()}
    {'a': [2], 'b': [2]}
    """
    words = np.random.SeedSequence(check_seed("", seed) % 2**64).generate_state(
        len(arrays), "uint64"
    )
    return tf.data.Dataset.zip(
        {
            name: batches(array, batch_size, seed=int(word >> 1), start_step=start_step)
            for (name, array), word in zip(sorted(arrays.items()), words, strict=True)
        }
    )


def in_order(rows: Any, batch_size: int) -> tf.data.Dataset:
    """Batches the examples once, in their order; the last batch may be smaller.

    Args:
        rows: Array `(n, ...)`.
        batch_size: Number of examples in a batch, at least 1.

    Example:

    >>> import numpy as np
    >>> [len(batch) for batch in in_order(np.arange(5), 2)]
    [2, 2, 1]
    """
    if any(map(is_on_disk, tf.nest.flatten(rows))):
        indices = tf.data.Dataset.range(_count(rows)).batch(batch_size)
        return indices.map(_gathering(rows)).prefetch(2).with_options(_options())
    with tf.device("CPU"):
        dataset = tf.data.Dataset.from_tensor_slices(rows)
    return dataset.batch(batch_size).prefetch(2).with_options(_options())


def _gathering(arrays: Any) -> Callable[[tf.Tensor], Any]:
    """Returns a function of indices that gives these rows of each array.

    What is a file, mapped into memory, is not copied: each batch reads its rows.
    """

    def rows_of(array: Any) -> Callable[[tf.Tensor], tf.Tensor]:
        if not is_on_disk(array):
            with tf.device("CPU"):  # not the GPU: the pipeline gathers on the host
                array = tf.constant(array)
            return lambda order: tf.gather(array, order)
        dtype = tf.as_dtype(array.dtype)

        def read(order: tf.Tensor) -> tf.Tensor:
            rows = tf.numpy_function(array.__getitem__, [order], dtype, stateful=False)
            return tf.ensure_shape(rows, (order.shape[0], *array.shape[1:]))

        return read

    readers = [rows_of(array) for array in tf.nest.flatten(arrays)]
    return lambda order: tf.nest.pack_sequence_as(arrays, [read(order) for read in readers])


def _options() -> tf.data.Options:
    options = tf.data.Options()
    # Each worker keeps its part of every global batch. FILE needs files to distribute, and OFF
    # would train every worker on the same examples.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    # The tuner sleeps for up to the age of the data set, and ending the data set waits for it.
    options.autotune.enabled = False
    return options


def _count(images: Any) -> int:
    lengths = [len(array) for array in tf.nest.flatten(images)]
    if not lengths or 0 in lengths:
        raise ValueError(f"nothing to batch: the arrays given have lengths {lengths}")
    if len(set(lengths)) > 1:
        raise ValueError(f"row-aligned arrays need one length, got {lengths}")
    return lengths[0]
