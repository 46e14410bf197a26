"""Outlines of data sets are what loading them gives, but for the pixels, and take no reading."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_it import datasets
from tfgan_it.datasets import image_files, outlines


def pixels(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, "uint8")


def picture(path, height=8, width=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(height, width, 3)).save(path)


@pytest.fixture
def classes(tmp_path):
    for name, count in (("cat", 23), ("dog", 30)):
        for index in range(count):
            picture(tmp_path / "classes" / name / f"{index}.png")
    return tmp_path / "classes"


@pytest.fixture
def parts(tmp_path):
    for part, count in (("train", 9), ("test", 4)):
        for index in range(count):
            picture(tmp_path / "parts" / part / f"{index}.png")
    return tmp_path / "parts"


@pytest.fixture
def archive(tmp_path):
    labels = np.random.default_rng(0).integers(0, 3, 40)
    np.savez(tmp_path / "set.npz", images=pixels(40, 8, 8), labels=labels)
    return tmp_path / "set.npz"


@pytest.mark.parametrize("source", ["classes", "parts", "archive"])
@pytest.mark.parametrize("image_size", [None, 12, (4, 8)])
def test_an_outline_is_the_data_set_without_its_pixels(request, source, image_size):
    path = request.getfixturevalue(source)
    outline = datasets.outline(path, image_size=image_size)
    loaded = datasets.load(path, image_size=image_size)
    assert repr(outline) == repr(loaded) and outline.class_names == loaded.class_names
    for part in ("train", "test"):
        images, labels = (getattr(outline, f"{part}_{what}") for what in ("images", "labels"))
        assert images.shape == getattr(loaded, f"{part}_images").shape and not images.any()
        wanted = getattr(loaded, f"{part}_labels")
        assert labels is wanted is None or np.array_equal(labels, wanted)


def test_of_many_images_a_hundred_are_decoded(tmp_path, monkeypatch):
    for index in range(130):
        picture(tmp_path / f"{index:03d}.png")
    decoded, read = [], image_files.read_image
    monkeypatch.setattr(image_files, "read_image", lambda path: decoded.append(path) or read(path))
    outline = datasets.outline(tmp_path)
    assert len(decoded) <= 100 and len(outline.train_images) + len(outline.test_images) == 130


def test_sizes_that_differ_are_found(tmp_path):
    for index in range(12):
        picture(tmp_path / f"{index:03d}.png", width=8 + (index == 11))
    with pytest.raises(ValueError, match="011.png is 8x9 but .*000.png is 8x8: give an image_size"):
        datasets.outline(tmp_path)
    assert datasets.outline(tmp_path, image_size=8).sample_shape == (8, 8, 3)


def test_records_are_outlined_by_their_first_file(tmp_path):
    for shard in range(2):
        with tf.io.TFRecordWriter(str(tmp_path / f"set.tfrecord-{shard}")) as writer:
            for index in range(5):
                image = tf.io.encode_png(pixels(8, 8, 1)).numpy()
                features = {
                    "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
                    "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[index % 3])),
                }
                example = tf.train.Example(features=tf.train.Features(feature=features))
                writer.write(example.SerializeToString())
    (tmp_path / "set.tfrecord-1").write_bytes(b"nobody reads this")
    outline = datasets.outline(tmp_path)
    assert (outline.sample_shape, outline.num_classes) == ((8, 8, 1), 3)


def test_builders_are_outlined_by_what_is_known_of_them(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path / "prepared"))
    outline = datasets.outline("mnist", image_size=32)
    assert (outline.sample_shape, outline.num_classes) == ((32, 32, 1), 10)
    with pytest.raises(FileNotFoundError, match="where raw files of mnist belong"):
        datasets.outline("mnist", files_dir=tmp_path)
    with pytest.raises(FileNotFoundError, match="files_dir must be a folder"):
        datasets.outline("mnist", files_dir=tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["digits", "ring"])
def test_embedded_sets_are_whole(name):
    assert repr(datasets.outline(name)) == repr(datasets.load(name))


def test_black_images_take_no_memory():
    black = outlines.black(10**12, (64, 64, 3))
    assert black.shape == (10**12, 64, 64, 3) and black[5, 3, 2, 1] == 0
