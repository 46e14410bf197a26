"""The suite of videos: whether a shape is held, its tables, its errors."""

import json

import numpy as np
import pytest

from experiments.suites import video_suite
from tfgan_it.datasets import MovingSprites


def test_a_shape_is_held_in_the_frames_that_show_it():
    shapes = np.array([[0, 0, 0, 0], [1, 1, 2, 0]])  # All frames, and two of four.
    videos = shapes[..., None, None, None]
    held = video_suite.shape_held(lambda frames: np.eye(3)[frames[:, 0, 0, 0]], videos)
    assert held == pytest.approx(0.75)


def test_tables():
    factors = dict.fromkeys(MovingSprites.factor_names, 0.5)
    scores = {"shape_held": 0.9, "frechet_distance": 2.0}
    nats = {"information_nats_content": 1.0, "information_nats_motion": 1.5}
    told = {"code_factor_nats": {"content": factors, "motion": factors}}
    records = [
        {
            "job": {"system": "video_gan", "seed": 0},
            "best": {"step": 450, **scores, **nats, **told},
            "last": {"step": 600, **scores, **nats, **told},
        },
        {
            "job": {"system": "real_videos", "seed": 0},
            "real": {**scores, "reader_accuracy": factors},
        },
    ]
    first, second = video_suite.markdown_table(records).split("\n\n")
    assert first.splitlines()[2:] == [
        "| real videos |  |  | 90.0 | 2.00 |",
        "| video_gan, seed 0, best step: 450 | 1.000 | 1.500 | 90.0 | 2.00 |",
        "| video_gan, seed 0, last step: 600 | 1.000 | 1.500 | 90.0 | 2.00 |",
    ]
    titles = [line.split(" | ")[0] for line in second.splitlines()[2:]]
    assert titles == [
        "| read correctly, %",
        *(
            f"| video_gan, {code}, {which} step"
            for which in ("best", "last")
            for code in ("content", "motion")
        ),
    ]


def test_an_unknown_system(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown system 'videogan': .*nearest: video_gan"):
        video_suite.run(tmp_path, ["videogan"], [0], True, 1)


@pytest.mark.slow
def test_a_run_leaves_its_record_tables_and_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(
        video_suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": j, **work(j), "seconds": 1.0} for j in jobs],
    )
    table = video_suite.run(tmp_path, None, [0], True, 1)
    assert (tmp_path / "table.md").read_text() == table + "\n"
    names = {path.name for path in tmp_path.glob("*.png")}
    assert names == {
        f"{code}-{system}-0-{step}.png"
        for step in ("best", "last")
        for code in ("content", "motion")
        for system in video_suite.SYSTEMS
    }
    results = json.loads((tmp_path / "results.json").read_text())
    assert len(results["runs"]) == 3 and str(tmp_path) not in json.dumps(results["runs"])
