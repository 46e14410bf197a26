"""A run on waveforms of an archive: drawn, heard, measured and exported as sounds."""

import json

import numpy as np
import pytest

from support.run_files import one_line, records
from support.spoken_tones import archive_of, names_of
from tfgan_it.datasets import read_wav

SMALL = ["--recipe=wave_gan", "--set=width=2", "--set=discriminator_steps=1", "--batch_size=8"]


@pytest.fixture
def flags(tmp_path):
    archive_of(tmp_path, names_of(range(3), range(12), ("ann", "bob")))
    return [*SMALL, "--dataset=spoken_digit_waves", f"--files_dir={tmp_path}", "--steps=2"]


@pytest.mark.slow
def test_sounds_from_an_archive_to_an_export(train, sample, flags, tmp_path):
    folders = [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}"]
    measures = ["--metrics=frechet_distance_oas", "--feature_steps=2", "--monitor_every=2"]
    ended = train(*flags, *folders, *measures, "--condition=label")
    assert ended.status in (0, None), ended.err
    (run,) = (tmp_path / "runs").iterdir()
    heard, rate = read_wav(run / "samples" / "samples-000002.wav")
    assert rate == 8000 and len(heard) == 3 * 10 * 8192 + (3 * 10 - 1) * 2000
    (quality,) = [each["sample_quality"] for each in records(run) if "sample_quality" in each]
    assert np.isfinite(quality["generated"]["frechet_distance_oas"])
    (information,) = [each["information"] for each in records(run) if "information" in each]
    assert {"asked_class_accuracy", "label_information"} <= set(information["generated"])
    assert (run / "report.html").is_file()
    (export,) = (tmp_path / "exports").iterdir()
    described = json.loads((export / "1" / "assets.extra" / "tfgan_it.json").read_text())
    assert described["rate"] == 8000
    heard = []
    for model, folder in ((run, tmp_path / "a"), (export, tmp_path / "b")):
        drawn = sample(f"--model={model}", "--seeds=3,4", "--condition=1,2", f"--out={folder}")
        assert drawn.status in (0, None), drawn.err
        assert (folder / "grid.png").is_file()
        files = sorted(path.name for path in (folder / "sounds").iterdir())
        assert files == ["1-3.wav", "1-4.wav", "2-3.wav", "2-4.wav"]
        heard.append([read_wav(folder / "sounds" / name)[0] for name in files])
    np.testing.assert_allclose(heard[0], heard[1], atol=1e-4)


def test_a_mistake_is_one_line_and_no_run(train, flags, tmp_path):
    runs = tmp_path / "runs"
    ended = train(*SMALL, f"--run_dir={runs}")
    assert one_line(ended).startswith("Waveforms must have a shape (length, channels), got (8, 8")
    ended = train(*flags, f"--run_dir={runs}", "--metrics=coverage", "--features=self_supervised")
    assert "--features=self_supervised are of images" in one_line(ended)
    assert not runs.exists()
