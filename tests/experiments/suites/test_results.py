"""What suites leave."""

import json

import numpy as np
import pytest

from experiments.suites import results
from tfgan_it.datasets import ImageDataset
from tfgan_it.metrics.sample_quality import FeatureNetwork


def test_a_record_has_versions_and_no_folders_of_the_machine(tmp_path):
    job = {"recipe": "gan", "files_dir": "/here", "picture": "/there.png", "features": "/f"}
    summary = {"suite": "quality", "runs": [{"job": job, "seconds": 1.0}, {"steps": 3}]}
    assert results.finished(tmp_path, summary, "| a |") == "| a |"
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["runs"] == [{"job": {"recipe": "gan"}, "seconds": 1.0}, {"steps": 3}]
    assert written["suite"] == "quality" and "keras" in written["versions"]
    assert (tmp_path / "table.md").read_text() == "| a |\n"
    assert job["files_dir"] == "/here"


def test_features_are_trained_once(tmp_path):
    random, loaded = np.random.default_rng(0), []

    def load(name):
        loaded.append(1)
        images = random.integers(256, size=(60, 8, 8, 1)).astype("uint8")
        return ImageDataset(name, images, images, np.arange(60) % 3, np.arange(60) % 3)

    path = results.features_file(tmp_path, "noise", load, 2)
    assert results.features_file(tmp_path, "noise", load, 2) == path and loaded == [1]
    assert FeatureNetwork.load(path, "noise")(load("").test_images).shape[0] == 60


def test_others_wait_for_the_program_that_trains_the_features(monkeypatch, tmp_path):
    path = tmp_path / "features" / "digits_supervised_cnn.keras"
    locked = iter([BlockingIOError, None])

    def lock(folder):
        if error := next(locked):
            path.write_text("of another program")
            raise error

    monkeypatch.setattr(results, "lock", lock)
    monkeypatch.setattr(results, "_SECONDS", 0)
    load = pytest.fail
    assert results.features_file(tmp_path, "digits", load, 30) == str(path)
    assert path.read_text() == "of another program"
