"""Drawing of sounds, and sounds one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # It imports scipy.signal at the first use: a quarter of the time of this package.
from PIL import Image

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_integer
from tfgan_it.visualization.layout import PAPER
from tfgan_it.visualization.samples import grid

_WIDTH, _WAVE, _SPECTRUM = 128, 32, 64  # Pixels of a waveform, and of the spectrogram below it.
_WINDOW = 256  # Samples of a frame.
_DECIBELS = 80.0  # From black to white.
_INK = 30
_PAUSE = 0.25  # Seconds between two sounds.


@check_arguments()
def sounds(waveforms: Any, columns: int | None = None) -> np.ndarray:
    """Draws sounds as one uint8 picture `(height, width, 3)`: waveforms above their spectrograms.

    A column of a waveform reaches from its smallest to its largest sample, from -1 to 1 over the
    height. Below, frequency goes up to half the rate and white is the loudest point of this sound;
    what is 80 decibels below it is black, and so is silence.

    Args:
        waveforms: Sounds in [-1, 1], `(n, length, channels)`; of several channels the mean is
            drawn.
        columns: Number of sounds in a row. If None, about the square root of n.

    Raises:
        ValueError: If sounds have another shape, are empty, or have values that are not finite.

    Example:

    >>> sounds(np.zeros((4, 8192, 1), "float32")).shape
    (198, 262, 3)
    """
    waveforms = np.asarray(waveforms, "float64")
    if waveforms.ndim != 3 or not waveforms.size or not np.isfinite(waveforms).all():
        raise ValueError(
            f"sounds: waveforms must be finite and (n, length, channels), got {waveforms.shape}."
        )
    mono = waveforms.mean(axis=-1)
    tiles = [np.concatenate([_envelope(x), _spectrogram(x)]) for x in mono]
    return grid(np.stack(tiles)[..., None], columns)


@check_arguments()
def joined_sounds(waveforms: Any, rate: int) -> np.ndarray:
    """Returns sounds one after the other, with a quarter of a second of silence between them.

    Args:
        waveforms: `(n, length, channels)`; of several channels the mean is taken.
        rate: Samples per second.

    Returns:
        The waveform, float32 `(samples,)`, for `datasets.save_wav`.

    Example:

    >>> joined_sounds(np.ones((2, 8, 1)), rate=8).tolist() == [1.0] * 8 + [0.0] * 2 + [1.0] * 8
    True
    """
    pause = round(_PAUSE * check_integer("joined_sounds", "rate", rate, 1))
    mono = np.asarray(waveforms, "float32").mean(axis=-1)
    return np.pad(mono, ((0, 0), (0, pause))).reshape(-1)[: mono.size + (len(mono) - 1) * pause]


def _envelope(waveform: np.ndarray) -> np.ndarray:
    """Draws a waveform, uint8 `(_WAVE, _WIDTH)`."""
    columns = np.array_split(np.resize(waveform, max(_WIDTH, len(waveform))), _WIDTH)
    rows = np.linspace(1, -1, _WAVE)[:, None]
    half = 1 / (_WAVE - 1)  # Half of a row, so that silence is a line.
    low, high = (np.array([edge(x) for x in columns]) for edge in (np.min, np.max))
    return np.where((rows >= low - half) & (rows <= high + half), _INK, PAPER).astype("uint8")


def _spectrogram(waveform: np.ndarray) -> np.ndarray:
    """Draws a spectrogram, uint8 `(_SPECTRUM, _WIDTH)`, the highest frequency at the top."""
    padded = np.pad(waveform, (0, max(0, _WINDOW - len(waveform))))
    hop = max(1, len(padded) // _WIDTH)
    window = scipy.signal.windows.hann(_WINDOW, sym=False)
    transform = scipy.signal.ShortTimeFFT(window, hop, 1.0)
    power = transform.spectrogram(padded)
    peak = power.max()
    decibels = 10 * np.log10(np.maximum(power / peak if peak else power, 10 ** (-_DECIBELS / 10)))
    grey = (255 * (1 + decibels / _DECIBELS)).round().astype("uint8")[::-1]
    size = _WIDTH, _SPECTRUM
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR))
