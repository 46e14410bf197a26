"""Spectrograms of spoken digits, from the archive of the Free Spoken Digit Dataset."""

from __future__ import annotations

import io
import os
import re

import numpy as np

from tfgan_it.datasets.images import to_uint8
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.spectrograms import LogMel, read_wav
from tfgan_it.datasets.tar_files import matching_files, unpacked
from tfgan_it.files import local_path, reading

FOLDER = "spoken_digit"
CLASS_NAMES = tuple(map(str, range(10)))
# Recordings 0 to 4 of every digit and speaker are the official test set.
TEST_INDICES = range(5)
# Of files that keep their published name; archives of other names are compared by gzip's checksum.
_SHA256 = {
    "free-spoken-digit-dataset-1.0.9.tar.gz": (
        "8bc44cde129d505cbbb6b365c09f80c663f2aa77578afc634e6141a2f87100c0"
    )
}
_MAX_BYTES = 2**28  # Version 1.0.9 unpacks to 18 MB.
_RECORDING = re.compile(r"(?:^|/)recordings/(\d)_([a-z]+)_(\d+)\.wav$")


def spoken_digits(
    files_dir: str | os.PathLike | None, spectrogram: LogMel | None = None
) -> ImageDataset:
    """Loads log-mel spectrograms of spoken digits, `(bands, frames, 1)`, from a local file.

    Version 1.0.9 has 2,500 recordings at 8 kHz: 50 of each of 10 digits by each of 5 speakers. Of
    the 50, 0 to 4 are the official test set, so that both parts have the same speakers. Pictures
    have 256 levels, .24 dB apart with the defaults.

    Args:
        files_dir: Folder of raw files, with `spoken_digit/*.tar.gz` in it: the last by name is
            read. A file of the published name must have the published sha256; an archive packed
            again needs another name.
        spectrogram: The transform of sounds to pictures. If None, `LogMel()`.

    Raises:
        FileNotFoundError: If `files_dir` is None or has no archive.
        ValueError: If the archive is damaged or unpacks to more than 256 MiB, has no recordings, or
            has one that is not a WAV at the sampling rate of `spectrogram`.

    Source: Jackson et al., "Free Spoken Digit Dataset", CC BY-SA 4.0.
    """
    if files_dir is None:
        raise FileNotFoundError(f"sounds are read from files_dir/{FOLDER}: give files_dir")
    spectrogram = spectrogram or LogMel()
    folder = local_path(files_dir, "files_dir") / FOLDER
    archives = sorted(path for path in folder.glob("*.tar.gz") if path.is_file())
    if not archives:
        raise FileNotFoundError(
            f"no archive {folder / '*.tar.gz'} of the Free Spoken Digit Dataset"
        )
    path = archives[-1]
    parts: dict[bool, list[tuple[np.ndarray, int]]] = {False: [], True: []}
    with reading(path, "an undamaged archive of spoken digits"):
        for (digit, _, index), (name, content) in _recordings(unpacked(path, _MAX_BYTES, _SHA256)):
            with reading(name, "a recording of a digit"):
                waveform, rate = read_wav(io.BytesIO(content))
                if rate != spectrogram.rate:
                    raise ValueError(f"it has {rate} samples a second, not {spectrogram.rate}")
                picture = to_uint8(spectrogram.picture(waveform))
            parts[index in TEST_INDICES].append((picture, digit))
        if not all(parts.values()):
            raise ValueError("it holds no recordings/DIGIT_SPEAKER_INDEX.wav of both parts")
    (train, train_labels), (test, test_labels) = (
        (np.stack(pictures), np.asarray(labels, "int64"))
        for pictures, labels in (zip(*parts[of_test], strict=True) for of_test in (False, True))
    )
    return ImageDataset(FOLDER, train, test, train_labels, test_labels, CLASS_NAMES)


def _recordings(tar: bytes) -> list[tuple[tuple[int, str, int], tuple[str, bytes]]]:
    """Reads (digit, speaker, index), name and content of each recording, in their order."""
    recordings = {}
    for name, (match, content) in matching_files(tar, _RECORDING).items():
        digit, speaker, index = match.groups()
        recordings[int(digit), speaker, int(index)] = name, content
    return sorted(recordings.items())
