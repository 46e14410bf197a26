"""Images that stay in files: the same data as in memory, in the same order."""

import dataclasses
import os
import pathlib
import warnings

import numpy as np
import pytest
from PIL import Image

from support.small_models import compiled, small_model
from tfgan_it import datasets
from tfgan_it.datasets import disk_cache
from tfgan_it.datasets.disk_cache import is_on_disk


def write(folder, count, seed, channels=3, size=(4, 4)):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for index in range(count):
        pixels = rng.integers(0, 256, (*size, channels), "uint8")
        Image.fromarray(pixels if channels > 1 else pixels[..., 0]).save(folder / f"{index}.png")


@pytest.fixture(params=["classes", "split", "grey"])
def folder(request, tmp_path):
    """Images by class; with a test part; or grey and without labels."""
    root = tmp_path / "photos"
    if request.param == "grey":
        write(root, 21, 0, channels=1)
    for number, part in enumerate(
        {"classes": [""], "split": ["train", "test"]}.get(request.param, [])
    ):
        for label in "ab":
            write(root / part / label, 15, 2 * number + (label == "b"))
    return root


def equal(first, second):
    assert datasets.fingerprint(first) == datasets.fingerprint(second)
    assert (first.name, first.class_names) == (second.name, second.class_names)


def test_a_folder_on_disk_is_that_in_memory(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(disk_cache, "_CHUNK", 100)  # Copies of two images at a time.
    held = datasets.load(folder)
    kept = datasets.load(folder, cache_dir=tmp_path / "cache")
    equal(held, kept)
    assert is_on_disk(kept.train_images) and is_on_disk(kept.test_images)
    assert not is_on_disk(held.train_images)
    equal(datasets.mirrored(held), datasets.mirrored(kept))
    assert is_on_disk(datasets.mirrored(kept).train_images)


def test_mirror_images_of_a_part_and_of_other_files_are_their_own(tmp_path):
    write(tmp_path / "photos", 21, 0)
    kept = datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")
    whole = datasets.mirrored(kept)
    part = dataclasses.replace(kept, train_images=kept.train_images[:4])
    found = datasets.mirrored(part).train_images
    np.testing.assert_array_equal(found, [*part.train_images, *part.train_images[:, :, ::-1]])
    assert len(whole.train_images) == 2 * len(kept.train_images)
    for seed in (1, 2):  # Two files in one folder, which nobody may write to.
        pixels = np.random.default_rng(seed).integers(0, 256, (5, 4, 4, 3), "uint8")
        np.save(tmp_path / f"{seed}.npy", pixels)
        own = np.load(tmp_path / f"{seed}.npy", mmap_mode="r")
        found = datasets.mirrored(datasets.ImageDataset("own", own, own)).train_images
        np.testing.assert_array_equal(found, [*pixels, *pixels[:, :, ::-1]])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.npy", "2.npy", "c", "photos"]


def test_files_are_read_once_and_again_when_they_change(tmp_path, monkeypatch):
    write(tmp_path / "photos", 12, 0)
    load = lambda **options: datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c", **options)  # noqa: E731
    first = load()
    with monkeypatch.context() as patch:
        patch.setattr("tfgan_it.datasets.folders.read_images", None)
        equal(first, load())
    Image.new("RGB", (4, 4), "red").save(tmp_path / "photos" / "3.png")
    changed = load()
    assert datasets.fingerprint(changed) != datasets.fingerprint(first)
    equal(changed, datasets.load(tmp_path / "photos"))
    assert load(image_size=8).sample_shape == (8, 8, 3)
    assert len(list((tmp_path / "c").iterdir())) == 3


def test_batches_are_those_of_memory_from_any_step(tmp_path):
    write(tmp_path / "photos" / "a", 30, 0)
    held = datasets.load(tmp_path / "photos")
    kept = datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")
    for start in (0, 5):
        options = {"batch_size": 7, "seed": 3, "start_step": start}
        pairs = [
            datasets.batches((data.train_images, data.train_labels), **options).take(9)
            for data in (held, kept)
        ]
        for (x, a), (y, b) in zip(*map(lambda d: d.as_numpy_iterator(), pairs), strict=True):
            np.testing.assert_array_equal(x, y)
            np.testing.assert_array_equal(a, b)
    assert pairs[0].element_spec == pairs[1].element_spec


@pytest.mark.slow
def test_a_model_trains_and_evaluates_to_the_same_numbers(tmp_path):
    write(tmp_path / "photos", 40, 0, channels=1)
    found = []
    for cache in (None, tmp_path / "c"):
        data = datasets.load(tmp_path / "photos", cache_dir=cache)
        model = compiled(small_model())
        model.fit(data.train_images, batch_size=8, epochs=2, verbose=0)
        found.append([*model.get_weights(), *model.evaluate(data.test_images, verbose=0).values()])
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_dropped_is_said_when_it_is_read(tmp_path):
    write(tmp_path / "photos", 3, 0, channels=4)
    with pytest.warns(UserWarning, match="transparency of 3 dropped"):
        datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")


def test_a_full_disk_and_a_damaged_file_are_one_line(tmp_path, monkeypatch):
    write(tmp_path / "photos", 12, 0)
    with monkeypatch.context() as patch:
        usage = type("Usage", (), {"free": 10})
        patch.setattr("shutil.disk_usage", lambda path: usage)
        with pytest.raises(OSError, match="GiB are free") as error:
            datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")
    assert "\n" not in str(error.value) and list((tmp_path / "c").iterdir()) == []
    kept = datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")
    path = pathlib.Path(kept.train_images.filename)
    os.truncate(path, 150)
    with pytest.raises(ValueError, match=str(path.parent)) as error:
        datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")
    assert "\n" not in str(error.value)


def test_a_decoder_that_fails_leaves_nothing(tmp_path):
    write(tmp_path / "photos", 3, 0)
    (tmp_path / "photos" / "4.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    with pytest.raises(ValueError, match="4.png"):
        datasets.load(tmp_path / "photos", cache_dir=tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []
