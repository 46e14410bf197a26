"""Versions that come and go under load: no error, no answer of half a version."""

import numpy as np
import pytest

pytest.importorskip("tensorflow_serving")

from experiments.serving import load
from tfgan_it import recipes


@pytest.mark.slow
def test_versions_come_and_go_under_load(tmp_path):
    other = recipes.infogan((8, 8, 1), width=4, features=8).export(tmp_path / "other")
    rolled = load.roll_over([load.GENERATOR, other], requests=2000, clients=8)
    assert sum(rolled["answers_of_version"].values()) == 2000
    assert min(rolled["answers_of_version"].values()) > 0 and rolled["changes_of_version"] > 1
    assert 0 < rolled["p50_ms"] <= rolled["p99_ms"]


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
    record = {
        "command": "c",
        "versions": {"numpy": np.__version__},
        "protocol": {
            "processor": "p",
            "load_average": [1.5, 2.5],
            "requests": 10,
            "clients": 2,
            "rounds": 7,
            "calls": 5,
        },
        "rollover": {
            "answers_of_version": {"1": 4, "2": 6},
            "changes_of_version": 3,
            "errors": 0,
            "p50_ms": 1.25,
            "p99_ms": 9.5,
            "requests_per_second": 123.4,
        },
        "latencies": [
            {"model": "m", "runtime": "LiteRT", "batch": 64, "p50_ms": 0.5, "p99_ms": 0.75}
        ],
    }
    page = load.page(record)
    assert "4 of version 1, 6 of version 2. p50 1.25 ms, p99 9.5 ms" in page
    assert "| m | 64 | LiteRT | 0.5 | 0.75 |" in page
