"""Data sets of batches from anything that gives batches, with a check of the first batch."""

from __future__ import annotations

import contextlib
import itertools
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_it.errors import one_line
from tfgan_it.typing import Nest

# Of other workers that are gone, which every operation may raise.
_OF_WORKERS = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
# An error of a Python function in TensorFlow's message, up to its traceback.
_PYTHON_ERROR = re.compile(r"(?:^|}} |\n)([\w.]+: .*?)\s*Traceback \(most recent", re.DOTALL)


class CheckedBatches:
    """A data set of batches whose first batch is checked when it is read, and only once.

    Nothing is read in advance: that would change the order of a data set that shuffles itself.

    Args:
        dataset: Batches.
        check: Function of the first batch, a nest of NumPy arrays, that raises an error if the
            batch is unsuitable.

    Attributes:
        dataset: The same batches in the same order.
        was_read: Whether a batch has been read.

    Example:

    >>> def check(batch):
    ...     raise ValueError(f"{batch.max()} is too large.")
    >>> batches = CheckedBatches(tf.data.Dataset.range(9).batch(3), check)
    >>> with batches.one_line_error():
    ...     next(iter(batches.dataset))
    Traceback (most recent call last):
    ...
    ValueError: 2 is too large.
    """

    def __init__(self, dataset: tf.data.Dataset, check: Callable[[Nest], object]) -> None:
        self.was_read = False
        self._error: Exception | None = None
        spec = dataset.element_spec

        def look(*leaves: tf.Tensor) -> bool:
            if not self.was_read:
                self.was_read = True
                try:
                    check(tf.nest.pack_sequence_as(spec, [leaf.numpy() for leaf in leaves]))
                except Exception as error:  # Warnings may be errors too.
                    self._error = error
                    raise
            return True

        def checked(index: tf.Tensor, batch: Nest) -> Nest:
            leaves = tf.nest.flatten(batch)
            looked = tf.cond(
                index == 0, lambda: tf.py_function(look, leaves, tf.bool), lambda: True
            )
            with tf.control_dependencies([looked]):
                return tf.nest.map_structure(tf.identity, batch)

        self.dataset = dataset.enumerate().map(checked)

    @contextlib.contextmanager
    def one_line_error(self) -> Iterator[None]:
        """Context that raises the error of `check` in place of TensorFlow's error of many lines.

        Other errors of the data set are those of `one_line_data_errors`.
        """
        try:
            with one_line_data_errors():
                yield
        except Exception:
            if self._error is None:
                raise
            raise self._error from None


@contextlib.contextmanager
def one_line_data_errors() -> Iterator[None]:
    """Context that says in one line what fails in a data set: a Python function, a decoder, ...

    TensorFlow's error, which has the traceback of the function, stays its cause.

    Raises:
        ValueError: If the data set fails. Other errors pass.
    """
    try:
        yield
    except tf.errors.OpError as error:
        failure = _PYTHON_ERROR.search(error.message)
        if isinstance(error, _OF_WORKERS) or not (failure or "IteratorGetNext" in error.message):
            raise
        reason = failure[1] if failure else error.message
        raise ValueError(f"The data set fails: {one_line(reason, 500).rstrip('.')}.") from error


