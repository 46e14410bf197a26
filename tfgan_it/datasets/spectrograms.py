"""Log-mel spectrograms of a fixed size, and their inversion by Griffin-Lim."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import wave
from typing import Any

import numpy as np
import scipy  # It imports scipy.signal at the first use.
from scipy.io import wavfile
from scipy.optimize import nnls

from tfgan_it.checks import check_seed
from tfgan_it.datasets.memory import check_memory
from tfgan_it.files import local_path, reading, replacing
from tfgan_it.keywords import CheckedKeywords

_SILENT = 1e-10  # Smallest power, below every `lowest`.


@dataclasses.dataclass(frozen=True)
class LogMel(CheckedKeywords):
    """Log-mel spectrograms of waveforms, as pictures `(bands, frames, 1)` in [-1, 1].

        S = 10 log10(M |STFT|^2),   picture = 2 (S - lowest) / (highest - lowest) - 1, clipped

    M are triangular filters of equal width in mel, m = 2595 log10(1 + f / 700), from 0 to half the
    rate. Row 0 is the highest band and column 0 the first frame. Silence at both ends is trimmed;
    the waveform is scaled to a root mean square of 1 and centred, and cropped at both ends if it is
    too long. The picture thus does not contain the loudness and the start of a sound.

    Attributes:
        rate: Samples per second.
        bands: Number of mel bands, the rows of the picture.
        frames: Number of frames, the columns; a picture is `frames * hop` samples long.
        hop: Samples from one frame to the next.
        window: Samples in one Hann window; even, at least 2 `hop`.
        lowest: Decibels that map to -1.
        highest: Decibels that map to 1.
        threshold: Silence is this many decibels below the loudest frame.

    Example: half a second of 1 kHz is one bright line, and is recovered from the picture.

    >>> spectrogram = LogMel()
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(4096) / 8000)
    >>> picture = spectrogram.picture(tone)
    >>> picture.shape, int(picture[:, 16, 0].argmax())
    ((32, 32, 1), 17)
    >>> spectrum = np.abs(np.fft.rfft(spectrogram.waveform(picture)))
    >>> bool(abs(spectrum.argmax() * 8000 / 4096 - 1000) < 50)
    True
    """

    rate: int = 8000
    bands: int = 32
    frames: int = 32
    hop: int = 128
    window: int = 512
    lowest: float = -10.0
    highest: float = 50.0
    threshold: float = 40.0

    def __post_init__(self) -> None:
        if self.window % 2 or self.window < 2 * self.hop:
            raise ValueError(
                f"LogMel: window must be even and at least 2 hop = {2 * self.hop}, got "
                f"{self.window}."
            )
        if not self.lowest < self.highest:
            raise ValueError(
                f"LogMel: lowest must be below highest, got {self.lowest} and {self.highest}."
            )
        if not self.filters.any(axis=1).all():
            raise ValueError(
                f"LogMel: {self.bands} bands are too many for a window of {self.window}, some hold "
                "no frequency."
            )

    @property
    def samples(self) -> int:
        """Number of samples of the waveform of a picture."""
        return self.frames * self.hop

    @functools.cached_property
    def filters(self) -> np.ndarray:
        """Filters M, `(bands, window // 2 + 1)`, the lowest band first, with a peak of 1."""
        # By hand: `keras.layers.MelSpectrogram` interpolates in mel, and gives other numbers.
        mel = np.linspace(0, 2595 * np.log10(1 + self.rate / 2 / 700), self.bands + 2)
        edges = 700 * (10 ** (mel / 2595) - 1)
        bins = np.fft.rfftfreq(self.window, 1 / self.rate)
        return np.stack([np.interp(bins, edges[i : i + 3], (0, 1, 0)) for i in range(self.bands)])

    def trimmed(self, waveform: Any) -> np.ndarray:
        """Returns a waveform from its first to its last frame above the threshold."""
        waveform = np.asarray(waveform, "float64")
        if waveform.ndim != 1 or not np.isfinite(waveform).all() or not waveform.any():
            raise ValueError(
                f"LogMel: waveform must be finite, (samples,) and not silent, got shape "
                f"{waveform.shape}."
            )
        count = -(-len(waveform) // self.hop)
        blocks = np.pad(waveform, (0, count * self.hop - len(waveform))).reshape(count, self.hop)
        power = (blocks**2).mean(axis=1)
        loud = np.flatnonzero(power >= power.max() * 10 ** (-self.threshold / 10))
        return waveform[loud[0] * self.hop : (loud[-1] + 1) * self.hop]

    def fitted(self, waveform: Any) -> np.ndarray:
        """Returns a waveform trimmed, scaled to a root mean square of 1, and centred."""
        waveform = self.trimmed(waveform)
        return centred(waveform / np.sqrt((waveform**2).mean()), self.samples)

    def picture(self, waveform: Any) -> np.ndarray:
        """Computes the picture of a waveform `(samples,)`, float32 `(bands, frames, 1)`."""
        power = self.filters @ np.abs(self.stft(self.fitted(waveform))) ** 2
        decibels = 10 * np.log10(np.maximum(power, _SILENT))
        picture = 2 * (decibels - self.lowest) / (self.highest - self.lowest) - 1
        return picture[::-1, :, None].clip(-1, 1).astype("float32")

    def waveform(self, picture: Any, iterations: int = 60, seed: int = 0) -> np.ndarray:
        """Reconstructs a waveform from a picture, float32 `(samples,)`, with a peak of .95.

        Args:
            picture: `(bands, frames, 1)` in [-1, 1].
            iterations: Number of iterations of Griffin and Lim's algorithm.
            seed: Seed of the initial phases.

        Source: Griffin and Lim, 1984, "Signal Estimation from Modified Short-Time Fourier
        Transform"; momentum as in Perraudin et al., 2013, "A Fast Griffin-Lim Algorithm". The
        filters are inverted by non-negative least squares.
        """
        picture = np.asarray(picture, "float64")
        if picture.shape != (self.bands, self.frames, 1):
            raise ValueError(
                f"LogMel: picture must be ({self.bands}, {self.frames}, 1), got {picture.shape}."
            )
        decibels = (picture[::-1, :, 0] + 1) / 2 * (self.highest - self.lowest) + self.lowest
        # Values near `lowest` may be clipped silence, and are inverted to 0.
        power = np.where(decibels <= self.lowest + 1, 0.0, 10 ** (decibels / 10))
        magnitude = np.sqrt(np.stack([nnls(self.filters, frame)[0] for frame in power.T], axis=1))
        random = np.random.default_rng(check_seed(self, seed) % 2**64)
        phases = np.exp(2j * np.pi * random.random(magnitude.shape))
        previous = np.zeros_like(phases)
        for _ in range(iterations):
            rebuilt = self.stft(self.inverse_stft(magnitude * phases))
            phases = rebuilt + 0.99 * (rebuilt - previous)
            phases, previous = phases / np.maximum(np.abs(phases), _SILENT), rebuilt
        waveform = self.inverse_stft(magnitude * phases)
        return (0.95 * waveform / max(np.abs(waveform).max(), _SILENT)).astype("float32")

    def stft(self, waveform: np.ndarray) -> np.ndarray:
        """Computes the complex short-time Fourier transform, `(window // 2 + 1, frames)`.

        Frame t is centred on the samples from t hop to (t + 1) hop.

        Args:
            waveform: `(frames * hop,)`.
        """
        padded = np.pad(waveform, (self.hop // 2, self.window))
        return self._transform.stft(padded, p0=1, p1=1 + self.frames)

    def inverse_stft(self, transform: np.ndarray) -> np.ndarray:
        """Computes the waveform of the nearest transform in least squares, `(samples,)`.

        Args:
            transform: Complex, as `stft` returns it.
        """
        return self._inverse(transform) / self._coverage

    def _inverse(self, transform: np.ndarray) -> np.ndarray:
        empty = (1 - self._transform.p_min, self.window // self.hop)
        padded = self._transform.istft(np.pad(transform, ((0, 0), empty)))
        return padded[self.hop // 2 :][: self.samples]

    @functools.cached_property
    def _transform(self) -> scipy.signal.ShortTimeFFT:
        """SciPy's transform, whose frame t is centred on the sample t hop."""
        window = scipy.signal.windows.hann(self.window, sym=False)
        return scipy.signal.ShortTimeFFT(window, self.hop, self.rate, phase_shift=None)

    @functools.cached_property
    def _coverage(self) -> np.ndarray:
        """Weight of each sample in the frames, below SciPy's 1 at both ends, `(samples,)`."""
        return self._inverse(self.stft(np.ones(self.samples)))


