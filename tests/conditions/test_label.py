import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.conditions import Label

ONE_HOT = np.eye(3, dtype="float32")[[2, 0, 1, 1]]


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "uint64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_labels_of_any_dtype_become_one_hot(dtype, shape):
    y = np.array([2, 0, 1, 1], dtype).reshape(shape)
    Label(3).check(y, 4)
    np.testing.assert_array_equal(Label(3).prepare(y), ONE_HOT)
    assert Label(3).broadcast(y, 4).tolist() == [2, 0, 1, 1]


@pytest.mark.parametrize("rows", [ONE_HOT, ONE_HOT.astype("int64"), 0.8 * ONE_HOT + 0.2 / 3])
def test_rows_of_probabilities_pass_through(rows):
    Label(3).check(rows, 4)
    np.testing.assert_array_equal(Label(3).prepare(rows), rows.astype("float32"))
    np.testing.assert_array_equal(Label(3).broadcast(rows[:1], 2), rows[[0, 0]].astype("float32"))


def test_booleans_are_two_classes():
    assert Label(2).prepare(np.array([True, False])).numpy().tolist() == [[0, 1], [1, 0]]


def test_labels_are_sampled_from_the_prior():
    p = np.array([0.5, 0.0, 0.3, 0.2])
    label = Label(4, p)
    drawn = label.sample(20_000, seed=1)
    assert drawn.dtype == "int64" and drawn.shape == (20_000,)
    shares = np.bincount(drawn, minlength=4) / 20_000
    assert shares[1] == 0
    # Four standard errors of each share.
    np.testing.assert_array_less(abs(shares - p), 4 * np.sqrt(p * (1 - p) / 20_000) + 1e-12)
    np.testing.assert_array_equal(label.sample(9, 5), label.sample(9, 5))
    assert label.sample(0, seed=1).shape == (0,)
    generator = keras.random.SeedGenerator(0)
    assert np.any(label.sample(99, generator) != label.sample(99, generator))


def test_sampling_in_a_graph_of_unknown_batch():
    graph = tf.function(lambda n: Label(4).sample(n, seed=1), [tf.TensorSpec((), tf.int32)])
    np.testing.assert_array_equal(graph(7), Label(4).sample(7, seed=1))


def test_entropy():
    assert Label(10).entropy() == pytest.approx(math.log(10))
    p = [0.5, 0.25, 0.25]
    assert Label(3, p).entropy() == pytest.approx(1.5 * math.log(2))


def test_the_prior_is_of_one_hot_labels():
    prior = Label(3, [0.5, 0.25, 0.25]).prior
    assert prior.probabilities == [0.5, 0.25, 0.25]
    assert prior.sample(2, seed=0).shape == (2, 3)


@pytest.mark.parametrize(
    "y, message",
    [
        ([0, 1, 3, 1], "labels lie in [0, 3], must be whole numbers in 0..2 or rows of 3 "),
        ([0, -1, 2, 1], "labels lie in [-1, 2], must be whole numbers in 0..2 or rows of 3 "),
        ([0.0, 0.5, 2, 1], "labels hold 0.5, must be whole numbers in 0..2 or rows of 3 "),
        ([0.0, np.nan, 2, 1], "labels hold nan, must be whole numbers in 0..2 or rows of 3 "),
        ([0.0, np.inf, 2, 1], "labels lie in [0, inf], must be whole numbers in 0..2 or rows of 3"),
        (["a", "b", "a", "b"], "labels are <U1, must be whole numbers in 0..2 or rows of 3 "),
        (np.zeros((4, 2)), "labels have shape (4, 2), must be (n,), (n, 1) or (n, 3)."),
        (np.zeros((4, 3, 1)), "labels have shape (4, 3, 1), must be (n,), (n, 1) or (n, 3)."),
        (
            np.ones((4, 3)),
            "row 0 of the labels is [1. 1. 1.], must be one-hot, or 3 numbers of at least 0 that ",
        ),
        (ONE_HOT * np.nan, "row 0 of the labels is [nan nan nan], must be one-hot, or 3 numbers "),
        (
            np.array([[0, 0, 1], [0, 0, 1], [2, -1, 0], [0, 0, 1]]),
            "row 2 of the labels is [ 2 -1  0], must be one-hot, or 3 numbers of at least 0 that ",
        ),
    ],
)
def test_labels_that_are_refused(y, message):
    for ask in (Label(3).check, Label(3).broadcast):
        with pytest.raises(ValueError) as error:
            ask(y, 4)
        assert str(error.value).startswith(f"Label: {message}")
        assert "\n" not in str(error.value)
