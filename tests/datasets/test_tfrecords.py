"""Images in TFRecord files."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import datasets
from tfgan_it.datasets.disk_cache import is_on_disk

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (24, 5, 4, 3), "uint8")
LABELS = np.arange(24) % 3


def write(path, images, labels=None, image="image", label="label"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for index, pixels in enumerate(images):
            encoded = tf.io.encode_png(pixels).numpy()
            features = {image: tf.train.Feature(bytes_list=tf.train.BytesList(value=[encoded]))}
            if labels is not None:
                value = tf.train.Int64List(value=[int(labels[index])])
                features[label] = tf.train.Feature(int64_list=value)
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())


@pytest.mark.parametrize("cache", [None, "cache"])
@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train-00000-of-00001.tfrecord", "validation-00000-of-00001.tfrecord"),
        ("own-train.tfrecord-00000-of-00001", "own-test.tfrecord-00000-of-00001"),
    ],
)
def test_parts_and_labels_of_both_usual_names(tmp_path, cache, train, test):
    write(tmp_path / "set" / train, IMAGES[:20], LABELS[:20], "image/encoded", "image/class/label")
    write(tmp_path / "set" / test, IMAGES[20:], LABELS[20:], "image/encoded", "image/class/label")
    data = datasets.load(tmp_path / "set", cache_dir=cache and tmp_path / cache)
    np.testing.assert_array_equal(data.train_images, IMAGES[:20])
    np.testing.assert_array_equal(data.test_images, IMAGES[20:])
    np.testing.assert_array_equal(data.train_labels, LABELS[:20])
    np.testing.assert_array_equal(data.test_labels, LABELS[20:])
    assert data.name == "set" and is_on_disk(data.train_images) == bool(cache)


def test_names_of_classes_are_a_line_each(tmp_path):
    write(tmp_path / "set" / "own-train.tfrecord-00000-of-00001", IMAGES, LABELS)
    names = ("T-shirt/top", "Ankle boot", "Bag")  # TensorFlow Datasets writes them so.
    (tmp_path / "set" / "label.labels.txt").write_text("".join(f"{name}\n" for name in names))
    assert datasets.load(tmp_path / "set").class_names == names


def test_one_file_of_any_labels_is_split_as_other_data_are(tmp_path):
    write(tmp_path / "own.tfrecord", IMAGES)
    held = datasets.load(tmp_path / "own.tfrecord")
    kept = datasets.load(tmp_path / "own.tfrecord", cache_dir=tmp_path / "cache")
    assert datasets.fingerprint(held) == datasets.fingerprint(kept)
    assert held.name == "own" and held.train_labels is None
    train, test = datasets.splits.hold_out(24)
    np.testing.assert_array_equal(held.train_images, IMAGES[train])
    np.testing.assert_array_equal(held.test_images, IMAGES[test])


def test_sizes_that_differ_need_an_image_size(tmp_path):
    write(tmp_path / "own.tfrecord", [*IMAGES[:5], *IMAGES[5:10, :, :3]])
    with pytest.raises(
        ValueError, match=r"image 5 is \(5, 3, 3\), the first .* give an image_size"
    ):
        datasets.load(tmp_path / "own.tfrecord")
    assert datasets.load(tmp_path / "own.tfrecord", image_size=8).sample_shape == (8, 8, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"no records at all, of any kind", "own.tfrecord"), (b"", "holds no examples")],
)
def test_damaged_files_are_refused_in_one_line(tmp_path, content, message):
    (tmp_path / "own.tfrecord").write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        datasets.load(tmp_path / "own.tfrecord")
    assert "\n" not in str(error.value)


def test_examples_without_an_image_are_refused_with_what_they_have(tmp_path):
    write(tmp_path / "own.tfrecord", IMAGES[:2], image="picture")
    with pytest.raises(ValueError, match="an example has picture, and no image"):
        datasets.load(tmp_path / "own.tfrecord")
    with pytest.raises(FileNotFoundError, match="no TFRecord file"):
        datasets.tfrecords(tmp_path / "absent")
