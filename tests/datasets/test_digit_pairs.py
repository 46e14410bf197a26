"""Pairs of one class, on the channels."""

import numpy as np
import pytest

from tfgan_it.datasets import load, paired_by_class

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(3), [5, 7, 8])[RNG.permutation(20)]
IMAGES = RNG.integers(0, 256, (20, 4, 4, 1), "uint8")
SOUND_LABELS = np.array([2, 0, 1, 0, 2, 2])
SOUNDS = (np.arange(1, 7, dtype="uint8")[:, None, None, None] * np.ones((6, 8, 6, 2))).astype(
    "uint8"
)


def test_images_are_all_there_in_order_beside_one_of_their_class():
    pairs, labels = paired_by_class(IMAGES, LABELS, SOUNDS, SOUND_LABELS)
    assert pairs.shape == (20, 8, 6, 3) and pairs.dtype == np.uint8
    np.testing.assert_array_equal(labels, LABELS)
    np.testing.assert_array_equal(pairs[:, 2:6, 1:5, :1], IMAGES)
    assert not pairs[:, :2, :, 0].any() and not pairs[:, :, 5:, 0].any()
    chosen = pairs[:, 0, 0, 1].astype(int) - 1
    np.testing.assert_array_equal(pairs[..., 1:], SOUNDS[chosen])
    np.testing.assert_array_equal(SOUND_LABELS[chosen], LABELS)


def test_each_is_used_equally_often_in_an_order_of_the_seed():
    chosen = [
        paired_by_class(IMAGES, LABELS, SOUNDS, SOUND_LABELS, seed)[0][:, 0, 0, 1]
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(chosen[0], chosen[1])
    assert (chosen[0] != chosen[2]).any()
    # 5 of class 0 and 8 of class 2 are shared by two and by three; class 1 has one.
    counts = np.bincount(chosen[0], minlength=7)[1:]
    assert sorted(counts[[1, 3]]) == [2, 3] and counts[2] == 7
    assert sorted(counts[[0, 4, 5]]) == [2, 3, 3]


def test_what_cannot_be_paired():
    with pytest.raises(ValueError, match="class 2 of the images has no sample in the other set"):
        paired_by_class(IMAGES, LABELS, SOUNDS[1:4], SOUND_LABELS[1:4])
    with pytest.raises(ValueError, match="pairs need one dtype, got uint8 and float64"):
        paired_by_class(IMAGES, LABELS, SOUNDS / 2, SOUND_LABELS)


def test_pairs_need_files():
    with pytest.raises(FileNotFoundError, match="files_dir"):
        load("digit_pairs")


@pytest.mark.slow
def test_the_real_pairs(files_dir):
    pairs, sounds, images = (
        load(name, files_dir=files_dir) for name in ("digit_pairs", "spoken_digit", "mnist")
    )
    assert pairs.sample_shape == (32, 32, 2)
    for part in ("train", "test"):
        made, labels = getattr(pairs, f"{part}_images"), getattr(pairs, f"{part}_labels")
        np.testing.assert_array_equal(labels, getattr(images, f"{part}_labels"))
        np.testing.assert_array_equal(made[:, 2:30, 2:30, :1], getattr(images, f"{part}_images"))
        known = {
            sound.tobytes(): label
            for sound, label in zip(
                getattr(sounds, f"{part}_images"), getattr(sounds, f"{part}_labels"), strict=True
            )
        }
        heard = np.array([known[np.ascontiguousarray(sound).tobytes()] for sound in made[..., 1:]])
        assert (heard == labels).mean() > 0.999
