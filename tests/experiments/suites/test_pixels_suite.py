"""The suite of information in images: its rows, table, picture and errors."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from experiments.suites import pixels_data, pixels_suite
from tfgan_it import datasets


def test_rows():
    assert pixels_suite.selected(["mnist"]) == [
        ("mnist", name) for name in ("encoders", "told classes", "info_nce", "smile")
    ]
    with pytest.raises(ValueError, match=r"^Unknown task or estimator 'encoder': .*nearest: enc"):
        pixels_suite.selected(["encoder"])


def record(nats, estimates, **more):
    job = {"task": "mnist", "estimator": "encoders", "nats": nats, "seed": 0}
    return {"job": job, "truth": nats, "estimates": estimates, **more}


def test_scores_table_and_picture(tmp_path):
    records = [
        record(1.4, [1.3, 1.5], intervals=[[1.2, 1.4], [1.45, 1.6]]),
        record(1.4, [1.6], intervals=[[1.5, 1.7]]),
        record(6.9, [6.0]),
    ]
    found = pixels_suite.summary_of(records)["mnist/encoders"]
    assert found["1.4"]["absolute_error"] == pytest.approx(0.4 / 3)
    assert found["1.4"]["coverage"] == pytest.approx(1 / 3) and found["1.4"]["n"] == 3
    assert found["6.9"]["deviation"] == 0.0 and "coverage" not in found["6.9"]
    systems = {"mnist/encoders": found, "mnist/smile": {"1.4": found["1.4"]}}
    lines = pixels_suite.markdown_table({"systems": systems}).splitlines()
    assert lines[0] == "| pictures | estimator | 1.4 nats | 6.9 nats | mean error |"
    assert lines[2] == "| mnist | encoders | 1.47 ± 0.15 | 6.00 ± 0.00 | 0.517 |"
    assert lines[3] == "| mnist | smile | 1.47 ± 0.15 |  | 0.133 |"
    pixels_suite.errors_picture(systems, tmp_path / "errors.png")
    with Image.open(tmp_path / "errors.png") as picture:
        assert min(picture.size) > 300


def test_pictures_of_an_archive(tmp_path):
    folder = tmp_path / "cifar10_jpeg"
    folder.mkdir()
    with tarfile.open(folder / "cifar10-jpeg.tar.xz", "w:xz") as files:
        for part, name, level in (("train", "cat", 9), ("train", "ant", 250), ("test", "cat", 99)):
            content = io.BytesIO()
            Image.new("RGB", (32, 32), (level,) * 3).save(content, "JPEG")
            member = tarfile.TarInfo(f"cifar10-jpeg/{part}/{name}/0001.jpg")
            member.size = content.tell()
            content.seek(0)
            files.addfile(member, content)
    data = pixels_data.cifar10_jpeg(str(tmp_path), 16)
    assert data.class_names == ("ant", "cat") and data.train_labels.tolist() == [1, 0]
    assert data.train_images.shape == (2, 16, 16, 3) and data.test_labels.tolist() == [1]
    np.testing.assert_allclose(data.train_images.mean((1, 2, 3)), [9, 250], atol=2)


def test_what_is_hidden_is_misread(monkeypatch):
    """Black on white is read; where a white background is the brighter, half of all is not."""
    pictures = np.zeros((40, 16, 16, 1), "uint8")
    pictures[::2, :8], pictures[1::2, 8:] = 200, 200
    data = datasets.ImageDataset("halves", pictures, pictures, np.arange(40) % 2, np.arange(40) % 2)
    white = np.full((1, 64, 64, 1), 255, "uint8")
    behind = datasets.ImageDataset("white", white, white, np.zeros(1, int), np.zeros(1, int))
    loads = {"mnist": data, pixels_data.BACKGROUND: behind}
    monkeypatch.setattr(pixels_data, "loaded", lambda name, *_: loads[name])
    monkeypatch.setattr(pixels_data, "READ", 400)
    pixels_data.misread.cache_clear()
    options = {"side": 0, "steps": 40, "seed": 0}
    assert pixels_data.misread("mnist", None, **options) == 0
    assert pixels_data.misread("mnist_nuisance_1.0", None, **options) == 0.5
    pixels_data.misread.cache_clear()


@pytest.mark.slow
def test_a_run_leaves_its_record(tmp_path, monkeypatch):
    digits = datasets.load("digits", image_size=8)
    monkeypatch.setattr(pixels_data, "loaded", lambda *_: digits)
    monkeypatch.setattr(pixels_data, "SOURCES", 4)
    monkeypatch.setattr(pixels_suite, "LEVELS", (0.7, 1.4))
    monkeypatch.setattr(
        pixels_suite,
        "completed",
        lambda jobs, work, path, workers: [{"job": j, **work(j), "seconds": 1.0} for j in jobs],
    )
    table = pixels_suite.run(tmp_path, ["mnist"], [0, 1], True, 1, "raw")
    assert (tmp_path / "table.md").read_text() == table + "\n"
    results = json.loads((tmp_path / "results.json").read_text())
    assert [run["job"]["estimator"] for run in results["runs"]] == [
        *("encoders", "encoders", "told classes", "info_nce", "smile")
    ]
    assert len(results["runs"][0]["estimates"]) == 2 and "raw" not in json.dumps(results["runs"])
    [told] = results["runs"][2]["estimates"]
    assert told <= results["runs"][2]["truth"]
    assert (tmp_path / "errors.png").is_file()