def from_python(batches: Any) -> tuple[tf.data.Dataset, Nest]:
    """Converts a source of batches in Python to a data set.

    Batches are computed in one thread of this process, one in advance; a warning says that further
    workers of a `PyDataset` are not used.

    Args:
        batches: A `keras.utils.PyDataset`, which is infinite if it has no `num_batches`; a
            generator or another iterator; or an object that can be iterated over more than once,
            such as a `torch.utils.data.DataLoader`. A batch is an array, a dict, or a tuple or list
            of samples and more.

    Returns:
        The data set, in the order of the source, and its first batch, which is not lost.

    Raises:
        ValueError: If there is no batch, or the first one does not consist of arrays. When read, if
            another batch has other arrays than the first one, apart from its number of examples.

    Example:

    >>> dataset, first = from_python(np.full((2, 1), i) for i in range(3))
    >>> [int(batch[0, 0]) for batch in dataset], int(first[0, 0])
    ([0, 1, 2], 0)
    """
    indexed = isinstance(batches, keras.utils.PyDataset)
    if indexed and (batches.workers > 1 or batches.use_multiprocessing):
        warnings.warn(
            f"The {batches.workers} workers of a {type(batches).__name__} are not used: one thread "
            "computes its batches, one in advance.",
            stacklevel=4,
        )
    count = batches.num_batches if indexed else getattr(batches, "__len__", lambda: None)()

    def one_pass() -> Iterator[Nest]:
        if not indexed:
            yield from map(_as_batch, batches)
            return
        batches.on_epoch_begin()
        for index in itertools.count() if count is None else range(count):
            yield _as_batch(batches[index])
        batches.on_epoch_end()

    # The pass that gives the first batch is the first pass over the data.
    started = one_pass()
    first = next(started, None)
    if first is None:
        raise ValueError(f"The {type(batches).__name__} gives no batches.")
    passes = [itertools.chain([first], started)]
    spec = tf.nest.map_structure(
        lambda x: tf.TensorSpec((None, *x.shape[1:]) if x.ndim else (), x.dtype), first
    )

    def alike() -> Iterator[Nest]:
        for number, batch in enumerate(passes.pop() if passes else one_pass(), 1):
            if not _is_like(batch, spec):
                raise ValueError(f"batch {number} is {_shown(batch)}, the first was {_shown(spec)}")
            yield batch

    dataset = tf.data.Dataset.from_generator(alike, output_signature=spec)
    if indexed and count is None:
        count = tf.data.INFINITE_CARDINALITY
    if count is not None:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(count))
    return dataset.prefetch(1), first


def batch_size_of(dataset: tf.data.Dataset) -> int:
    """Returns the number of examples in the first batch of a data set, if possible unread.

    Example:

    >>> batch_size_of(tf.data.Dataset.range(9).batch(4).prefetch(1))
    4
    """
    size = tf.nest.flatten(dataset.element_spec)[0].shape[0]
    if size is None:
        variant = tf.data.experimental.to_variant(dataset)
        size = int(tf.raw_ops.ComputeBatchSize(input_dataset=variant))
        if size < 1:
            size = next((len(tf.nest.flatten(batch)[0]) for batch in dataset.take(1)), 1)
    return size


def _is_like(batch: Nest, spec: Nest) -> bool:
    """Returns whether TensorFlow can take a batch for the spec without changing its values."""
    try:
        tf.nest.assert_same_structure(batch, spec)
    except (TypeError, ValueError):
        return False
    pairs = zip(tf.nest.flatten(batch), tf.nest.flatten(spec), strict=True)
    return all(
        np.dtype(s.dtype.as_numpy_dtype).kind == x.dtype.kind
        and np.can_cast(x.dtype, s.dtype.as_numpy_dtype, "same_kind")
        and s.shape.is_compatible_with(x.shape)
        for x, s in pairs
    )


def _shown(batch: Nest) -> str:
    return ", ".join(f"{x.dtype.name} {tuple(x.shape)}" for x in tf.nest.flatten(batch))


def _as_batch(batch: Any) -> Nest:
    """Returns a batch as a nest of arrays; a list becomes a tuple, as in Keras."""
    if isinstance(batch, (list, tuple)):
        parts = list(batch)
        while parts and parts[-1] is None:
            parts.pop()
        if any(part is None for part in parts):
            raise ValueError(
                "A batch must be samples, or (samples, conditions), got None before a further "
                "part: a GAN takes no sample_weight."
            )
        return tuple(map(_as_batch, parts))
    if isinstance(batch, dict):
        return {name: _as_batch(part) for name, part in batch.items()}
    array = np.asarray(batch)
    if array.dtype.kind not in "biufV":
        raise ValueError(f"A batch must consist of arrays of numbers, got {type(batch).__name__}.")
    return array
