"""A tiny export, run by Python's TensorFlow and by C++: equal if both can run it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import tensorflow as tf

from support.savedmodel_client import run_signatures

ROWS = tf.TensorSpec([None, 4], tf.float32)
DTYPES = [tf.float32, tf.int32, tf.int64, tf.uint8, tf.bool]


class Signatures(tf.Module):
    """Four signatures that the harness runs, two of dtypes it refuses, two that C++ refuses."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(np.arange(12.0, dtype=np.float32).reshape(4, 3) - 5.0)

    @tf.function(input_signature=[ROWS])
    def dense(self, x):
        return {"logits": x @ self.kernel, "relu": tf.nn.relu(x @ self.kernel)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def sample(self, seed):
        spec = tf.TensorSpec([2, 2], tf.float32)

        def draw(row):
            return tf.random.stateless_normal([2, 2], [row, 0])

        return {"image": tf.map_fn(draw, seed, fn_output_signature=spec)}

    @tf.function(input_signature=[tf.TensorSpec([None, 2], dtype, dtype.name) for dtype in DTYPES])
    def reverse(self, *tensors):
        return {tensor.dtype.name: tensor[::-1] for tensor in tensors}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float64)])
    def double(self, x):
        return {"y": x}

    @tf.function(input_signature=[ROWS])
    def text(self, x):
        return {"y": tf.strings.as_string(x)}

    @tf.function(input_signature=[ROWS])
    def wide(self, x):
        return {"y": tf.cast(x, tf.float64)}

    @tf.function(input_signature=[ROWS])
    def python(self, x):
        return {"y": tf.numpy_function(np.square, [x], tf.float32)}

    @tf.function(input_signature=[ROWS], jit_compile=True)
    def xla(self, x):
        return {"y": tf.square(x)}


NAMES = ["dense", "sample", "reverse", "double", "text", "wide", "python", "xla"]


@pytest.fixture(scope="module")
def module():
    return Signatures()


@pytest.fixture(scope="module")
def export_dir(module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    tf.saved_model.save(module, folder, signatures={name: getattr(module, name) for name in NAMES})
    return folder


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


def test_outputs_equal_tensorflows(module, export_dir, x):
    seed = np.array([7, 8, -9], np.int64)
    requests = [("dense", {"x": x}), ("sample", {"seed": seed}), ("sample", {"seed": seed[1:2]})]
    dense, sample, alone = run_signatures(export_dir, requests)
    assert dense.keys() == {"logits", "relu"}
    np.testing.assert_allclose(dense["logits"], x @ module.kernel.numpy(), rtol=0, atol=1e-5)
    for name, expected in module.dense(x).items():
        np.testing.assert_allclose(dense[name], expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(sample["image"], module.sample(seed)["image"], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(alone["image"], sample["image"][1:2])


def test_empty_batch(export_dir, x):
    requests = [("dense", {"x": x[:0]}), ("sample", {"seed": np.zeros(0, np.int64)})]
    dense, sample = run_signatures(export_dir, requests)
    assert dense["logits"].shape == dense["relu"].shape == (0, 3)
    assert sample["image"].shape == (0, 2, 2)


def test_strings(export_dir):
    [outputs] = run_signatures(export_dir, [("text", {"x": np.float32([[1, 2, 3, 4.5]])})])
    assert [float(text) for text in outputs["y"].flat] == [1, 2, 3, 4.5]


def test_every_dtype_and_any_memory_layout(export_dir):
    values = np.array([[0, 1, 2], [200, 0, 5]])
    inputs = {dtype.name: values.astype(dtype.as_numpy_dtype).T for dtype in DTYPES}
    [outputs] = run_signatures(export_dir, [("reverse", inputs)])
    assert outputs.keys() == inputs.keys()
    for name, array in inputs.items():
        assert outputs[name].dtype == array.dtype
        np.testing.assert_array_equal(outputs[name], array[::-1])


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    ("name", "message"),
    [("python", "python: No OpKernel was registered"), ("xla", "xla: XLA compilation disabled")],
)
def test_what_only_python_can_run_loads_and_then_fails(module, export_dir, x, name, message):
    np.testing.assert_allclose(getattr(module, name)(x)["y"], x**2, rtol=1e-6)
    assert run_signatures(export_dir, []) == []
    with pytest.raises(RuntimeError, match=message):
        run_signatures(export_dir, [("dense", {"x": x}), (name, {"x": x})])


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("dense", np.ones(4, np.float32), "dense: .*ndims"),
        ("double", np.ones(4), "double: cannot feed float64"),
        ("wide", np.ones((1, 4), np.float32), "wide: cannot fetch TF_DataType 2"),
    ],
)
def test_what_does_not_run_says_why(export_dir, name, array, message):
    with pytest.raises(RuntimeError, match=message):
        run_signatures(export_dir, [(name, {"x": array})])


def test_requests_that_do_not_fit(export_dir, x):
    with pytest.raises(ValueError, match="no signature 'dens', .*did you mean 'dense'"):
        run_signatures(export_dir, [("dens", {"x": x})])
    with pytest.raises(ValueError, match=r"'dense' takes the inputs \['x'\], not \['y'\]"):
        run_signatures(export_dir, [("dense", {"y": x})])
    with pytest.raises(ValueError, match="'dense': 'x' must be float32, not float64"):
        run_signatures(export_dir, [("dense", {"x": x.astype(np.float64)})])


def test_export_with_lost_files(export_dir, tmp_path, x):
    copy = tmp_path / "copy"
    with pytest.raises(FileNotFoundError, match=r"saved_model\.pb"):
        run_signatures(copy, [])
    shutil.copytree(export_dir, copy)
    [data] = copy.glob("variables/*.data-*")
    data.write_bytes(data.read_bytes()[:10])
    with pytest.raises(RuntimeError, match="load: "):
        run_signatures(copy, [])
    shutil.rmtree(copy / "variables")  # loads: C++ takes it for an export without variables
    with pytest.raises(RuntimeError, match="dense: Could not find variable"):
        run_signatures(copy, [("dense", {"x": x})])


def test_python_packages_in_the_process_are_refused(export_dir, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['keras'] = sys")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="status 1: (.|\n)*AssertionError"):
        run_signatures(export_dir, [])
