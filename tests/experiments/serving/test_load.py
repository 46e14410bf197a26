"""Versions that come and go under load: no error, no answer of half a version."""

import numpy as np
import pytest

pytest.importorskip("tensorflow_serving")

from experiments.serving import load, rolling
from tfgan_it import recipes


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    model = recipes.infogan((8, 8, 1), width=4, features=8)
    return model.export(tmp_path_factory.mktemp("other"), signatures=["sample"])


@pytest.mark.slow
@pytest.mark.parametrize(("way", "changes"), [("label", 6), ("folder", 2)])
def test_versions_are_rolled_over_and_back_under_load(other, way, changes):
    rolled = load.roll_over([load.GENERATOR, other], way, 200, clients=4, changes=changes)
    assert sum(rolled["answers_of_version"].values()) == rolled["requests"] >= 200
    assert min(rolled["answers_of_version"].values()) > 0 and rolled["changes"] >= changes
    assert 0 < rolled["p50_ms"] <= rolled["p99_ms"]


@pytest.mark.slow
def test_an_answer_of_another_version_than_it_says_is_seen(other, monkeypatch):
    images = rolling._images
    swapped = {load.GENERATOR: other, other: load.GENERATOR}
    monkeypatch.setattr(rolling, "_images", lambda export: images(swapped[export]))
    with pytest.raises(AssertionError, match="from the image of version"):
        rolling.roll_over([load.GENERATOR, other], "label", 20, clients=1, changes=1)


@pytest.mark.slow
def test_runtimes_agree_and_are_compared(tmp_path):
    for package in ("onnxruntime", "tf2onnx", "ai_edge_litert"):
        pytest.importorskip(package)
    rows = load.compare(load.runtimes(load.GENERATOR, tmp_path), rounds=3, requests=5)
    assert {(row["runtime"], row["batch"]) for row in rows} == {
        (name, batch) for name in ("C++ loader", "onnxruntime", "LiteRT") for batch in (1, 64)
    }
    assert all(0 < row["p50_ms"] <= row["p99_ms"] for row in rows)


def test_the_page_tells_the_record():
    protocol = {
        "command": "c",
        "processor": "p",
        "load_average": [1.5, 2.5],
        "versions": {"numpy": np.__version__},
    }
    row = {"model": "m", "runtime": "LiteRT", "batch": 64, "p50_ms": 0.5, "p99_ms": 0.75}
    record = {
        "label": protocol
        | {
            "clients": 2,
            "requests": 10,
            "changes": 3,
            "answers_of_version": {"1": 4, "2": 6},
            "p50_ms": 1.25,
            "p99_ms": 9.5,
            "requests_per_second": 123.4,
        },
        "runtimes": protocol | {"rounds": 7, "calls": 5, "latencies": [row]},
    }
    page = load.page(record)
    assert "| label | 2 | 10 | 3 | 4 + 6 | 1.25 | 9.5 | 123 |" in page
    assert "| m | 64 | LiteRT | 0.5 | 0.75 |" in page
    assert "folder |" not in page and "| runtimes | `c` | p; numpy" in page
