"""The suite of waveforms: what is heard, its table, its errors."""

import json

import numpy as np
import pytest

from experiments.suites import waveform_suite


def test_what_is_heard_is_compared_with_what_was_asked_for():
    asked = np.arange(2000) % 10
    heard = np.where(asked < 5, asked, asked - 5)  # 5 to 9 are heard as 0 to 4.
    scores = waveform_suite.heard_digits(lambda sounds: np.eye(10)[sounds], heard, asked)
    assert scores["asked_class_accuracy"] == 0.5
    # ln 5 of ln 10, less 4 * 9 / 2n of the correction, more what the two margins correct.
    assert scores["information_nats"] == pytest.approx(np.log(5), abs=0.01)
    assert scores["digits_heard"] == [400] * 5 + [0] * 5


def test_table():
    real = {"asked_class_accuracy": 0.9, "information_nats": 2.0, "frechet_distance": 1.0}
    runs = [
        {"job": {"system": "real_sounds"}, "real": {**real, "root_mean_square": 0.1}},
        *(
            {
                "job": {"system": "codes"},
                "best": {"step": 300, "information_nats": nats},
                "last": {"step": 600, "information_nats": nats / 2},
            }
            for nats in (1.0, 1.2)
        ),
    ]
    assert waveform_suite.markdown_table(runs).splitlines()[2:] == [
        "| real sounds | 90.0 | 2.000 | 1.00 | 0.100 |",
        "| wave_gan, codes, best step: 300 |  | 1.100 ± 0.141 |  |  |",
        "| wave_gan, codes, last step: 600 |  | 0.550 ± 0.071 |  |  |",
    ]


def test_a_picture_has_a_column_for_each_digit_and_a_sound_of_each(tmp_path):
    samples = np.random.default_rng(0).uniform(-1, 1, (60, 1024, 1)).astype("float32")
    waveform_suite.draw(samples, 8000, tmp_path / "labels-0.png", "last")
    assert {path.name for path in tmp_path.iterdir()} == {"labels-0-last.png", "labels-0-last.wav"}


def test_an_unknown_system(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown system 'code': .*nearest: codes"):
        waveform_suite.run(tmp_path, ["code"], [0], True, 1, None)


@pytest.mark.slow
def test_a_run_leaves_its_record_table_pictures_and_sounds(tmp_path, monkeypatch, files_dir):
    monkeypatch.setattr(
        waveform_suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": j, **work(j), "seconds": 1.0} for j in jobs],
    )
    table = waveform_suite.run(tmp_path, None, [0], True, 1, files_dir)
    assert (tmp_path / "table.md").read_text() == table + "\n"
    results = json.loads((tmp_path / "results.json").read_text())
    assert len(list(tmp_path.glob("*.wav"))) == 5 and len(results["runs"]) == 3
    assert "asked_class_accuracy" not in results["runs"][2]["last"]
    assert str(tmp_path) not in json.dumps(results["runs"])
