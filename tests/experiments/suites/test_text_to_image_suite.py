"""The suite of images of texts: its baselines, its table, its errors."""

import json
import types

import numpy as np
import pytest

from experiments.suites import text_to_image_suite
from tfgan_it import metrics


def test_what_the_category_tells():
    labels = np.array([0, 0, 1, 1, 1])
    data = types.SimpleNamespace(test_labels=labels)
    scores = text_to_image_suite.category_scores(data, np.arange(5))
    same = labels[:, None] == labels[None]
    assert scores[same].min() >= 1 > scores[~same].max()


def test_a_name_is_found_by_the_letters_that_it_shares():
    images = np.arange(3)[:, None] * np.ones((3, 4))
    data = types.SimpleNamespace(train_images=images + 0.1, train_texts=("cats", "dogs", "birds"))
    names = ["two birds", "dogs", "red cats"]
    scores = text_to_image_suite.nearest_name_scores(data, images, names, np.asarray)
    assert scores.argmax(axis=1).tolist() == [2, 1, 0]
    assert metrics.retrieval_among(scores[:, ::-1].copy(), 3) == 1.0


def test_table():
    values = {key: [] for key in text_to_image_suite.SCORES}
    chance = {**values, "name_of_drawing": [0.02], "drawing_of_name": [0.02]}
    learned = {**values, "name_of_drawing": [0.5, 0.7], "processor_seconds": [9.0, 9.0]}
    summary = {"systems": {"chance": chance, "category": values, "text_to_image": learned}}
    lines = text_to_image_suite.markdown_table(summary).splitlines()
    assert lines[2:] == [
        "| chance | 2.0 | 2.0 |  |  |  |",
        "| text_to_image | 60.0 ± 14.1 |  |  |  | 9 ± 0 |",
    ]


def test_an_unknown_system(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown system 'chances': .*nearest: chance"):
        text_to_image_suite.run(tmp_path, ["chances"], [0], True, 1, None)


@pytest.mark.slow
def test_a_run_leaves_its_record_table_and_pictures(tmp_path, monkeypatch, files_dir):
    monkeypatch.setattr(
        text_to_image_suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": j, **work(j), "seconds": 1.0} for j in jobs],
    )
    table = text_to_image_suite.run(tmp_path, None, [0], True, 1, files_dir)
    assert (tmp_path / "table.md").read_text() == table + "\n"
    results = json.loads((tmp_path / "results.json").read_text())
    assert len(list(tmp_path.glob("*.png"))) == 2 and len(results["runs"]) == 4
    assert 0.02 < results["systems"]["category"]["name_of_drawing"][0] < 0.5
    assert str(tmp_path) not in json.dumps(results["runs"])
