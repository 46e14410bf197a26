"""Spoken digits, as spectrograms or waveforms, from the Free Spoken Digit Dataset's archive."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.datasets.images import to_uint8
from tfgan_it.datasets.labelled_samples import ImageDataset, SoundDataset
from tfgan_it.datasets.spectrograms import LogMel, centred, read_wav
from tfgan_it.datasets.tar_files import matching_files, unpacked
from tfgan_it.files import local_path, reading

FOLDER = "spoken_digit"
RATE = 8000  # Samples per second.
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
    spectrogram = spectrogram or LogMel()
    parts = _parts(files_dir, spectrogram.rate, lambda x: to_uint8(spectrogram.picture(x)))
    return ImageDataset(FOLDER, **parts, class_names=CLASS_NAMES)


@check_arguments()
def spoken_digit_waves(files_dir: str | os.PathLike | None, length: int = 8192) -> SoundDataset:
    """Loads the waveforms of spoken digits in [-1, 1], `(length, 1)`, from a local file.

    The recordings and both parts are those of `spoken_digits`. Each is scaled to a peak of 1 and
    centred between zeros; one that is longer than `length` is cropped at both ends. 8,192 samples
    are 1.02 seconds at 8 kHz, as long as the 16,384 at 16 kHz of WaveGAN; 1 % of the recordings are
    longer.

    Args:
        files_dir: As for `spoken_digits`.
        length: Number of samples.

    Raises:
        FileNotFoundError: As for `spoken_digits`.
        ValueError: As for `spoken_digits`, or if a recording is silent or `length` is below 1.

    Source: as for `spoken_digits`.
    """

    def peak_of_one(waveform: np.ndarray) -> np.ndarray:
        if not waveform.any():
            raise ValueError("it is silent")
        return centred(waveform / np.abs(waveform).max(), length)[:, None]

    parts = _parts(files_dir, RATE, peak_of_one)
    return SoundDataset(f"{FOLDER}_waves", **parts, class_names=CLASS_NAMES, rate=RATE)


def _parts(
    files_dir: str | os.PathLike | None, rate: int, sample_of: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any]:
    """Returns samples and labels of both parts, by the arguments of a data set."""
    if files_dir is None:
        raise FileNotFoundError(f"sounds are read from files_dir/{FOLDER}: give files_dir")
    folder = local_path(files_dir, "files_dir") / FOLDER
    archives = sorted(path for path in folder.glob("*.tar.gz") if path.is_file())
    if not archives:
        raise FileNotFoundError(
            f"no archive {folder / '*.tar.gz'} of the Free Spoken Digit Dataset"
        )
    path = archives[-1]
    found: dict[str, list[tuple[np.ndarray, int]]] = {"train": [], "test": []}
    with reading(path, "an undamaged archive of spoken digits"):
        for (digit, _, index), (name, content) in _recordings(unpacked(path, _MAX_BYTES, _SHA256)):
            with reading(name, "a recording of a digit"):
                waveform, found_rate = read_wav(io.BytesIO(content))
                if found_rate != rate:
                    raise ValueError(f"it has {found_rate} samples a second, not {rate}")
                sample = sample_of(waveform)
            found["test" if index in TEST_INDICES else "train"].append((sample, digit))
        if not all(found.values()):
            raise ValueError("it holds no recordings/DIGIT_SPEAKER_INDEX.wav of both parts")
    parts: dict[str, Any] = {}
    for part, pairs in found.items():
        samples, labels = zip(*pairs, strict=True)
        parts[f"{part}_images"] = np.stack(samples)
        parts[f"{part}_labels"] = np.asarray(labels, "int64")
    return parts


def _recordings(tar: bytes) -> list[tuple[tuple[int, str, int], tuple[str, bytes]]]:
    """Reads (digit, speaker, index), name and content of each recording, in their order."""
    recordings = {}
    for name, (match, content) in matching_files(tar, _RECORDING).items():
        digit, speaker, index = match.groups()
        recordings[int(digit), speaker, int(index)] = name, content
    return sorted(recordings.items())
