import json

import numpy as np
import pytest
from PIL import Image

from tfgan_it import datasets, metrics
from tfgan_it.datasets.archives import write_npz
from trainers.measurement import table
from trainers.run_directory import load_model
from trainers.sample_sources import CachedFeatures, sample_source


def test_measures_a_run_against_the_test_split(measure, vivid, tmp_path):
    options = ["--samples=100", "--features=pixels", f"--out={tmp_path / 'measures.json'}"]
    options += [f"--picture={tmp_path / 'nearest.png'}"]
    ended = measure(vivid, "digits", *options)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == f"100 samples of {vivid}, seed 0"
    assert lines[1] == "against 100 of the test split of digits, features pixels"
    record = json.loads((tmp_path / "measures.json").read_text())
    assert record["measures"]["coverage"]["n"] == 100
    assert [line.split()[0] for line in lines[3:]] == list(record["measures"])
    assert record["measures"]["mind"]["name"] == "mind[pixels]"
    assert record["command"].startswith("python -m trainers.measure")
    with Image.open(tmp_path / "nearest.png") as picture:
        assert picture.size[0] > picture.size[1] // 2


def test_images_of_another_program_with_trained_and_cached_features(measure, tmp_path):
    images = datasets.load("digits").train_images[:40]
    folder = tmp_path / "their_samples"
    folder.mkdir()
    for index, image in enumerate(images):
        Image.fromarray(image[..., 0]).save(folder / f"{index:03d}.png")
    options = ["--samples=30", "--feature_steps=2", f"--cache_dir={tmp_path / 'cache'}"]
    options += [f"--out={tmp_path / 'measures.json'}"]
    ended = measure(folder, "digits", *options)
    assert ended.status == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].startswith("training supervised features of digits, 2 steps; --features=FILE")
    needed = "frechet_distance: real has 30 samples, too few for a covariance of 128 features: give"
    assert lines[-1].startswith(f"left out: {needed} at least 129, or")
    record = json.loads((tmp_path / "measures.json").read_text())
    assert record["left_out"].keys() >= {"frechet_distance"}
    assert record["measures"]["mind"]["n_floor"] == 30
    # Those of the test, the generated and the training samples.
    assert len(list((tmp_path / "cache").iterdir())) == 3


@pytest.mark.parametrize("features", ["supervised", "pixels"])
def test_too_few_samples_of_a_named_measure_are_refused_before_features_are_trained(
    measure, monkeypatch, features
):
    monkeypatch.setattr(metrics.FeatureNetwork, "fit", None)
    options = ["--samples=30", f"--features={features}", "--metrics=coverage,frechet_distance"]
    ended = measure("digits", "digits", *options)
    assert ended.status == 2 and not ended.out
    assert ended.err.startswith("error: frechet_distance: real has 30 samples, too few")
    assert ended.err.endswith("which is the measure frechet_distance_oas.\n")
    options[-1] = "--metrics=frechet_distance_oas"
    if features == "pixels":
        assert "\nfrechet_distance_oas " in measure("digits", "digits", *options).out


@pytest.mark.parametrize("named", [[], ["--metrics=frechet_distance,coverage"]])
def test_a_small_training_split_gives_no_floor_and_one_line_says_why(measure, tmp_path, named):
    images = datasets.load("digits").test_images
    for part, count in (("train", 50), ("test", 100)):
        (tmp_path / "data" / part).mkdir(parents=True)
        for index, image in enumerate(images[:count]):
            Image.fromarray(image[..., 0]).save(tmp_path / "data" / part / f"{index:03d}.png")
    options = [f"--out={tmp_path / 'measures.json'}", "--features=pixels", "--samples=100"]
    ended = measure("digits", tmp_path / "data", *options, *named)
    assert (ended.status, ended.err) == (0, "")
    wanted = "without floor: frechet_distance: training has 50 samples, too few for a covariance of"
    assert ended.out.splitlines()[-1].startswith(wanted)
    record = json.loads((tmp_path / "measures.json").read_text())
    assert record["measures"]["frechet_distance"].get("floor") is None
    assert record["measures"]["frechet_distance"]["value"] > 0
    assert record["measures"]["coverage"]["n_floor"] == 50
    assert list(record["without_floor"]) == ["frechet_distance"]


