"""Ways to compute a kernel's gradient: the same gradient, and a record; not their speed."""

import json

import numpy as np
import pytest
import tensorflow as tf

from experiments.peers import kernel_gradients


@pytest.mark.parametrize(
    "size", [(6, 3, 5, 4, 2), (5, 2, 4, 3, 1), (7, 4, 2, 5, 2), (4, 3, 2, 2, 2)]
)
def test_each_way_is_the_gradient_of_the_convolution(size):
    x, y = kernel_gradients.tensors(size, 3, "float32")
    kernel = tf.Variable(tf.zeros((size[3], size[3], size[1], size[2])))
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(y * tf.nn.conv2d(x, kernel, size[4], "SAME"))
    expected = tape.gradient(value, kernel)
    ways = kernel_gradients.ways_of(*size)
    assert list(ways) == ["tensorflow", "convolution", "patches"]
    for way in ways.values():
        np.testing.assert_allclose(way(x, y), expected, rtol=1e-4, atol=1e-5)


def test_a_comparison_leaves_its_record(tmp_path, capsys):
    out = tmp_path / "made" / "gradients.json"
    options = ["--batch_size=2", "--rounds=2", "--calls=1", f"--out={out}"]
    kernel_gradients.main(["--layers", "4,2,3,2,1", *options])
    record = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == record
    assert [row["layer"] for row in record["layers"]] == [[4, 2, 3, 2, 1]]
    assert set(record["layers"][0]["tensorflow_over"]) == {"convolution", "patches"}
    assert record["layers"][0]["product_gigaflop_per_second"] > 0
    assert record["precision"] == "bfloat16"


@pytest.mark.parametrize("text", ["4,2,3,2", "4,2,3,2,0", "4,2,3,2,3", "a,2,3,2,1"])
def test_a_wrong_layer_is_refused_in_one_line(text, capsys):
    with pytest.raises(SystemExit):
        kernel_gradients.main(["--layers", text])
    assert "argument --layers: must be" in capsys.readouterr().err
