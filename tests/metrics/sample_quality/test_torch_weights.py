import os
import pickle

import numpy as np
import pytest

from support.torch_files import save_as_torch
from tfgan_it.metrics.sample_quality.torch_weights import read_torch_weights

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "layer.conv.weight": RANDOM.normal(size=(3, 2, 1, 4)).astype("float32"),
    "layer.bn.bias": RANDOM.normal(size=3).astype("float32"),
    "layer.bn.num_batches_tracked": np.array(7, "int64"),
}


@pytest.mark.parametrize("legacy", [False, True])
def test_tensors_are_read_in_order(tmp_path, legacy):
    save_as_torch(tmp_path / "weights.pth", ARRAYS, legacy)
    found = read_torch_weights(tmp_path / "weights.pth")
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Ran out of input"),
        (pickle.dumps(3, 2), "it does not begin as one"),
        (pickle.dumps(os.system, 2), "it holds a posix.system"),
    ],
)
def test_other_files_are_refused_and_execute_nothing(tmp_path, content, reason):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError) as error:
        read_torch_weights(path)
    assert str(error.value) == f"{path} is not a file of PyTorch's weights: {reason}."


@pytest.mark.parametrize("legacy", [False, True])
def test_a_damaged_file_is_refused(tmp_path, legacy):
    path = tmp_path / "weights.pth"
    save_as_torch(path, ARRAYS, legacy)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ValueError, match="is not a file of PyTorch's weights"):
        read_torch_weights(path)
