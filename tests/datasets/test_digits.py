import numpy as np
import sklearn.datasets

from tfgan_it.datasets import digits


def test_all_1797_digits_are_there_once():
    dataset = digits()
    assert dataset.sample_shape == (8, 8, 1)
    assert (len(dataset.train_images), len(dataset.test_images)) == (1437, 360)
    ours = np.concatenate([dataset.train_images, dataset.test_images]).reshape(1797, 64)
    counts = sklearn.datasets.load_digits().data  # 0..16
    theirs = np.floor(counts * 255 / 16 + 0.5)
    assert sorted(map(tuple, ours)) == sorted(map(tuple, theirs.astype("uint8")))


def test_images_keep_their_labels():
    rows = sklearn.datasets.load_digits()
    label_of = {tuple(row): label for row, label in zip(rows.data, rows.target, strict=True)}
    dataset = digits()
    for images, labels in [
        (dataset.train_images, dataset.train_labels),
        (dataset.test_images, dataset.test_labels),
    ]:
        counts = np.rint(images.reshape(-1, 64) * (16 / 255))
        assert [label_of[tuple(row)] for row in counts] == labels.tolist()


def test_test_part_is_stratified():
    dataset = digits()
    assert set(np.bincount(dataset.test_labels)) <= {35, 36, 37}
    assert dataset.class_names == tuple("0123456789")
