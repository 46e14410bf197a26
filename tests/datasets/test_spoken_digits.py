"""Spoken digits from an archive of tones, and from the real one where it is there."""

import io
import tarfile

import numpy as np
import pytest

from tfgan_it.datasets import LogMel, load, save_wav, spoken_digits, to_uint8


def tone(digit, index, rate=8000):
    time = np.arange(2000 + 100 * index) / rate
    return 0.5 * np.sin(2 * np.pi * (200 + 150 * digit) * time)


def archive_of(folder, names, rate=8000, damage=None):
    """An archive of tones, each of its digit's pitch, under `folder/spoken_digit`."""
    (folder / "spoken_digit").mkdir(exist_ok=True)
    path = folder / "spoken_digit" / "digits.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            digit, _, index = name.removesuffix(".wav").split("_")
            wav = save_wav(tone(int(digit), int(index)), folder / "one.wav", rate)
            data = wav.read_bytes() if damage is None else damage
            member = tarfile.TarInfo(f"set-1.0/recordings/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        archive.addfile(tarfile.TarInfo("set-1.0/recordings/README.md"))
    return path


NAMES = [f"{d}_{who}_{i}.wav" for who in ("ann", "bob") for i in (12, 0, 5, 4) for d in (3, 0, 1)]


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
