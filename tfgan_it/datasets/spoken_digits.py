"""Spectrograms of spoken digits, from the archive of the Free Spoken Digit Dataset."""

from __future__ import annotations

import io
import os
import pathlib
import re
import tarfile
import zlib

import numpy as np

from tfgan_it.datasets.images import ImageDataset, to_uint8
from tfgan_it.datasets.spectrograms import LogMel, read_wav
from tfgan_it.files import local_path

FOLDER = "spoken_digit"
CLASS_NAMES = tuple(map(str, range(10)))
# Recordings 0 to 4 of every digit and speaker are the official test set.
TEST_INDICES = range(5)
_RECORDING = re.compile(r"(?:^|/)recordings/(\d)_([a-z]+)_(\d+)\.wav$")


def spoken_digits(
    files_dir: str | os.PathLike | None, spectrogram: LogMel | None = None
) -> ImageDataset:
    """Loads log-mel spectrograms of spoken digits, `(bands, frames, 1)`, from a local file.

    Version 1.0.9 has 2,500 recordings at 8 kHz: 50 of each of 10 digits by each of 5 speakers. Of
    the 50, 0 to 4 are the official test set, so that both parts have the same speakers. Pictures
    have 256 levels, .24 dB apart with the defaults.

    Args:
        files_dir: Folder of raw files, with `spoken_digit/*.tar.gz` in it.
        spectrogram: The transform of sounds to pictures. If None, `LogMel()`.

    Raises:
        FileNotFoundError: If `files_dir` is None or has no archive.
        ValueError: If the archive is corrupt, has no recordings, or has one that is not a WAV of
            the rate of `spectrogram`.

    Source: Jackson et al., "Free Spoken Digit Dataset", CC BY-SA 4.0.
    """
    if files_dir is None:
        raise FileNotFoundError(f"sounds are read from files_dir/{FOLDER}: give files_dir")
    spectrogram = spectrogram or LogMel()
    folder = local_path(files_dir, "files_dir") / FOLDER
    archives = sorted(folder.glob("*.tar.gz"))
    if not archives:
        raise FileNotFoundError(
            f"no archive {folder / '*.tar.gz'} of the Free Spoken Digit Dataset"
        )
    parts: dict[bool, list[tuple[np.ndarray, int]]] = {False: [], True: []}
    for (digit, _, index), waveform in _recordings(archives[-1], spectrogram.rate):
        picture = to_uint8(spectrogram.picture(waveform))
        parts[index in TEST_INDICES].append((picture, digit))
    if not all(parts.values()):
        raise ValueError(
            f"{archives[-1]} holds no recordings/DIGIT_SPEAKER_INDEX.wav of both parts"
        )
    (train, train_labels), (test, test_labels) = (
        (np.stack(pictures), np.asarray(labels, "int64"))
        for pictures, labels in (zip(*parts[of_test], strict=True) for of_test in (False, True))
    )
    return ImageDataset(FOLDER, train, test, train_labels, test_labels, CLASS_NAMES)


def _recordings(archive: pathlib.Path, rate: int) -> list[tuple[tuple[int, str, int], np.ndarray]]:
    """Reads (digit, speaker, index) and waveform of each recording, in their order."""
    files_of = {}
    try:
        with tarfile.open(archive, "r:gz") as files:
            for member in files:
                if match := _RECORDING.search(member.name):
                    digit, speaker, index = match.groups()
                    recording = files.extractfile(member)
                    assert recording is not None, f"{member.name} is not a file"
                    files_of[int(digit), speaker, int(index)] = member.name, recording.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{archive} is a corrupt archive: {error}") from None
    recordings = []
    for key, (name, data) in sorted(files_of.items()):
        try:
            waveform, file_rate = read_wav(io.BytesIO(data))
        except ValueError as error:
            raise ValueError(f"{archive}: {name}: {error}") from None
        if file_rate != rate:
            raise ValueError(f"{archive}: {name} has {file_rate} samples a second, expected {rate}")
        recordings.append((key, waveform))
    return recordings
