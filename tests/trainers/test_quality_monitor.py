"""Sample quality while a run trains: records, the best checkpoint, the end at a plateau."""

import json
import shutil

import pytest

from support.run_files import model_of, one_line, options, summary
from support.small_models import assert_same_state
from tfgan_it import callbacks, datasets, metrics
from trainers.quality_monitor import feature_choice, run_features
from trainers.run_directory import RunDirectory
from trainers.sample_features import features_width

QUALITY = [
    "--metrics=frechet_distance,coverage",
    "--metrics_every=2",
    "--metrics_samples=100",
    "--features=pixels",
    "--keep_best=-frechet_distance",
]
RUN = "00000-dcgan-digits"


def records_of(run):
    return [record for record in callbacks.read_records(run) if "sample_quality" in record]


@pytest.fixture(scope="module")
def measured(start, tmp_path_factory):
    """A run whose samples are measured twice."""
    root = tmp_path_factory.mktemp("measured")
    ended = start(root, "--steps=4", *QUALITY, recipe="dcgan")
    assert ended.status == 0, ended.err
    return ended, root / "runs" / RUN


@pytest.mark.slow
def test_records_lines_and_summary(measured):
    ended, run = measured
    records = records_of(run)
    assert [record["step"] for record in records] == [2, 4]
    protocol = {"split": "test", "features": "pixels", "n": 100, "n_real": 100, "seed": 0}
    assert records[0]["protocol"] == {**protocol, "networks": "averaged"}
    found = records[0]["sample_quality"]
    assert set(found["generated"]) == {
        name + suffix for name in ("frechet_distance", "coverage") for suffix in ("", "_error")
    }
    assert found["generated"]["frechet_distance"] > 2 * found["real"]["frechet_distance"]
    lines = [line for line in ended.out.splitlines() if line.startswith("sample quality at step")]
    assert len(lines) == 2
    assert summary(run)["sample_quality"] == records[-1]
    assert options(run)["metrics"] == ["frechet_distance", "coverage"]


@pytest.mark.slow
def test_the_best_checkpoint_is_that_of_the_least_distance(measured):
    _, run = measured
    values = [r["sample_quality"]["generated"]["frechet_distance"] for r in records_of(run)]
    best = json.loads((run / "checkpoints" / "best" / "best.json").read_text())
    assert (best["quantity"], best["value"]) == ("frechet_distance", min(values))
    assert best["step"] == 2 + 2 * values.index(min(values))


@pytest.mark.slow
def test_a_run_at_a_plateau_ends_there_also_if_it_was_killed(start, train, tmp_path, monkeypatch):
    # The first value stays the best.
    values = iter([1.0, 2.0, 3.0, 4.0, 5.0])
    compare = metrics.SampleComparison.__call__

    def worse(self, generated):
        scores = compare(self, generated)
        found = metrics.Measurement("frechet_distance", next(values), 0.1, 100, floor=0.5)
        return {**scores, "frechet_distance": found}

    monkeypatch.setattr(metrics.SampleComparison, "__call__", worse)
    arguments = [*QUALITY, "--steps=9", "--patience=2", "--sample_every=5", "--save_every=3"]
    ended = start(tmp_path, *arguments, recipe="dcgan")
    assert ended.status == 0, ended.err
    run = tmp_path / "runs" / RUN
    line = "stopped at step 6: frechet_distance has not improved by more than its standard error"
    assert line in ended.out
    assert summary(run)["steps"] == 6 and summary(run)["last"]["step"] == 6
    assert [record["step"] for record in records_of(run)] == [2, 4, 6]
    # Killed behind its last checkpoint, or before: the same records.
    expected = [r for r in callbacks.read_records(run) if "images_per_second" not in r]
    killed = shutil.copytree(run, tmp_path / "killed")
    (killed / "summary.json").unlink()
    callbacks.write_records(killed, callbacks.read_records(killed)[:-1])
    exports = f"--export_dir={tmp_path / 'other'}"
    assert train(f"--resume={killed}", exports).status == 0
    callbacks.checkpoints(killed / "checkpoints")[0].unlink()
    values = iter([2.0, 3.0])
    assert train(f"--resume={killed}", exports).status == 0
    found = [r for r in callbacks.read_records(killed) if "images_per_second" not in r]
    assert found == expected
    assert_same_state(model_of(killed), model_of(run))


@pytest.mark.slow
def test_the_network_of_a_run_stays_with_it(start, train, features, tmp_path):
    file = tmp_path / "noise_cnn.keras"
    ended = features("digits", "--kind=random", f"--out={file}")
    assert ended.status == 0, ended.err
    name = ended.out.splitlines()[0]
    assert name.startswith("digits_random_cnn-")
    flags = [*QUALITY[:3], f"--features={file}", "--metrics_samples=200"]
    ended = start(tmp_path, *flags, "--steps=2", recipe="dcgan")
    assert ended.status == 0, ended.err
    run = tmp_path / "runs" / RUN
    expected = name.replace("digits_random_cnn", "noise_cnn")
    assert records_of(run)[0]["protocol"]["features"] == expected
    file.unlink()
    data = datasets.load("digits")
    assert run_features(data, {"features": str(file)}, RunDirectory(run)).name == expected


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--metrics=fid"], "Unknown measure 'fid'"),
        (["--metrics=coverage", "--features=inception"], "Unknown features 'inception'"),
        (["--metrics=coverage", "--features=gone.keras"], "No features in gone.keras"),
        (["--metrics=coverage", "--keep_best=-frechet_distance"], "nearest: "),
        (
            ["--metrics=frechet_distance", "--metrics_samples=100"],
            "real has 100 samples, too few for a covariance of 128 features",
        ),
        (["--metrics=coverage", "--patience=3"], "--patience=3 waits for the measure"),
        (["--patience=3", "--keep_best=js_nats"], "must be one of --metrics, got 'js_nats'"),
        (
            ["--metrics=coverage", "--features=random", "--dataset=ring"],
            "--features=random are of images: use --features=pixels",
        ),
    ],
)
def test_a_mistake_is_one_line_and_no_run(start, tmp_path, no_training, arguments, line):
    assert line in one_line(start(tmp_path, *arguments, recipe="dcgan"))
    assert not no_training.calls and not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("dataset", "labels", "choice"),
    [
        ("digits", True, "supervised"),
        ("digits", False, "self_supervised"),
        ("ring", True, "pixels"),
    ],
)
def test_features_by_default(dataset, labels, choice):
    data = datasets.load(dataset)
    if not labels:
        data = datasets.ImageDataset("digits", data.train_images, data.test_images)
    assert feature_choice({"features": None}, data) == choice
    if not labels:
        with pytest.raises(ValueError, match="has no labels; use self_supervised"):
            feature_choice({"features": "supervised"}, data)


def test_the_width_of_features_before_they_are_trained(tmp_path):
    images = datasets.load("digits").train_images[:20]
    network = metrics.FeatureNetwork(steps=0).fit(images)
    assert features_width("random", images.shape[1:]) == network(images).shape[1]
    network.save(tmp_path / "cnn.keras")
    assert features_width(str(tmp_path / "cnn.keras"), images.shape[1:]) == 128
    assert features_width("pixels", images.shape[1:]) == metrics.Pixels()(images).shape[1]
    assert features_width("inception_2015=FILE", images.shape[1:]) == 2048
