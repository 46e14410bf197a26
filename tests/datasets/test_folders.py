import pathlib
import tarfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.datasets import image_folder

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
COLOURS = np.random.default_rng(0).integers(0, 256, (12, 4, 6, 3), "uint8")


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(image).numpy())


def rows(images):
    return {image.tobytes() for image in images}


def test_flat_folder(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / "photos" / f"{i:02}.png", image)
    dataset = image_folder(tmp_path / "photos")
    assert dataset.name == "photos" and dataset.num_classes is None
    assert (len(dataset.train_images), len(dataset.test_images)) == (10, 2)
    assert rows(dataset.train_images) | rows(dataset.test_images) == rows(COLOURS)


def test_class_folders_in_the_order_of_their_names(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / ("cat", "ant", "bee")[i % 3] / f"{i}.PNG", image)
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "notes.txt").write_text("not an image")
    dataset = image_folder(tmp_path)
    assert dataset.class_names == ("ant", "bee", "cat")
    label_of = {image.tobytes(): (2, 0, 1)[i % 3] for i, image in enumerate(COLOURS)}
    for images, labels in [
        (dataset.train_images, dataset.train_labels),
        (dataset.test_images, dataset.test_labels),
    ]:
        assert [label_of[image.tobytes()] for image in images] == labels.tolist()


@pytest.mark.parametrize("test", ["test", "validation", "val"])
def test_train_and_test_folders(tmp_path, test):
    for i, image in enumerate(COLOURS):
        part = "train" if i < 9 else test
        write(tmp_path / part / "ab"[i % 2] / f"{i:02}.png", image)
    dataset = image_folder(tmp_path)
    assert rows(dataset.train_images) == rows(COLOURS[:9])
    np.testing.assert_array_equal(dataset.test_images, COLOURS[[10, 9, 11]])
    assert dataset.test_labels.tolist() == [0, 1, 1]


def test_a_single_train_folder_is_split(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / "train" / f"{i:02}.png", image)
    dataset = image_folder(tmp_path)
    assert (len(dataset.train_images), len(dataset.test_images)) == (10, 2)


def test_grey_images_have_one_channel_but_not_if_one_of_them_has_colour(tmp_path):
    for i, image in enumerate(COLOURS):
        write(tmp_path / f"{i}.png", image[..., :1])
    grey = image_folder(tmp_path)
    assert grey.sample_shape == (4, 6, 1)
    assert rows(grey.train_images) | rows(grey.test_images) == rows(COLOURS[..., :1])
    write(tmp_path / "last.png", COLOURS[0])
    assert image_folder(tmp_path).sample_shape == (4, 6, 3)


def test_jpeg_and_bitmap_are_read(tmp_path):
    smooth = np.full((8, 8, 3), (200, 100, 50), "uint8")
    (tmp_path / "a.jpg").write_bytes(tf.io.encode_jpeg(smooth, quality=100).numpy())
    keras.utils.save_img(tmp_path / "b.bmp", smooth, scale=False)
    dataset = image_folder(tmp_path)
    for images in (dataset.train_images, dataset.test_images):
        assert np.abs(images[0].astype(int) - smooth).max() <= 2


def test_sizes_that_differ_need_an_image_size(tmp_path):
    write(tmp_path / "a.png", COLOURS[0])
    write(tmp_path / "b.png", COLOURS[1][:, :4])
    with pytest.raises(ValueError, match=r"b.png is 4x4 but .*a.png is 4x6: give an image_size"):
        image_folder(tmp_path)
    dataset = image_folder(tmp_path, image_size=4)
    expected = {COLOURS[0][:, 1:5].tobytes(), COLOURS[1][:, :4].tobytes()}
    assert rows(dataset.train_images) | rows(dataset.test_images) == expected


@pytest.mark.parametrize("content", [b"", b"no image", None], ids=["empty", "garbage", "truncated"])
def test_an_unreadable_image_is_named(tmp_path, content):
    for i in range(40):
        write(tmp_path / f"{i:02}.png", COLOURS[0])
    bad = tmp_path / "17.png"
    bad.write_bytes(bad.read_bytes()[:60] if content is None else content)
    with pytest.raises(ValueError, match=r"17\.png is not a readable image$"):
        image_folder(tmp_path)


def test_layouts_that_are_not_known_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder .*gone"):
        image_folder(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="no images .* in "):
        image_folder(tmp_path)
    write(tmp_path / "set" / "class" / "a.png", COLOURS[0])
    with pytest.raises(FileNotFoundError, match="no images"):  # one folder too high
        image_folder(tmp_path)
    write(tmp_path / "set" / "b.png", COLOURS[0])
    with pytest.raises(ValueError, match=r"holds images \(b.png.* folders of images \(class"):
        image_folder(tmp_path / "set")


def test_classes_of_the_test_folder_must_be_known(tmp_path):
    write(tmp_path / "train" / "cat" / "a.png", COLOURS[0])
    write(tmp_path / "test" / "dog" / "a.png", COLOURS[0])
    with pytest.raises(ValueError, match=r"classes that .*train lacks: \['dog'\]"):
        image_folder(tmp_path)


@pytest.mark.slow
def test_cifar10_jpeg(tmp_path):
    archive = SHARED / "cifar10_jpeg" / "cifar10-jpeg.tar.xz"
    if not archive.exists():
        pytest.skip(f"needs {archive.name}")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    dataset = image_folder(tmp_path / "cifar10-jpeg")
    assert dataset.sample_shape == (32, 32, 3)
    assert np.bincount(dataset.train_labels).tolist() == [5000] * 10
    assert np.bincount(dataset.test_labels).tolist() == [1000] * 10
    assert dataset.class_names[0] == "airplane" and dataset.class_names[9] == "truck"
