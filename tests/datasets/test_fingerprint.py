import dataclasses
import hashlib
import json

import numpy as np
import pytest

from tfgan_it.datasets import ImageDataset, fingerprint, fingerprint_difference, load

IMAGES = np.arange(6 * 4, dtype="uint8").reshape(6, 2, 2, 1)
LABELS = np.array([0, 1, 0, 1, 0, 1])
SET = ImageDataset("set", IMAGES, IMAGES[:2], LABELS, LABELS[:2], ("cat", "dog"))


def changed(**arrays):
    return dataclasses.replace(SET, **arrays)


def test_it_is_the_sha256_of_the_values_of_every_array():
    digest = hashlib.sha256(bytes(range(24))).hexdigest()[:32]
    assert fingerprint(SET)["train_images"] == f"6x2x2x1 uint8 sha256:{digest}"
    digest = hashlib.sha256(b"\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0").hexdigest()[:32]
    assert fingerprint(SET)["test_labels"] == f"2 int64 sha256:{digest}"
    assert json.loads(json.dumps(fingerprint(SET))) == fingerprint(SET)


def test_only_values_count_not_how_they_lie_in_memory():
    same = changed(
        name="other",
        train_images=np.asfortranarray(IMAGES),
        test_images=np.concatenate([IMAGES, IMAGES], axis=-1)[:2, ..., ::2],
        train_labels=LABELS.repeat(2)[::2],
    )
    assert fingerprint(same) == fingerprint(SET)
    assert fingerprint_difference(fingerprint(SET), fingerprint(same)) is None


@pytest.mark.parametrize(
    ("arrays", "difference"),
    [
        ({"train_images": IMAGES[::-1]}, "train_images hold other values"),
        ({"train_images": IMAGES ^ (IMAGES == 23)}, "train_images hold other values"),
        ({"train_labels": 1 - LABELS}, "train_labels hold other values"),
        ({"test_labels": LABELS[1:3]}, "test_labels hold other values"),
        ({"class_names": ("cat", "cow")}, "class_names hold other values"),
        ({"class_names": None}, "class_names were 2 names and are absent"),
        ({"train_labels": None}, "train_labels were 6 int64 and are absent"),
        (
            {"train_images": IMAGES[:5], "train_labels": LABELS[:5]},
            "train_images were 6x2x2x1 uint8 and are 5x2x2x1 uint8, "
            "train_labels were 6 int64 and are 5 int64",
        ),
    ],
)
def test_what_differs_is_said_in_one_line(arrays, difference):
    current = fingerprint(changed(**arrays))
    assert fingerprint_difference(fingerprint(SET), current) == difference


def test_points_have_one_too():
    points = load("ring")
    big_endian = dataclasses.replace(points, train_images=points.train_images.astype(">f4"))
    assert fingerprint(big_endian) == fingerprint(points)
    assert set(fingerprint(points)) >= {"train_images", "test_images"}
    assert fingerprint(points) == fingerprint(load("ring"))
    assert fingerprint(points) != fingerprint(load("grid"))
