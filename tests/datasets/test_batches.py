import collections
import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

from tfgan_it.datasets.batches import batches, in_order

ROWS = np.arange(10)


def take(count, rows=ROWS, batch_size=4, seed=0, **options):
    dataset = batches(rows, batch_size, seed=seed, **options)
    return list(dataset.take(count).as_numpy_iterator())


@pytest.mark.parametrize("batch_size", [1, 3, 4, 5, 10])
def test_each_epoch_holds_every_row_once(batch_size):
    stream = np.concatenate(take(30, batch_size=batch_size, seed=7))
    for epoch in range(len(stream) // 10):
        assert sorted(stream[10 * epoch : 10 * epoch + 10]) == list(range(10))


def test_stream_is_a_function_of_the_seed():
    np.testing.assert_array_equal(take(20, seed=3), take(20, seed=3))
    assert not np.array_equal(take(20, seed=3), take(20, seed=4))
    assert not np.array_equal(take(20, seed=3), take(20, seed=-3))


@pytest.mark.parametrize("start_step", [0, 1, 2, 3, 5, 25, 38])
def test_start_step_is_a_skip(start_step):
    np.testing.assert_array_equal(
        take(40 - start_step, batch_size=3, start_step=start_step),
        take(40, batch_size=3)[start_step:],
    )


def test_far_start_costs_nothing():
    assert sorted(take(1, batch_size=10, start_step=10**15)[0]) == list(range(10))


def chi_square(observed, expected):
    return sum((count - expected) ** 2 for count in observed) / expected


def test_epochs_are_uniform_and_independent_permutations():
    epochs = [tuple(epoch) for epoch in take(4800, rows=np.arange(4), batch_size=4)]
    counts = collections.Counter(epochs)
    orders = list(itertools.permutations(range(4)))
    # 23 and 15 degrees of freedom: beyond these values with probability 1e-4.
    assert chi_square([counts[order] for order in orders], 4800 / math.factorial(4)) < 56.0
    starts = collections.Counter((a[0], b[0]) for a, b in zip(epochs[::2], epochs[1::2]))  # noqa: B905
    pairs = itertools.product(range(4), repeat=2)
    assert chi_square([starts[pair] for pair in pairs], 2400 / 16) < 44.3


def test_structure_dtype_and_static_shape_are_kept():
    images = np.arange(20, dtype="uint8").reshape(10, 2, 1, 1)
    dataset = batches({"image": images, "label": (ROWS,)}, 4, seed=0)
    image, (label,) = dataset.element_spec["image"], dataset.element_spec["label"]
    assert (image.shape, image.dtype) == ((4, 2, 1, 1), "uint8")
    assert (label.shape, label.dtype) == ((4,), "int64")


def test_rows_stay_aligned():
    dataset = batches((ROWS, ROWS**2), 4, seed=0)
    for row, square in dataset.take(10).as_numpy_iterator():
        np.testing.assert_array_equal(row**2, square)


def test_later_changes_of_the_array_do_not_reach_the_dataset():
    rows = np.arange(10)
    dataset = batches(rows, 10, seed=0)
    rows[:] = -1
    assert sorted(next(dataset.as_numpy_iterator())) == list(range(10))


@pytest.mark.parametrize(
    ("rows", "batch_size", "start_step", "message"),
    [
        (ROWS, 11, 0, "batch_size 11 must be from 1 to the 10 images given"),
        (ROWS, 0, 0, "batch_size 0 must be from 1"),
        (ROWS, 4, -1, "start_step must be a whole number of at least 0, got -1"),
        (ROWS[:0], 1, 0, r"nothing to batch: .* lengths \[0\]"),
        ((), 1, 0, r"nothing to batch: .* lengths \[\]"),
        ((ROWS, ROWS[:9]), 4, 0, r"need one length, got \[10, 9\]"),
    ],
)
def test_refuses_bad_arguments(rows, batch_size, start_step, message):
    with pytest.raises(ValueError, match=message):
        batches(rows, batch_size, seed=0, start_step=start_step)


@pytest.mark.slow
def test_replicas_divide_the_global_batch():
    # In a process of its own: logical devices must be set before TensorFlow starts.
    program = """
import numpy as np
import tensorflow as tf
from tfgan_it.datasets.batches import batches

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
dataset = batches(np.arange(20), 6, seed=1)
distributed = iter(strategy.experimental_distribute_dataset(dataset))
for whole in dataset.take(8).as_numpy_iterator():
    parts = strategy.experimental_local_results(next(distributed))
    assert [len(part) for part in parts] == [3, 3]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
print("equal")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "equal\n", done.stderr


@pytest.mark.parametrize("made", [batches(np.arange(4), 2, seed=0), in_order(np.arange(4), 2)])
def test_nothing_tunes_itself_in_the_background(made):
    # tf.data's tuner sleeps for as long as the data set has lived, and its end awaits the tuner.
    assert made.options().autotune.enabled is False


def test_rows_in_their_order():
    rows = np.arange(14).reshape(7, 2)
    found = list(in_order(rows, 3).as_numpy_iterator())
    assert [len(batch) for batch in found] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(found), rows)