def test_a_row_of_a_smaller_floor_and_of_one_that_may_be_0():
    measured = {
        "mind": metrics.Measurement("mind", 3.0, 0.5, 100, 100, floor=1.5, n_floor=70),
        "kernel_distance": metrics.Measurement("kernel_distance", 3.0, 0.5, 9, 9, floor=-0.1),
        "data_copying": metrics.Measurement("data_copying", -1.0, None, 9, 9),
    }
    rows = [line.split() for line in table(measured).splitlines()[1:]]
    assert rows == [
        ["mind", "3", "0.5", "1.5", "(n=70)", "2"],
        ["kernel_distance", "3", "0.5", "-0.1", "-"],
        ["data_copying", "-1"],
    ]


def test_sources_of_samples(vivid):
    generated = sample_source(str(vivid), 5, seed=3)
    assert generated.samples.shape[0] == 5 and generated.training is None
    real = sample_source("digits", 7, test=True)
    test_images = datasets.load("digits").test_images
    assert all((test_images == image).all(axis=(1, 2, 3)).any() for image in real.samples)
    assert len(real.training) == 1437


def test_cached_features_are_those_of_the_content(tmp_path):
    calls = []

    class Counted(metrics.Pixels):
        def __call__(self, samples):
            calls.append(len(samples))
            return super().__call__(samples)

    features = CachedFeatures(Counted(), tmp_path)
    images = np.zeros((2, 2, 2, 1), "uint8")
    first = features(images)
    np.testing.assert_array_equal(features(images.copy()), first)
    features(images + 1)
    features(images.astype("float32"))
    assert calls == [2, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["digits"], "Give SAMPLES REFERENCE; REFERENCE is missing."),
        (["digits", "digits", "more"], "Unexpected argument 'more'"),
        (["digits", "nothing_here"], "nothing_here"),
        (["digits", "digits", "--features=inception"], "Unknown features 'inception'"),
        (["digits", "digits", "--metrics=fid", "--features=pixels"], "Unknown measure 'fid'"),
        (["sprites", "digits", "--features=pixels"], "give both one shape"),
        (["ring", "digits"], "give both one shape"),
        (["digits", "digits", "--features=gone.keras"], "gone.keras"),
    ],
)
def test_mistakes_are_one_line(measure, arguments, line):
    ended = measure(*arguments, "--samples=30")
    assert ended.status == 2
    assert line in ended.err and ended.err.count("\n") == 1


@pytest.mark.slow
def test_a_run_has_the_measures_of_its_images(measure, sample, vivid, tmp_path):
    images = tmp_path / "images"
    assert sample(f"--model={vivid}", "--seeds=0-29", f"--images_dir={images}").status == 0
    one, other = (sample_source(str(path), 30, seed=0) for path in (vivid, images))
    real = sample_source("digits", 30, test=True)
    generated = load_model(vivid).generate(30, seed=0)
    np.testing.assert_array_equal(one.samples, generated)
    rounded = one.stored_as(real).samples
    assert rounded.dtype == np.uint8 and other.stored_as(real) is other
    # `generate` draws all of one seed, the folder has one sample of each.
    assert other.samples.dtype == np.uint8 and other.samples.shape == rounded.shape


def test_without_labels_features_need_none(measure, tmp_path):
    path = tmp_path / "pictures.npz"
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), "uint8")
    write_npz(path, {"x": images})
    ended = measure(path, path, "--feature_steps=1", "--metrics=mind")
    assert ended.status in (0, None), ended.err
    assert "features pictures_self_supervised_cnn-" in ended.out
