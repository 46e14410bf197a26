"""`--dry_run` finds what is wrong with the data and the model, and trains nothing."""

import re
import signal

import numpy as np
import pytest
import tensorflow_datasets
from PIL import Image

from support.run_files import files, one_line


@pytest.fixture
def folder(tmp_path):
    """Images of two sizes in `mixed`, of one in `plain`, and an archive without labels."""
    random = np.random.default_rng(0)
    for name, odd in (("mixed", 9), ("plain", 8)):
        (tmp_path / "data" / name).mkdir(parents=True)
        for index in range(20):
            pixels = random.integers(0, 256, (8, odd if index == 9 else 8, 3), "uint8")
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{index:02d}.png")
    np.savez(tmp_path / "data" / "set.npz", images=random.integers(0, 256, (30, 10, 10), "uint8"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--dataset={}/plane"], r"no folder and no \.npz archive .*/plane \(nearest: plain\)"),
        (["--dataset={}/mixed"], "09.png is 8x9 but .*00.png is 8x8: give an image_size"),
        (["--dataset={}/plain"], "18 images given, at least 64 are needed"),
        (["--dataset={}/set.npz"], "height and width must be divisible by 4"),
        (["--dataset=digts"], "no data set 'digts': the nearest names are digits"),
        (["--dataset=mnist", "--files_dir={}/files"], "files_dir must be a folder"),
        (["--recipe=acgan", "--dataset={}/plain"], "has no classes to tell apart"),
        (["--recipe=acgan", "--dataset=ring"], "has no classes to tell apart"),
        (["--image_size=10"], "height and width must be divisible by 4"),
        (["--recipe=cyclegan"], "translates images of a domain a into those of b: give --data"),
        (["--recipe=text_gan"], "Texts must have a shape"),
        (["--recipe=wave_gan"], "Waveforms must have a shape"),
        (["--recipe=video_gan"], "Videos must have a shape"),
        (["--recipe=text_to_image"], "has no texts beside its samples"),
        (["--recipe=dcgan", "--degrade=noise:0.3"], "takes one set of images"),
        (["--set=latent_dimension=0"], "latent_dimension"),
        (["--dataset=ring", "--mirror", "--recipe=dcgan"], "Only images have mirror images"),
    ],
)
def test_what_training_would_refuse_is_refused(train, folder, no_training, flags, message):
    before = files(folder.parent)
    flags = [flag.format(folder) for flag in flags]
    flags += [f"--run_dir={folder.parent / 'runs'}", "--batch_size=64"]
    assert re.search(message, one_line(train("--dry_run", *flags)))
    assert files(folder.parent) == before and not no_training.calls


def test_what_fits_is_printed(train, folder, no_training):
    flags = [f"--dataset={folder / 'mixed'}", "--image_size=8", "--batch_size=16", "--set=width=4"]
    ended = train("--dry_run", *flags, f"--run_dir={folder.parent / 'runs'}")
    assert (ended.status, ended.err) == (0, "")
    assert f"dataset  {folder / 'mixed'}\n" in ended.out
    assert not no_training.calls and not (folder.parent / "runs").exists()


def test_the_data_of_a_resumed_run_are_looked_at(train, start, folder, no_training):
    options = [f"--dataset={folder / 'set.npz'}", "--image_size=8"]
    no_training.returns = None, signal.SIGTERM
    assert start(folder.parent, *options, "--steps=2").status == 143
    run = folder.parent / "runs" / "00000-infogan-set"
    (folder / "set.npz").rename(folder / "moved.npz")
    message = one_line(train(f"--resume={run}", "--dry_run"))
    assert "set.npz (nearest: moved.npz); if the data were moved, give --dataset" in message


def test_the_embedded_data_do_not_fit_everything(train, no_training):
    message = one_line(train("--dry_run", "--batch_size=5000"))
    assert message.startswith("1437 images given, at least 5000 are needed")
    assert "translates images" in one_line(train("--dry_run", "--recipe=cyclegan"))


def test_images_that_nobody_has_counted_have_no_number(train, no_training, monkeypatch):
    # Whatever this machine has prepared.
    monkeypatch.setattr(tensorflow_datasets.core.DatasetBuilder, "is_prepared", lambda _: False)
    message = one_line(train("--dry_run", "--recipe=text_to_image", "--dataset=mnist"))
    assert message == (
        "--condition=text: ImageDataset('mnist', images of 28x28x1, 10 classes) has no texts "
        "beside its samples."
    )