def centred(waveform: np.ndarray, samples: int) -> np.ndarray:
    """Returns a waveform of so many samples: with zeros at both ends, or cropped there.

    Example:

    >>> centred(np.arange(1, 4), 6), centred(np.arange(1, 4), 1)
    (array([0, 1, 2, 3, 0, 0]), array([2]))
    """
    excess = len(waveform) - samples
    if excess > 0:
        return waveform[excess // 2 : excess // 2 + samples]
    return np.pad(waveform, (-excess // 2, -excess - (-excess // 2)))


def save_wav(waveform: Any, path: str | os.PathLike, rate: int = 8000) -> pathlib.Path:
    """Writes a waveform `(samples,)` in [-1, 1] as 16-bit mono WAV; creates the folder."""
    path = local_path(path)
    values = np.asarray(waveform, "float64")
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError(f"save_wav: waveform must be finite and (samples,), got {values.shape}.")
    with replacing(path) as partial:
        wavfile.write(partial, rate, (values.clip(-1, 1) * 32767).round().astype("<i2"))
    return path


def read_wav(file: Any) -> tuple[np.ndarray, int]:
    """Reads the waveform in [-1, 1], float32 `(samples,)`, and the rate of a 16-bit mono WAV.

    Args:
        file: A path or an open binary file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not a WAV, is not 16-bit mono, or ends too early.
    """
    path = local_path(file, "file") if isinstance(file, str | os.PathLike) else None
    if path and not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    with (
        reading(path or "the sound", "a 16-bit mono WAV"),
        wave.open(str(path) if path else file, "rb") as opened,
    ):
        if opened.getsampwidth() != 2 or opened.getnchannels() != 1:
            raise ValueError(
                f"it has {8 * opened.getsampwidth()} bits and {opened.getnchannels()} channels"
            )
        claimed = opened.getnframes()
        check_memory("it", 6 * claimed)  # Of 16 bits, and of 32.
        frames = opened.readframes(claimed)
        if len(frames) != 2 * claimed:
            raise ValueError(f"it ends after {len(frames) // 2} of {claimed} samples")
        return np.frombuffer(frames, "<i2").astype("float32") / 32768, opened.getframerate()
