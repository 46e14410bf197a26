"""Spoken digits from an archive of tones, and from the real one where it is there."""

import numpy as np
import pytest

from support.spoken_tones import archive_of, names_of, tone
from tfgan_it.datasets import LogMel, load, spoken_digit_waves, spoken_digits, to_uint8

NAMES = names_of((3, 0, 1), (12, 0, 5, 4), ("ann", "bob"))


def test_the_official_split_is_by_index(tmp_path):
    archive_of(tmp_path, NAMES)
    data = spoken_digits(tmp_path)
    assert repr(data) == (
        "ImageDataset('spoken_digit', 12 train + 12 test images of 32x32x1, 10 classes)"
    )
    for labels in (data.train_labels, data.test_labels):
        assert np.bincount(labels).tolist() == [4, 4, 0, 4]
    # By digit, speaker, index: 0 and 4 are tested on, 5 and 12 trained on.
    expected = [
        to_uint8(LogMel().picture(tone(digit, index)))
        for digit in (0, 1, 3)
        for _ in ("ann", "bob")
        for index in (5, 12)
    ]
    # 16 bits are not the tone itself.
    assert np.abs(data.train_images.astype(int) - np.stack(expected)).mean() < 1


def test_it_is_loaded_by_name_and_with_other_constants(tmp_path):
    archive_of(tmp_path, NAMES)
    assert load("spoken_digit", files_dir=tmp_path).sample_shape == (32, 32, 1)
    assert spoken_digits(tmp_path, LogMel(bands=16, frames=24)).sample_shape == (16, 24, 1)


def test_what_is_missing_or_wrong_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="^sounds are read from files_dir/spoken_digit"):
        load("spoken_digit")
    with pytest.raises(FileNotFoundError, match=r"no archive .*spoken_digit/\*\.tar\.gz"):
        spoken_digits(tmp_path)
    path = archive_of(tmp_path, ["1_ann_7.wav"])
    with pytest.raises(ValueError, match=r"holds no recordings/.* of both parts"):
        spoken_digits(tmp_path)
    archive_of(tmp_path, NAMES, rate=16000)
    with pytest.raises(ValueError, match=r"0_ann_0\.wav is not .* 16000 samples a second"):
        spoken_digits(tmp_path)
    archive_of(tmp_path, NAMES, damage=b"RIFF")
    with pytest.raises(ValueError, match=r"recordings/0_ann_0\.wav .* not a 16-bit mono WAV"):
        spoken_digits(tmp_path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ValueError, match="is not an undamaged archive of spoken digits: ") as error:
        spoken_digits(tmp_path)
    assert "\n" not in str(error.value)


def test_waveforms_are_centred_with_a_peak_of_one(tmp_path):
    archive_of(tmp_path, NAMES)
    data = load("spoken_digit_waves", files_dir=tmp_path)
    assert repr(data) == (
        "SoundDataset('spoken_digit_waves', 12 train + 12 test sounds of 8192x1, 10 classes)"
    )
    assert data.rate == 8000 and data.train_images.dtype == np.float32
    assert np.bincount(data.train_labels).tolist() == [4, 4, 0, 4]
    for digit, index, sound in zip((0, 0, 0, 0), (5, 12, 5, 12), data.train_images, strict=False):
        recorded = tone(digit, index)
        before = (8192 - len(recorded)) // 2
        assert not sound[:before].any() and not sound[before + len(recorded) :].any()
        heard = sound[before : before + len(recorded), 0]
        np.testing.assert_allclose(heard, recorded / np.abs(recorded).max(), atol=1e-4)
    assert (np.abs(data.train_images).max(axis=(1, 2)) == 1).all()


def test_waveforms_that_are_too_long_lose_both_ends(tmp_path):
    archive_of(tmp_path, NAMES)
    whole = spoken_digit_waves(tmp_path, 4000).train_images
    cut = spoken_digit_waves(tmp_path, length=1000).train_images
    np.testing.assert_array_equal(cut, whole[:, 1500:2500])
    with pytest.raises(ValueError, match="^spoken_digit_waves: length .* at least 1, got 0"):
        spoken_digit_waves(tmp_path, 0)
    with pytest.raises(ValueError, match="spoken_digit_waves holds sounds, which have no image_"):
        load("spoken_digit_waves", files_dir=tmp_path, image_size=32)
    archive_of(tmp_path, NAMES, volume=0.0)
    with pytest.raises(ValueError, match=r"0_ann_0\.wav is not a recording .*: it is silent$"):
        spoken_digit_waves(tmp_path)


@pytest.mark.slow
def test_the_real_archive_of_waveforms(files_dir):
    data = load("spoken_digit_waves", files_dir=files_dir)
    assert data.train_images.shape == (2250, 8192, 1) and len(data.test_images) == 250
    spectrograms = load("spoken_digit", files_dir=files_dir)
    np.testing.assert_array_equal(data.test_labels, spectrograms.test_labels)
    cut = (data.train_images[:, [0, -1], 0] != 0).any(axis=1).mean()
    assert cut < 0.02


@pytest.mark.slow
def test_the_real_archive(files_dir):
    data = load("spoken_digit", files_dir=files_dir)
    assert (len(data.train_images), len(data.test_images)) == (2250, 250)
    assert np.bincount(data.train_labels).tolist() == [225] * 10
    assert np.bincount(data.test_labels).tolist() == [25] * 10
    # Sounds differ by digit: the nearest training sound is of the same one.
    train, test = (x.reshape(len(x), -1) / 255.0 for x in (data.train_images, data.test_images))
    distances = (test**2).sum(1)[:, None] - 2 * test @ train.T + (train**2).sum(1)[None]
    nearest = data.train_labels[distances.argmin(axis=1)]
    assert (nearest == data.test_labels).mean() > 0.9
