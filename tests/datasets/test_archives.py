import pathlib

import numpy as np
import pytest

from tfgan_it.datasets import npz
from tfgan_it.datasets.archives import write_npz

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
IMAGES = np.arange(20 * 4, dtype="uint8").reshape(20, 2, 2, 1)
LABELS = np.arange(20, dtype="uint8") % 3


@pytest.fixture
def save(tmp_path):
    def save(**arrays):
        path = tmp_path / "set.npz"
        np.savez_compressed(path, **arrays)
        return path

    return save


@pytest.mark.parametrize(("images", "labels"), [("images", "labels"), ("x", "y")])
def test_one_piece_gets_the_fixed_test_part(save, images, labels):
    dataset = npz(save(**{images: IMAGES, labels: LABELS}))
    assert dataset.name == "set" and dataset.num_classes == 3
    assert (len(dataset.train_images), len(dataset.test_images)) == (18, 2)
    for part, of in [
        (dataset.train_images, dataset.train_labels),
        (dataset.test_images, dataset.test_labels),
    ]:
        np.testing.assert_array_equal(part[:, 0, 0, 0] // 4 % 3, of)


def test_layout_of_keras_keeps_its_split(save):
    # As in mnist.npz and cifar10.npz: no channel axis, labels as a column.
    path = save(
        x_train=IMAGES[..., 0],
        y_train=LABELS[:, None],
        x_test=IMAGES[:4, ..., 0],
        y_test=LABELS[:4],
    )
    dataset = npz(path)
    np.testing.assert_array_equal(dataset.train_images, IMAGES)
    np.testing.assert_array_equal(dataset.test_images, IMAGES[:4])
    np.testing.assert_array_equal(dataset.train_labels, LABELS)
    np.testing.assert_array_equal(dataset.test_labels, LABELS[:4])


def test_images_that_are_left_out_are_said(save):
    path = save(x_train=IMAGES, x_test=IMAGES[:4], x_val=IMAGES[4:8], y_train=LABELS, note=LABELS)
    with pytest.warns(UserWarning, match="^set: arrays are left out that may be images: x_val$"):
        npz(path)


def test_labels_are_optional(save):
    dataset = npz(save(images=IMAGES))
    assert dataset.train_labels is None and dataset.num_classes is None


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"pictures": IMAGES}, "images, x or x_train, got pictures"),
        ({}, "got nothing"),
        ({"images": LABELS}, "these look like labels"),
        ({"images": IMAGES / 255}, "expected uint8"),
        ({"images": np.zeros((4, 3, 8, 8), "uint8")}, "channels first: store images.transpose"),
        ({"images": IMAGES, "labels": LABELS[:7]}, r"got int64 \(7,\)"),
        ({"images": IMAGES, "labels": LABELS / 2}, r"got float64 \(20,\)"),
        ({"images": np.array([{}], object)}, "holds Python objects, which are never loaded"),
        ({"x_train": IMAGES, "x_test": IMAGES[:0]}, "test_images has shape"),
    ],
)
def test_wrong_content_is_refused_in_one_line_that_names_the_file(save, arrays, message):
    path = save(**arrays)
    with pytest.raises(ValueError, match=message) as error:
        npz(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"no archive at all",
        lambda data: data[: len(data) // 2],
        lambda data: data[:150] + bytes([data[150] ^ 255]) + data[151:],
    ],
    ids=["empty", "garbage", "truncated", "flipped"],
)
def test_damaged_archives_are_named(save, damage):
    path = save(images=IMAGES)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match="archive") as error:
        npz(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no archive .*gone.npz"):
        npz(tmp_path / "gone.npz")


def test_write_leaves_the_archive_and_nothing_else(tmp_path):
    write_npz(tmp_path / "set.npz", {"images": IMAGES})
    assert [path.name for path in tmp_path.iterdir()] == ["set.npz"]
    assert npz(tmp_path / "set.npz").sample_shape == (2, 2, 1)


def test_a_write_that_fails_leaves_nothing(tmp_path):
    class Unwritable:
        def __array__(self, dtype=None, copy=None):
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        write_npz(tmp_path / "set.npz", {"images": Unwritable()})
    assert not list(tmp_path.iterdir())


def test_cifar10_subset():
    path = SHARED / "cifar10_subset" / "cifar10_train_first4000.npz"
    if not path.exists():
        pytest.skip(f"needs {path.name}")
    dataset = npz(path)
    assert (len(dataset.train_images), len(dataset.test_images)) == (3600, 400)
    counts = np.bincount(np.concatenate([dataset.train_labels, dataset.test_labels]))
    assert counts.tolist() == [396, 366, 420, 384, 422, 393, 414, 385, 407, 413]
