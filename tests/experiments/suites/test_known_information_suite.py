import json
import math

import numpy as np
import pytest
from PIL import Image

from experiments.suites import known_information_suite as suite
from tfgan_it.datasets.discrete_tasks import table
from tfgan_it.datasets.information_collection import development_tasks
from tfgan_it.datasets.information_collection import test_tasks as tasks_to_test
from tfgan_it.datasets.information_tasks import gaussian

PAIR = gaussian("pair", [[1, 0.6], [0.6, 1]], 1)
WIDE = gaussian("wide", np.kron([[1, 0.6], [0.6, 1]], np.eye(2)), 2)
CELLS = table("cells", [[0.4, 0.1], [0.1, 0.4]])


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Three tasks in the place of eighty, and jobs in this process."""
    monkeypatch.setattr(
        suite, "SIDES", {"development": lambda: (PAIR,), "test": lambda: (WIDE, CELLS)}
    )
    monkeypatch.setattr(suite.keras.backend, "clear_session", lambda: None)
    monkeypatch.setattr(
        suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": job, **work(job)} for job in jobs],
    )


def estimate(task, name, n=300):
    job = {"estimator": name, "n": n, "seed": 1, "settings": {}}
    return suite.estimated(task, job)


def test_the_one_call_says_how_sure_it_is_and_others_their_number():
    found = estimate(PAIR, suite.ONE_CALL)
    assert found["low"] < found["nats"] < found["high"] and "copula" in found["by"]
    assert set(estimate(PAIR, "KSG")) == {"nats", "seconds"}
    assert estimate(PAIR, "KSG")["nats"] == pytest.approx(PAIR.mutual_information, abs=0.1)


@pytest.mark.parametrize(
    ("task", "name", "applies"),
    [
        (WIDE, "histogram", False),
        (CELLS, "histogram", True),
        (CELLS, "KSG", False),
        (CELLS, "MixtureKSG", True),
        (WIDE, "CCA of scores", True),
    ],
)
def test_estimators_are_asked_what_they_take(task, name, applies):
    assert (estimate(task, name) is not None) == applies


def test_jobs_are_of_every_size_for_the_one_call_alone():
    found = suite.jobs([3, 4], quick=False)
    sizes = {
        name: {job["n"] for job in found if job["estimator"] == name}
        for name in (suite.ONE_CALL, "KSG", "smile")
    }
    assert sizes == {suite.ONE_CALL: set(suite.SIZES), "KSG": {suite.N}, "smile": {suite.N}}
    assert {job["seed"] for job in found if job["estimator"] == "smile"} == {3}
    assert {job["seed"] for job in found if job["estimator"] == "KSG"} == {3, 4}
    assert {tuple(job["tasks"]) for job in found} == {("pair",), ("wide", "cells")}


def test_scores():
    def record(nats, low, high):
        job = {"estimator": "one call", "side": "test", "n": 10}
        rest = {"low": low, "high": high, "seconds": 1.5}
        return {"job": job, "estimates": {"a": {"nats": nats, **rest}, "b": None}}

    records = [record(1.01, 0.9, 1.1), record(1.2, 1.1, 1.3), record(0.97, 0.9, 0.99)]
    found = suite.scores_of(records, "test", {"a": 1.0, "b": 2.0})
    assert found == {
        "one call, n = 10": {
            "tasks": 1,
            "median_absolute_error": 0.03,
            "within_0.05": round(2 / 3, 4),
            "most_seconds": 1.5,
            "coverage": round(1 / 3, 4),
        }
    }
    assert suite.scores_of(records, "development", {"a": 1.0}) == {}
    errors = suite.mean_errors(records, "test", 10, {"a": 1.0, "b": 2.0})
    assert errors == {"one call": {"a": pytest.approx(0.06), "b": None}}


def test_a_quick_suite_leaves_numbers_tables_and_pictures(tmp_path, monkeypatch):
    out = tmp_path / "out"
    job = {"estimator": "another library", "side": "test", "n": 300, "seed": 0}
    peers = {"records": [{"job": job, "estimates": {"wide": {"nats": 0.4}, "cells": None}}]}
    (tmp_path / "peers.json").write_text(json.dumps({**peers, "versions": {"another": "1.0"}}))
    monkeypatch.setattr(suite, "PEERS", tmp_path / "peers.json")
    written = suite.run(out, ["one call", "KSG", "histogram"], [0], True, 1)
    assert {path.name for path in out.iterdir()} == {
        "development.png",
        "results.json",
        "table.md",
        "test.png",
    }
    assert (out / "table.md").read_text() == written + "\n"
    lines = written.splitlines()
    [line] = [line for line in lines if line.startswith("| another library, n = 300 ")]
    error = abs(0.4 - WIDE.mutual_information)
    assert line.split(" | ")[1:3] == ["1", f"{error:.3f}"]
    found = json.loads((out / "results.json").read_text())
    assert found["truths"]["test"]["wide"] == pytest.approx(-math.log(0.64))
    assert found["protocol"]["quick"] is True and "command" in found
    assert found["protocol"]["versions of other libraries"] == {"another": "1.0"}
    with Image.open(out / "test.png") as picture:
        assert min(picture.size) > 300


def test_unknown_names(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown estimator 'ksg': .*nearest: KSG"):
        suite.run(tmp_path, ["ksg"], [0], True, 1)


def test_other_libraries_are_on_record_for_each_task():
    record = json.loads(suite.PEERS.read_text())
    assert {"ennemi", "infomeasure", "npeet-plus", "scikit-learn"} <= set(record["versions"])
    names = {task.name for task in (*development_tasks(), *tasks_to_test())}
    for one in record["records"]:
        assert set(one["estimates"]) <= names and one["job"]["n"] == suite.N
