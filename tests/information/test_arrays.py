import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfgan_it.information.arrays import eager_value, namespace, promote, upcast


@pytest.mark.parametrize(
    "values, expected",
    [
        ([np.ones(2)], np),
        ([np.float32(1)], np),
        ([np.ones(2), 0.0], np),
        ([[1.0, 2.0]], ops),
        ([1.0], ops),
        ([tf.ones(2)], ops),
        ([np.ones(2), tf.ones(2)], ops),
        ([keras.Variable([1.0])], ops),
    ],
)
def test_only_arrays_are_computed_by_numpy(values, expected):
    assert namespace(*values) is expected


@pytest.mark.parametrize(
    "given, array, tensor",
    [
        ("float16", "float32", "float32"),
        ("float32", "float32", "float32"),
        ("float64", "float64", "float64"),
        ("int64", "float64", "float32"),
        ("bool", "float64", "float32"),
    ],
)
def test_upcast(given, array, tensor):
    x = np.ones(2, given)
    assert type(upcast(x)) is np.ndarray and upcast(x).dtype == array
    assert upcast(tf.constant(x)).dtype == tensor
    assert upcast(tf.cast(x, "bfloat16")).dtype == "float32"


def test_promote_finds_the_widest():
    single, double = np.ones(2, "float32"), np.ones(2)
    for values in ([single, double, 0.0], [single, tf.constant(double)]):
        assert {str(np.asarray(x).dtype) for x in promote(*values)} == {"float64"}
    assert [x.dtype for x in promote(single, 0.0)] == ["float32", "float32"]
    assert [x.dtype for x in promote(1, 0.5)] == ["float32", "float32"]


def test_values_are_seen_outside_of_graphs_only():
    seen = []

    @tf.function
    def function(x):
        seen.append(eager_value(x))
        return x

    function(tf.ones(2))
    assert seen == [None]
    for x in (tf.ones(2), np.ones(2)):
        np.testing.assert_array_equal(eager_value(x), [1, 1])
