import pathlib
import subprocess
import sys

import numpy as np
import pytest

from tfgan_it import datasets
from tfgan_it.datasets import load, tensorflow_datasets

IMAGES = np.arange(20 * 12, dtype="uint8").reshape(20, 2, 2, 3)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def archive(here):
    (here / "data").mkdir()
    np.savez(here / "data" / "set.npz", images=IMAGES)
    return pathlib.Path("data") / "set.npz"


@pytest.fixture
def asked(monkeypatch):
    """What is asked of TensorFlow Datasets, which is not called."""
    calls = []
    monkeypatch.setattr(tensorflow_datasets, "from_tfds", lambda *a, **k: calls.append((a, k)))
    return calls


def test_digits():
    assert load("digits").sample_shape == (8, 8, 1)
    assert load("digits", image_size=(12, 16)).sample_shape == (12, 16, 1)


@pytest.mark.parametrize(("name", "modes", "largest"), [("ring", 8, 1.0), ("grid", 25, 4.0)])
def test_points_are_loaded_by_the_name_of_their_mixture(here, asked, name, modes, largest):
    (here / name).mkdir()
    data = load(name, files_dir="raw")
    assert (data.name, data.sample_shape, len(data.mixture.centres)) == (name, (2,), modes)
    assert (data.train_images.shape, data.test_images.shape) == ((100_000, 2), (10_000, 2))
    assert np.abs(data.mixture.centres).max() == pytest.approx(largest)
    np.testing.assert_array_equal(load(name).train_images, data.train_images)
    assert not asked
    # A folder of that name has a path.
    for path in (f"./{name}", pathlib.Path(name)):
        with pytest.raises(FileNotFoundError, match="no images"):
            load(path)


def test_points_have_no_size_in_pixels():
    with pytest.raises(ValueError, match="^ring holds points, which have no image_size.$"):
        load("ring", image_size=8)


@pytest.mark.parametrize("spelling", [str, pathlib.Path, lambda path: f"./{path}"])
def test_an_archive_is_loaded_by_its_path(archive, spelling):
    assert load(spelling(archive)).sample_shape == (2, 2, 3)
    assert load(spelling(archive), image_size=1).sample_shape == (1, 1, 3)


@pytest.mark.parametrize("name", ["photos", "./photos", "data/../photos", pathlib.Path("photos")])
def test_a_folder_is_loaded_by_its_path(archive, here, name, monkeypatch):
    (here / "photos").mkdir()
    asked = []
    monkeypatch.setattr(
        datasets,
        "image_folder",
        lambda path, size, cache_dir: asked.append((path, size, cache_dir)),
    )
    load(name, image_size=32, cache_dir="kept")
    assert asked == [(pathlib.Path(name), 32, "kept")]


def test_a_builder_is_loaded_by_its_name_also_beside_a_folder_of_that_name(here, asked):
    (here / "mnist").mkdir()
    for name in ("mnist", "emnist/letters", "mnist:3.0.1"):
        load(name, files_dir="raw", data_dir="prepared", image_size=32, cache_dir="kept")
    options = {"files_dir": "raw", "data_dir": "prepared", "image_size": 32, "cache_dir": "kept"}
    assert asked == [((n,), options) for n in ("mnist", "emnist/letters", "mnist:3.0.1")]
    with pytest.raises(FileNotFoundError, match="no images"):
        load("./mnist")


@pytest.mark.parametrize("name", ["gone.npz", "./gone", "data/gone", "~/gone/away", "/gone"])
def test_a_path_to_nothing_is_named(here, asked, name):
    with pytest.raises(FileNotFoundError, match="no folder and no .npz archive .*gone") as error:
        load(name)
    assert "\n" not in str(error.value) and not asked


def test_a_path_is_answered_with_the_nearest_beside_it(here, asked):
    (here / "shapes").mkdir()
    (here / "shapes" / "0.png").touch()
    with pytest.raises(FileNotFoundError, match=r"archive shape \(nearest: shapes\)$"):
        load("shape/")
    with pytest.raises(ValueError, match="no data set 'shapees': .* shapes[,;]"):
        load("shapees")
    with pytest.raises(ValueError, match="0.png is one image: give its folder, shapes$"):
        load("./shapes/0.png")
    assert not asked


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("mnits", "mnist"), ("digit", "digits"), ("fashion-mnist", "fashion_mnist"), ("rign", "ring")],
)
def test_an_unknown_name_is_answered_with_the_nearest(here, asked, name, nearest):
    with pytest.raises(ValueError, match=f"no data set '{name}': .* {nearest}[,;]") as error:
        load(name)
    assert "\n" not in str(error.value) and not asked


@pytest.mark.parametrize(
    "name", ["gs://bucket/set", "s3://bucket/set.npz", "http://host/set.npz", 3]
)
def test_what_is_not_on_this_machine_is_refused(here, asked, name):
    with pytest.raises(ValueError, match="^the data set must be a path") as error:
        load(name)
    assert "\n" not in str(error.value) and not asked


@pytest.mark.parametrize("argument", ["files_dir", "data_dir"])
def test_folders_of_data_are_on_this_machine(here, argument):
    with pytest.raises(ValueError, match=f"^{argument} must be a path on this machine"):
        load("digits", **{argument: "gs://bucket/raw"})


def test_no_name_is_the_folder_one_is_in(here):
    with pytest.raises(FileNotFoundError, match="no images .* in "):
        load("")


@pytest.mark.slow
def test_tensorflow_datasets_is_imported_only_when_asked_for():
    program = "import sys, tfgan_it.datasets; print('tensorflow_datasets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_everything_public_is_there():
    assert all(hasattr(datasets, name) for name in datasets.__all__)


def test_a_folder_of_raw_files_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="files_dir must be a folder, got .*gone"):
        datasets.load("mnist", files_dir=tmp_path / "gone")
