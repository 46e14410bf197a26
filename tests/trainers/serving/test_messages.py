"""Tensors as messages, and the messages without TensorFlow's Python."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

pytest.importorskip("tensorflow_serving")

from trainers.serving.messages import to_array, to_proto

ARRAYS = [
    np.float32([[1, np.nan], [np.inf, -0.0]]),
    np.int64([2**63 - 1, -(2**63)]),
    np.uint8([[[0, 255]]]),
    np.int32(7),
    np.array([True, False]),
    np.zeros((0, 8, 8, 1), np.float32),
    np.array([b"", b"\x89PNG\0"], object),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_messages_are_tensorflows(array):
    np.testing.assert_array_equal(tf.make_ndarray(to_proto(np.asarray(array))), array)
    np.testing.assert_array_equal(to_array(tf.make_tensor_proto(array)), array)
    assert to_array(to_proto(np.asarray(array))).dtype == array.dtype


def test_one_value_stands_for_all():
    proto = tf.make_tensor_proto(0.5, shape=[2, 3])
    np.testing.assert_array_equal(to_array(proto), np.full((2, 3), 0.5, np.float32))


@pytest.mark.parametrize("shape", [[3], [-1], [2**40, 2**40]])
def test_shapes_that_do_not_hold_the_values(shape):
    proto = tf.make_tensor_proto([1.0, 2.0])
    proto.tensor_shape.Clear()
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    with pytest.raises(ValueError, match="values, got|cannot have the shape"):
        to_array(proto)
    proto = tf.make_tensor_proto(np.complex64([1]))
    with pytest.raises(ValueError, match="DT_COMPLEX64"):
        to_array(proto)


@pytest.mark.slow
def test_tensorflow_is_whole_after_the_messages():
    code = (
        "import sys, trainers.serving.messages;"
        "assert not {'tensorflow', 'keras'} & set(sys.modules);"
        "import tensorflow as tf; print(int(tf.constant(1) + 1));"
        "tf.saved_model.save(tf.Module(), sys.argv[1]); tf.saved_model.load(sys.argv[1])"
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, check=False
        )
    assert (ended.returncode, ended.stdout) == (0, "2\n"), ended.stderr
