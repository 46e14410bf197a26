"""Where a run starts from, what it sees and where it is sent to."""

import json
import sys

import numpy as np
import pytest

from support.run_files import model_of, one_line, options
from tfgan_it import augmentation, recipes, visualization
from trainers.run_directory import load_model

STEPS = ["--steps=2", "--sample_every=9"]


@pytest.fixture(scope="module")
def first(start, tmp_path_factory):
    """A run on mirror images, with an augmentation."""
    root = tmp_path_factory.mktemp("first")
    ended = start(root, "--mirror", "--augment=diffaugment", *STEPS, recipe="dcgan")
    assert ended.status == 0, ended.err
    (path,) = (root / "runs").iterdir()
    return root, path, ended


@pytest.mark.slow
def test_mirror_and_augment_reach_data_and_model(first):
    _, path, ended = first
    assert "2874 train + 360 test images" in ended.out
    assert isinstance(model_of(path).augmentation, augmentation.DiffAugment)
    written = options(path)
    assert written["mirror"] is True and "augmentation=diffaugment" in written["set"]


@pytest.mark.slow
def test_a_resumed_run_sees_the_same(first, train):
    root, path, _ = first
    ended = train("--resume", path, "--steps=3")
    assert ended.status == 0 and "2874 train" in ended.out, ended.err
    message = one_line(train("--resume", path, "--nomirror"))
    assert "mirror was True, is False" in message


@pytest.mark.slow
def test_the_trained_model_is_beside_the_export(first):
    root, path, _ = first
    model = recipes.load("dcgan_digits", root / "exports")
    np.testing.assert_array_equal(model.generate(2, seed=0), load_model(path).generate(2, seed=0))


@pytest.mark.slow
def test_a_run_starts_from_another_at_another_size(first, start, tmp_path):
    _, path, _ = first
    changes = ["--image_size=16", "--save_every=1", "--steps=1"]
    ended = start(tmp_path, f"--init_from={path}", *changes, recipe="dcgan")
    line = next(line for line in ended.out.splitlines() if "layers" in line)
    assert line.startswith(f"{path}: from 'dcgan' at step ")
    assert line.endswith(
        "generator 4 of 5 layers (not project); discriminator 3 of 4 layers (not logits)"
    )
    (new,) = (tmp_path / "runs").iterdir()
    assert options(new)["init_from"] == str(path)
    assert model_of(new).trained_steps == 1


@pytest.mark.slow
def test_images_that_stay_on_disk_train_to_the_same_weights_across_a_resume(start, train, tmp_path):
    rng, folder = np.random.default_rng(0), tmp_path / "photos"
    folder.mkdir()
    for index in range(40):
        pixels = rng.integers(0, 256, (8, 8, 3), "uint8")
        visualization.save_picture(pixels, folder / f"{index}.png")
    weights = []
    for name, flags in (("held", []), ("kept", [f"--cache_dir={tmp_path / 'cache'}"])):
        flags = [*flags, f"--dataset={folder}", "--mirror"]
        for steps in (3, 5):
            resume = [f"--resume={path}" for path in (tmp_path / name / "runs").glob("*")]
            arguments = resume or flags
            ended = start(tmp_path / name, *arguments, f"--steps={steps}", recipe="dcgan")
            assert ended.status == 0, ended.err
        (path,) = (tmp_path / name / "runs").iterdir()
        weights.append(model_of(path).get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--dataset=ring", "--mirror"], "Only images have mirror images, got ring"),
        (["--dataset=ring", "--augment=ada"], "AdaptiveAugmentation transforms images"),
        (["--init_from=nowhere"], "--init_from: no run and no .keras file at nowhere"),
        (["--augment=none"], "--augment=none: use one of diffaugment, ada, instance_noise"),
        (["--log_to=tensorflow"], "--log_to=tensorflow: use one of wandb, mlflow"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_before_a_run_exists(start, tmp_path, flags, message):
    assert message in one_line(start(tmp_path, *flags, *STEPS, recipe="dcgan"))
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


def test_a_missing_package_of_a_tracker_is_one_line(start, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    message = one_line(start(tmp_path, "--log_to=wandb", *STEPS, recipe="dcgan"))
    assert message.endswith("pip install 'tfgan_it[wandb]'.")
    assert not (tmp_path / "runs").exists()


def test_a_run_is_sent_to_a_tracker(start, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)
    ended = start(tmp_path, "--log_to=mlflow", *STEPS, recipe="dcgan")
    assert ended.status == 0, ended.err
    (path,) = (tmp_path / "runs").iterdir()
    kept = json.loads((path / "trackers.json").read_text())
    found = mlflow.MlflowClient().get_run(kept["MLflow"])
    assert found.info.status == "FINISHED" and found.data.params["recipe"] == "dcgan"
    assert {"generator_loss", "test/js_nats"} <= found.data.metrics.keys()
