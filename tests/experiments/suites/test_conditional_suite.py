"""The suite of conditional generators: its records, its table, its errors."""

import json

import numpy as np
import pytest

from experiments.suites import conditional_suite

TINY = {
    "SYSTEMS": {
        "conditional_gan": {"steps": 100, "batch_size": 16, "hyperparameters": {"width": 2}},
    },
    "ASKED_SAMPLES": 1000,
    "TRAINING_SAMPLES": 5000,
    "RULER_STEPS": 2000,
    "SCORE_STEPS": 2000,
}


def record(seed, asked):
    return {
        "job": {"recipe": "acgan", "seed": seed},
        "asked_class_accuracy": asked,
        "information_nats": 2.2,
        "classification_accuracy_score": 0.9,
        "training_seconds": 10.0,
        "processor_seconds": 20.0,
        "ruler_accuracy": 0.99,
        "accuracy_after_real_samples": 0.98,
    }


def test_table():
    runs = [record(0, 0.97), record(1, 0.99)]
    summary = {"systems": {"acgan": conditional_suite.summary_of(runs)}, "runs": runs}
    lines = conditional_suite.markdown_table(summary).splitlines()
    assert lines[2] == "| acgan | 98.00 ± 1.41 | 2.2000 ± 0.0000 | 90.00 ± 0.00 | 10 ± 0 | 20 ± 0 |"
    assert lines[3] == "| real images | 99.00 |  | 98.00 |  |  |"


def test_an_unknown_system(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown system 'acgann': use one of .*acgan\)\.$"):
        conditional_suite.run(tmp_path, ["acgann"], [0], True, 1, "digits", None)


def test_data_without_labels(tmp_path):
    images = np.zeros((20, 8, 8, 1), "uint8")
    np.savez(tmp_path / "plain.npz", x_train=images, x_test=images)
    with pytest.raises(ValueError, match=r"plain.npz has no labels"):
        conditional_suite.labelled_dataset(str(tmp_path / "plain.npz"), None)


@pytest.mark.slow
def test_a_run_leaves_its_record_table_and_grid(tmp_path, monkeypatch):
    for name, value in TINY.items():
        monkeypatch.setattr(conditional_suite, name, value)
    monkeypatch.setattr(
        conditional_suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": j, **work(j), "seconds": 1.0} for j in jobs],
    )
    table = conditional_suite.run(tmp_path, None, [0], True, 1, "digits", None)
    assert {p.name for p in tmp_path.iterdir()} == {
        "results.json",
        "table.md",
        "conditional_gan-0.png",
    }
    assert (tmp_path / "table.md").read_text() == table + "\n"
    results = json.loads((tmp_path / "results.json").read_text())
    (run,) = results["runs"]
    assert run["information_nats"] <= np.log(10)
    assert 0 <= run["asked_class_accuracy"] <= 1
    assert 0 <= run["classification_accuracy_score"] <= 1
    assert results["protocol"]["seeds"] == [0]
