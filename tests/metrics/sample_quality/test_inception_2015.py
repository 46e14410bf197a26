import hashlib
import json
import pathlib

import numpy as np
import pytest

from support.random_inception import images, random_weights
from support.torch_files import save_as_torch
from tfgan_it import metrics
from tfgan_it.metrics.sample_quality import inception_2015

REFERENCE = pathlib.Path(__file__).parent / "inception_2015_values.json"


@pytest.mark.slow
def test_features_are_those_of_torch_fidelity(tmp_path, monkeypatch):
    """With random weights: the published ones are 90 MB."""
    reference = json.loads(REFERENCE.read_text())
    path = tmp_path / "weights.pth"
    save_as_torch(path, random_weights(reference["shapes"]))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(inception_2015, "_SHA256", digest[:8])
    features = metrics.Inception2015(path)
    for name, theirs in reference["features"].items():
        found = features(images()[name])
        assert found.shape[1] == 2048
        theirs = np.array(theirs)
        assert theirs.std() > 0.01
        np.testing.assert_allclose(found[:, ::16], theirs, rtol=1e-3, atol=1e-4 * theirs.max())
    grey = np.full((1, 9, 7, 1), 77, "uint8")
    np.testing.assert_allclose(features(grey), features(grey.repeat(3, axis=-1)), rtol=1e-5)
    with pytest.raises(ValueError, match="1 or 3"):
        features(np.zeros((2, 8, 8, 2), "uint8"))


def test_another_file_is_refused_by_its_checksum(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"")
    with pytest.raises(ValueError) as error:
        metrics.Inception2015(path)
    line = f"{path} is not the network of 2015: its sha256 is e3b0c442..., not 6726825d...."
    assert str(error.value) == line
    with pytest.raises(FileNotFoundError):
        metrics.Inception2015(tmp_path / "gone.pth")


def test_the_name_says_which_file():
    assert metrics.Inception2015.name == "inception_2015-6726825d"


def test_resizing_is_that_of_tensorflow_1():
    random = np.random.default_rng(0)
    small = random.uniform(0, 255, (1, 5, 7, 2)).astype("float32")
    found = inception_2015.resized_as_tensorflow_1(small, 11)
    y, x = 8, 3
    top, left = 8 * 5 / 11, 3 * 7 / 11
    a, b = int(top), int(left)
    rows = small[0, a : a + 2, b : b + 2]
    upper = rows[0, 0] + (rows[0, 1] - rows[0, 0]) * (left - b)
    lower = rows[1, 0] + (rows[1, 1] - rows[1, 0]) * (left - b)
    np.testing.assert_allclose(found[0, y, x], upper + (lower - upper) * (top - a), rtol=1e-5)
    np.testing.assert_array_equal(
        inception_2015.resized_as_tensorflow_1(small[:, :, :5], 5), small[:, :, :5]
    )
