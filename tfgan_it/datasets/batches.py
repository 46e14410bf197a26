"""Endless batches in which the step number alone decides what is in a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.checks import check_integer


def batches(images: Any, batch_size: int, *, seed: int, start_step: int = 0) -> tf.data.Dataset:
    """Shuffles the images anew each epoch and batches them, for ever and reproducibly.

    Batch `s` holds the rows `s * batch_size, ..., (s + 1) * batch_size - 1` of the endless sequence

        permutation(seed, 0), permutation(seed, 1), permutation(seed, 2), ...

    where `permutation(seed, e)`, the order of epoch `e`, is uniform and a function of its arguments
    alone. A batch may thus span two epochs; within an epoch no row is dropped or repeated. Nothing
    else is remembered: a run that was stopped continues exactly with `start_step`, and a skip over
    a million steps costs nothing.

    Pixels keep their dtype; scale them on the device (`scale_images`). The rows are held in host
    memory, once, outside the graph, so that neither a GraphDef's 2 GB nor a device's memory limits
    them. Under a `tf.distribute` strategy `batch_size` is the global batch, which
    `strategy.experimental_distribute_dataset` divides over the replicas.

    Args:
        images: Array `(n, ...)`, or a tuple, list or dict of row-aligned arrays such as
            `(images, labels)`.
        batch_size: Rows in a batch, from 1 to `n`.
        seed: Any 64-bit integer.
        start_step: The step of the first batch, at least 0.

    Returns:
        An infinite dataset of elements with the structure of `images` and static shapes
        `(batch_size, ...)`.

    Raises:
        ValueError: If there are no rows, fewer rows than `batch_size`, or arrays of different
            lengths; or if `batch_size` or `start_step` is too small.

    Example:

    >>> import numpy as np
    >>> dataset = batches(np.arange(6, dtype="uint8"), batch_size=3, seed=0)
    >>> sorted(np.concatenate(list(dataset.take(2).as_numpy_iterator())).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    rows = _row_count(images)
    if not 1 <= batch_size <= rows:
        raise ValueError(f"batch_size {batch_size} must be from 1 to the {rows} images given")
    check_integer("", "start_step", start_step, 0)
    with tf.device("CPU"):  # not the GPU: the pipeline gathers on the host
        images = tf.nest.map_structure(tf.constant, images)
    first_epoch, offset = divmod(start_step * batch_size, rows)

    # Not tf.random.experimental.index_shuffle, which needs no memory: for few rows its permutations
    # are far from uniform, and those of successive epochs resemble each other.
    def permutation(epoch: tf.Tensor) -> tf.Tensor:
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(rows), key, alg="philox")
        return order[tf.where(epoch == first_epoch, offset, 0) :]

    def gather(order: tf.Tensor) -> Any:
        return tf.nest.map_structure(lambda array: tf.gather(array, order), images)

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
    """As `batches`, of arrays that do not belong together: each is shuffled on its own.

    Args:
        arrays: Arrays by name, of any lengths.
        batch_size: Samples of each in a batch.
        seed: Any 64-bit integer.
        start_step: The step of the first batch, at least 0.

    Example:

    >>> import numpy as np
    >>> data = {"a": np.arange(4.0), "b": np.arange(6.0)}
    >>> batch = next(iter(unpaired_batches(data, 2, seed=0)))
    >>> {name: array.shape.as_list() for name, array in batch.items()}
    {'a': [2], 'b': [2]}
    """
    words = np.random.SeedSequence(seed % 2**64).generate_state(len(arrays), "uint64")
    return tf.data.Dataset.zip(
        {
            name: batches(array, batch_size, seed=int(word >> 1), start_step=start_step)
            for (name, array), word in zip(sorted(arrays.items()), words, strict=True)
        }
    )


def in_order(rows: Any, batch_size: int) -> tf.data.Dataset:
    """The rows once, in their order, in batches; the last may be smaller.

    Args:
        rows: Array `(n, ...)`.
        batch_size: Rows in a batch, at least 1.

    Example:

    >>> import numpy as np
    >>> [len(batch) for batch in in_order(np.arange(5), 2)]
    [2, 2, 1]
    """
    with tf.device("CPU"):
        dataset = tf.data.Dataset.from_tensor_slices(rows)
    return dataset.batch(batch_size).prefetch(2).with_options(_options())


def _options() -> tf.data.Options:
    options = tf.data.Options()
    # With several workers each keeps its part of every global batch. FILE needs files to share out,
    # and OFF would train every worker on the same rows.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    # The tuner sleeps for up to as long as the data set has lived, and whoever ends it awaits that.
    options.autotune.enabled = False
    return options


def _row_count(images: Any) -> int:
    lengths = [len(array) for array in tf.nest.flatten(images)]
    if not lengths or 0 in lengths:
        raise ValueError(f"nothing to batch: the arrays given have lengths {lengths}")
    if len(set(lengths)) > 1:
        raise ValueError(f"row-aligned arrays need one length, got {lengths}")
    return lengths[0]
