"""The suite of edits: which images it compares with, how categories get names, its table."""

import json
import types

import numpy as np
import pytest

from experiments.suites import editing_suite


def test_the_nearest_image_of_the_wanted_class():
    images = np.arange(0, 60, 10, dtype="uint8")[:, None, None, None] * np.ones((1, 2, 2, 1), "u1")
    labels = np.array([0, 1, 0, 1, 0, 1])
    real = np.array([4, 4, 41, 52], "uint8")[:, None, None, None] * np.ones((1, 2, 2, 1), "uint8")
    near = editing_suite.nearest(real, np.array([0, 1, 1, 0]), images, labels)
    # Of class 0 there are 0, 20 and 40, of class 1 there are 10, 30 and 50.
    assert near[:, 0, 0, 0].tolist() == [0, 10, 50, 40]


def test_each_class_has_the_category_that_agrees_most():
    category_of_class = np.array([2, 0, 1])
    labels = np.arange(30) % 3
    categories = category_of_class[labels]
    categories[:4] = 0
    model = types.SimpleNamespace(
        infer_codes=lambda images: {"category_probabilities": np.eye(3)[categories]}
    )
    data = types.SimpleNamespace(train_images=None, train_labels=labels)
    data.train_images = np.zeros((30, 1))
    found = editing_suite.categories_of_classes(model, data)
    assert found.tolist() == category_of_class.tolist()


def test_a_picture_has_each_image_as_each_class(tmp_path):
    labels = np.arange(20) % 10
    real = np.zeros((20, 8, 8, 1), "uint8")
    asked = []

    def edited(classes):
        asked.append(int(classes[0]))
        return real[: len(classes)]

    editing_suite.draw(real, real, edited, labels, tmp_path / "edits.png")
    assert asked == list(range(10)) and (tmp_path / "edits.png").is_file()


def test_table():
    row = {"changed": 0.1, "kept": 1.0, "information_nats": 0.0}
    runs = [
        {"job": {"system": "nearest"}, "rows": {"as they are": row, "nearest": row}},
        *(
            {"job": {"system": "invariant_infogan"}, "rows": {"edited": {**row, "changed": share}}}
            for share in (0.9, 1.0)
        ),
    ]
    assert editing_suite.markdown_table(runs).splitlines()[2:] == [
        "| real images, as they are | 10.0 | 100.0 | 0.000 |",
        "| real images, nearest | 10.0 | 100.0 | 0.000 |",
        "| invariant_infogan, edited | 95.0 ± 7.1 | 100.0 ± 0.0 | 0.000 ± 0.000 |",
    ]


def test_an_unknown_system(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown system 'nearst': .*nearest: nearest"):
        editing_suite.run(tmp_path, ["nearst"], [0], True, 1, None)


@pytest.mark.slow
def test_a_run_leaves_its_record_table_and_pictures(tmp_path, monkeypatch, files_dir):
    monkeypatch.setattr(
        editing_suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": j, **work(j), "seconds": 1.0} for j in jobs],
    )
    table = editing_suite.run(tmp_path, None, [0], True, 1, files_dir)
    assert (tmp_path / "table.md").read_text() == table + "\n"
    results = json.loads((tmp_path / "results.json").read_text())
    nothing = results["runs"][0]["rows"]["as they are"]
    assert nothing["kept"] == 1 and nothing["changed"] < 0.5
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "invariant_infogan-0.png",
        "variational_infogan-0.png",
    }
    assert str(tmp_path) not in json.dumps(results["runs"])
