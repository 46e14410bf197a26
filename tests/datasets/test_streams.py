"""Batches of any source: the same batches, the first of them checked and none lost."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.datasets.streams import (
    CheckedBatches,
    batch_size_of,
    from_python,
    one_line_data_errors,
)


def shuffled():
    return tf.data.Dataset.range(20).shuffle(20, seed=3).batch(6)


def test_the_first_batch_is_checked_once_and_no_order_changes():
    seen = []
    checked = CheckedBatches(shuffled(), lambda batch: seen.append(batch.tolist()))
    assert not checked.was_read and not seen
    expected, dataset = shuffled(), checked.dataset
    for _ in range(2):
        batches = [batch.tolist() for batch in dataset.as_numpy_iterator()]
        assert batches == [batch.tolist() for batch in expected.as_numpy_iterator()]
        first = seen[0]
    assert len(seen) == 1 and len(first) == 6 and checked.was_read
    assert dataset.element_spec == expected.element_spec and int(dataset.cardinality()) == 4


def test_the_error_of_the_check_is_raised_as_it_is():
    def check(batch):
        raise ValueError("These are no images.")

    checked = CheckedBatches(tf.data.Dataset.range(4).batch(2), check)
    with pytest.raises(ValueError, match=r"^These are no images\.\Z"), checked.one_line_error():
        list(checked.dataset)
    unread = CheckedBatches(tf.data.Dataset.range(4).batch(2), check)
    with pytest.raises(KeyError), unread.one_line_error():
        raise KeyError("another error")


class Batches(keras.utils.PyDataset):
    def __init__(self, count):
        super().__init__()
        self.count, self.read, self.epochs = count, [], 0

    @property
    def num_batches(self):
        return self.count

    def __getitem__(self, index):
        self.read.append(index)
        return np.full((2, 1), index, "float32"), np.array([index, index])

    def on_epoch_end(self):
        self.epochs += 1


class Loader:
    """Like a `torch.utils.data.DataLoader`: lists, and another order in each pass."""

    def __init__(self):
        self.passes = 0

    def __len__(self):
        return 2

    def __iter__(self):
        self.passes += 1
        return ([np.array([10 * self.passes + i])] for i in range(2))


def test_each_batch_of_a_py_dataset_is_computed_once_an_epoch():
    source = Batches(3)
    dataset, first = from_python(source)
    assert source.read == [0] and first[1].tolist() == [0, 0]
    for _ in range(2):
        assert [int(y[0]) for _, y in dataset] == [0, 1, 2]
    assert source.read == [0, 1, 2, 0, 1, 2] and source.epochs == 2
    assert int(dataset.cardinality()) == 3
    endless, _ = from_python(Batches(None))
    assert int(endless.cardinality()) == tf.data.INFINITE_CARDINALITY


def test_what_is_read_in_advance_of_an_iterable_belongs_to_its_first_pass():
    source = Loader()
    dataset, _ = from_python(source)
    assert [[int(x[0]) for (x,) in dataset] for _ in range(2)] == [[10, 11], [20, 21]]
    dataset, _ = from_python(np.array([i]) for i in range(3))
    assert [int(x[0]) for x in dataset] == [0, 1, 2] and not list(dataset)


@pytest.mark.parametrize(
    "second",
    [np.zeros((2, 3), "float32"), np.zeros((2, 1), "uint8"), (np.zeros((2, 1)),) * 2, {}],
    ids=["shape", "dtype", "structure", "nothing"],
)
def test_a_batch_that_changes_is_refused(second):
    first = np.zeros((4, 1), "float32")
    dataset, _ = from_python(iter([first, first[:2].astype("float64"), second]))
    message = "^The data set fails: ValueError: batch 3 is"
    with pytest.raises(ValueError, match=message) as error, one_line_data_errors():
        list(dataset)
    assert "\n" not in str(error.value)


def test_other_errors_are_not_those_of_the_data():
    with pytest.raises(tf.errors.InvalidArgumentError), one_line_data_errors():
        tf.reshape(tf.zeros(3), (2,))
    with pytest.raises(tf.errors.UnavailableError), one_line_data_errors():
        raise tf.errors.UnavailableError(None, None, "IteratorGetNext: a worker is gone")


def test_workers_that_are_not_used_are_said():
    source = Batches(1)
    source.workers = 4
    with pytest.warns(UserWarning, match="^The 4 workers of a Batches are not used: one thread"):
        from_python(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [(iter(()), "^The tuple_iterator gives no batches"), (iter(["a"]), "must consist of arrays")],
)
def test_sources_without_batches(source, message):
    with pytest.raises(ValueError, match=message):
        from_python(source)


@pytest.mark.parametrize(
    ("dataset", "size"),
    [
        (shuffled(), 6),
        (shuffled().map(lambda x: x).prefetch(1), 6),
        (shuffled().filter(lambda x: True), 6),
        (tf.data.Dataset.range(5).batch(7), 7),
        (tf.data.Dataset.range(8).batch(4, drop_remainder=True), 4),
    ],
)
def test_the_size_of_batches(dataset, size):
    assert batch_size_of(dataset) == size
