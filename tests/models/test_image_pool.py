"""The pool against a simulation in NumPy that treats the samples of a batch one after the other."""

import numpy as np
import tensorflow as tf

from support.replicas import MIRRORED
from tfgan_it.models import ImagePool

SIZE, BATCH, STEPS = 6, 2, 12
NUMBERS = np.random.default_rng(0).uniform(size=(STEPS, BATCH, 2)).astype("float32")
SAMPLES = np.random.default_rng(1).normal(size=(STEPS, BATCH, 3, 1)).astype("float32")


class Shapes:
    """What the pool asks of a model."""

    def __init__(self, sample_shape):
        self.sample_shape = sample_shape


def pool_of(sample_shape=(3, 1), size=SIZE):
    pool = ImagePool(size)
    pool.build_for(Shapes(sample_shape))
    return pool


def simulated(numbers, samples, size=SIZE):
    """What is shown at each step: sample i of a batch has the entries i, i + batch, ..."""
    batch = samples.shape[1]
    entries = [[] for _ in range(batch)]
    shown = np.empty_like(samples)
    for step in range(len(samples)):
        for i, new in enumerate(samples[step]):
            swap, choice = numbers[step, i]
            if len(entries[i]) < size // batch:
                entries[i].append(new)
                shown[step, i] = new
            elif swap < 0.5:
                chosen = int(choice * (size // batch))
                shown[step, i], entries[i][chosen] = entries[i][chosen], new
            else:
                shown[step, i] = new
    return shown, entries


def constant(numbers):
    return lambda function: tf.constant(numbers)


def test_it_is_the_one_simulated():
    pool = pool_of()
    expected, entries = simulated(NUMBERS, SAMPLES)
    for step in range(STEPS):
        shown = pool.exchange(tf.constant(SAMPLES[step]), constant(NUMBERS[step]))
        np.testing.assert_array_equal(shown, expected[step])
        assert int(pool.filled) == min(BATCH * (step + 1), SIZE)
    kept = np.asarray(pool.entries["samples"])
    for i in range(BATCH):
        np.testing.assert_array_equal(kept[i::BATCH], entries[i])
    # Some of earlier steps were shown, and some new ones after it was full.
    changed = (expected != SAMPLES).any(axis=(2, 3))
    assert not changed[: SIZE // BATCH].any()
    assert 0.2 < changed[SIZE // BATCH :].mean() < 0.8


def test_samples_of_several_parts_are_exchanged_together():
    pool = pool_of({"a": (3, 1), "b": (3, 1)})
    for step in range(STEPS):
        samples = {"a": tf.constant(SAMPLES[step]), "b": tf.constant(-SAMPLES[step])}
        shown = pool.exchange(samples, constant(NUMBERS[step]))
        np.testing.assert_array_equal(shown["a"], -shown["b"])


def test_random_numbers_are_independent_for_each_sample():
    drawn = []

    def draw(function):
        drawn.append(function(5, seed=0).numpy())
        return drawn[-1]

    pool_of(size=10).exchange(tf.zeros((5, 3, 1)), draw)
    assert [numbers.shape for numbers in drawn] == [(5, 2)]


def test_replicas_keep_one_pool():
    with MIRRORED.scope():
        pool = pool_of()
    expected, _ = simulated(NUMBERS, SAMPLES)

    @tf.function
    def exchanged(samples, numbers):
        def on_replica():
            index = tf.distribute.get_replica_context().replica_id_in_sync_group
            return pool.exchange(samples[index : index + 1], lambda _: numbers[index : index + 1])

        return MIRRORED.run(on_replica)

    for step in range(STEPS):
        shown = exchanged(tf.constant(SAMPLES[step]), tf.constant(NUMBERS[step]))
        np.testing.assert_array_equal(np.concatenate(shown.values), expected[step])
    copies = [value.numpy() for value in pool.entries["samples"].value.values]
    np.testing.assert_array_equal(*copies)


def test_a_batch_that_does_not_divide_it_leaves_entries_unused():
    pool = pool_of()
    samples = np.arange(12, dtype="float32").reshape(4, 3, 1)
    pool.exchange(tf.constant(samples), constant(np.zeros((4, 2), "float32")))
    assert int(pool.filled) == 4
    # All are exchanged now, each with the one entry of its own.
    shown = pool.exchange(tf.constant(samples + 100), constant(np.zeros((4, 2), "float32")))
    np.testing.assert_array_equal(shown, samples)


def test_of_a_batch_that_is_larger_the_first_samples_take_part():
    pool = pool_of()
    samples = np.arange(24, dtype="float32").reshape(8, 3, 1)
    shown = pool.exchange(tf.constant(samples), constant(np.zeros((8, 2), "float32")))
    np.testing.assert_array_equal(shown, samples)
    assert int(pool.filled) == 6
    shown = pool.exchange(tf.constant(samples + 100), constant(np.zeros((8, 2), "float32")))
    np.testing.assert_array_equal(shown[:6], samples[:6])  # Each has one entry of its own.
    np.testing.assert_array_equal(shown[6:], samples[6:] + 100)
    pooled = pool.exchange(tf.constant(samples), constant(np.zeros((8, 2), "float32")))
    np.testing.assert_array_equal(pooled[:6], samples[:6] + 100)
