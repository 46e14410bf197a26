"""Pairs of images: arrays and folders."""

import numpy as np
import pytest
from PIL import Image

from tfgan_it.datasets import ImagePairs, fingerprint, folder_pairs, load


def images(n, channels=3, start=0):
    levels = np.arange(start, start + n, dtype="uint8")[:, None, None, None]
    return np.broadcast_to(levels, (n, 8, 8, channels)).copy()


def test_domains_are_data_sets():
    pairs = ImagePairs(
        "p", {"a": images(4, 1), "b": images(4)}, {"a": images(2, 1), "b": images(2)}
    )
    assert pairs.sample_shape == {"a": (8, 8, 1), "b": (8, 8, 3)}
    assert repr(pairs.domain("a")) == (
        "ImageDataset('p-a', 4 train + 2 test images of 8x8x1, no labels)"
    )
    unpaired = ImagePairs(
        "u", {"a": images(4), "b": images(6)}, {"a": images(2), "b": images(2)}, paired=False
    )
    assert "4 and 6 train + 2 test unpaired images" in repr(unpaired)


def test_every_domain_has_a_fingerprint():
    first = ImagePairs("p", {"a": images(4), "b": images(4)}, {"a": images(2), "b": images(2)})
    other = ImagePairs("p", {"a": images(4), "b": images(4, 3, 1)}, first.test_images)
    changed = {
        part for part in fingerprint(first) if fingerprint(first)[part] != fingerprint(other)[part]
    }
    assert changed == {"train_images/b"}


def test_what_is_no_pair_is_refused():
    a, b = images(4), images(4)
    with pytest.raises(ValueError, match="must have the domains a and b"):
        ImagePairs("p", {"a": a}, {"a": a, "b": b})
    with pytest.raises(ValueError, match="as many images of a as of b, got 4 and 3"):
        ImagePairs("p", {"a": a, "b": b[:3]}, {"a": a, "b": b})
    with pytest.raises(ValueError, match="neither labels nor texts"):
        ImagePairs("p", {"a": a, "b": b}, {"a": a, "b": b}, np.zeros(4, "int64"), paired=False)
    with pytest.raises(ValueError, match="train_images is float64, expected uint8"):
        ImagePairs("p", {"a": a / 1.0, "b": b}, {"a": a, "b": b})


def write(folder, count, color, start=0):
    folder.mkdir(parents=True)
    for k in range(start, start + count):
        Image.new("RGB", (12, 8), tuple(c + k for c in color)).save(folder / f"{k}.png")


def test_folders_in_the_layout_of_cyclegan(tmp_path):
    write(tmp_path / "trainA", 3, (0, 0, 9))
    write(tmp_path / "trainB", 3, (90, 0, 0))
    write(tmp_path / "testA", 2, (0, 0, 9), 7)
    write(tmp_path / "testB", 2, (90, 0, 0), 7)
    data = load(str(tmp_path), image_size=8)
    assert data.paired and data.sample_shape == {"a": (8, 8, 3), "b": (8, 8, 3)}
    assert data.train_images["a"][:, 0, 0, 0].tolist() == [0, 1, 2]
    assert data.test_images["b"][:, 0, 0, 0].tolist() == [97, 98]
    write(tmp_path / "extra", 1, (5, 5, 5), 50)
    (tmp_path / "extra" / "50.png").rename(tmp_path / "trainB" / "50.png")
    assert not folder_pairs(tmp_path).paired
    (tmp_path / "testB").rename(tmp_path / "other")
    with pytest.raises(FileNotFoundError, match="testB: give trainA, trainB, testA and testB"):
        load(str(tmp_path))
