"""The suite of image to image: its rows, its table, its errors."""

import json
import types
from pathlib import Path

import numpy as np
import pytest

from experiments.suites import jobs, translation_suite, translation_tasks


def test_rows():
    chosen = translation_suite.selected(None)
    assert len(chosen) == 6 + 6 + 3 + 3
    assert translation_suite.selected(["noise/pix2pix", "x4"]) == [
        ("noise", "pix2pix"),
        ("x4", "identity"),
        ("x4", "pix2pix"),
        ("x4", "squared_error"),
    ]
    assert len(translation_suite.selected(["cut"])) == 2
    with pytest.raises(ValueError, match=r"^Unknown task or system 'cutt': .*nearest: cut"):
        translation_suite.selected(["cutt"])


def test_table():
    runs = [{"retrieval_pixels": x, "psnr_db": 20.0, "processor_seconds": 9.0} for x in (0.5, 0.7)]
    summary = {"systems": {"noise/pix2pix": translation_suite.summary_of(runs)}}
    lines = translation_suite.markdown_table(summary).splitlines()
    assert lines[2] == "| noise | pix2pix | 60.0 ± 14.1 |  |  |  |  | 20.00 ± 0.00 |  |  | 9 ± 0 |"


def test_jobs(monkeypatch):
    monkeypatch.setattr(
        translation_suite, "loaded_features", lambda path: types.SimpleNamespace(name=path[0])
    )
    files = {"features": "a.keras", "partner_features": "b.keras"}
    place = Path("results"), "data", files
    job = translation_suite._job("google_to_twitter", "pix2pix", 0, False, *place)
    assert job["hyperparameters"]["decay_steps"] == job["steps"] == 3000
    assert "decay_steps" not in translation_tasks.SYSTEMS["pix2pix"]["hyperparameters"]
    # Names tell the features of two machines apart, and folders do not.
    assert set(files) <= set(jobs.PLACES) and "style_steps" in job
    assert job["feature_names"] == {"features": "a", "partner_features": "b"}
    job = translation_suite._job("noise", "pix2pix", 0, False, *place)
    assert job["hyperparameters"]["lambda_reconstruction"] == 1000 and "style_steps" not in job


@pytest.mark.slow
def test_a_run_leaves_its_record_table_and_pictures(tmp_path, monkeypatch, files_dir):
    monkeypatch.setattr(
        translation_suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": j, **work(j), "seconds": 1.0} for j in jobs],
    )
    names = ["google_to_twitter", "noise/pix2pix", "noise/squared_error"]
    table = translation_suite.run(tmp_path, names, [0], True, 1, files_dir)
    assert (tmp_path / "table.md").read_text() == table + "\n"
    results = json.loads((tmp_path / "results.json").read_text())
    assert len(list(tmp_path.glob("*.png"))) == len(results["runs"]) == 8
    rows = results["systems"]
    assert 0.3 < rows["google_to_twitter/identity"]["retrieval_pixels"][0] < 0.5
    assert np.isfinite(rows["noise/pix2pix"]["psnr_db"]).all()
