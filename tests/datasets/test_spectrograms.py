"""Log-mel pictures of tones whose place is known, their waveforms, and WAV files."""

import wave

import numpy as np
import pytest
from scipy import signal

from tfgan_it.datasets import LogMel, read_wav, save_wav

LOG_MEL = LogMel()
TIME = np.arange(LOG_MEL.samples) / LOG_MEL.rate


def mel(hertz):
    return 2595 * np.log10(1 + hertz / 700)


def row_of(hertz):
    """The row whose filter is centred nearest to a frequency, the highest band first."""
    centres = np.linspace(0, mel(4000), 34)[1:-1]
    return 31 - int(np.abs(centres - mel(hertz)).argmin())


@pytest.mark.parametrize("hertz", [200, 700, 1000, 2300, 3700])
def test_a_tone_is_a_bright_row_at_its_place(hertz):
    picture = LOG_MEL.picture(np.sin(2 * np.pi * hertz * TIME))
    assert picture.shape == (32, 32, 1) and picture.dtype == np.float32
    assert set(picture[:, 2:-2, 0].argmax(axis=0)) == {row_of(hertz)}
    assert picture.min() >= -1 and picture.max() <= 1


def test_power_in_decibels_against_scipy():
    random = np.random.default_rng(0)
    waveform = random.normal(size=LOG_MEL.samples)
    fitted = waveform / np.sqrt((waveform**2).mean())
    padded = np.pad(fitted, (192, 192))
    frames = np.stack([padded[128 * t : 128 * t + 512] for t in range(32)])
    spectrum = np.fft.rfft(frames * signal.windows.hann(512, sym=False))
    centres = 700 * (10 ** (np.linspace(0, mel(4000), 34) / 2595) - 1)
    bins = np.arange(257) * 8000 / 512
    expected = np.empty((32, 32))
    for band in range(32):
        weights = np.interp(bins, centres[band : band + 3], [0, 1, 0], left=0, right=0)
        decibels = 10 * np.log10(np.abs(spectrum) ** 2 @ weights)
        expected[31 - band] = 2 * (decibels + 10) / 60 - 1
    np.testing.assert_allclose(LOG_MEL.picture(waveform)[..., 0], expected.clip(-1, 1), atol=1e-5)


def test_loudness_and_silence_around_make_no_difference():
    tone = np.sin(2 * np.pi * 500 * TIME[:2048]) * np.hanning(2048)
    inside = np.concatenate([np.zeros(1280), tone, np.zeros(6400)])
    np.testing.assert_allclose(LOG_MEL.picture(0.01 * inside), LOG_MEL.picture(inside), atol=1e-5)
    assert 1024 <= len(LOG_MEL.trimmed(inside)) <= 2048
    # Centred: as much silence on the left as on the right.
    fitted = np.flatnonzero(LOG_MEL.fitted(inside))
    assert abs((fitted[0] + fitted[-1]) - LOG_MEL.samples) <= 256


def test_what_is_too_long_loses_both_ends():
    ramp = np.linspace(1, 2, 6144)
    fitted = LOG_MEL.fitted(ramp)
    assert len(fitted) == 4096
    scale = np.sqrt((ramp**2).mean())
    np.testing.assert_allclose(fitted * scale, ramp[1024:5120], rtol=1e-6)


def test_a_waveform_made_of_a_picture_has_that_picture():
    # A gliding tone over a hum: two lines that a wrong phase would smear.
    glide = signal.chirp(TIME, 300, TIME[-1], 2500) + 0.3 * np.sin(2 * np.pi * 150 * TIME)
    picture = LOG_MEL.picture(glide)
    waveform = LOG_MEL.waveform(picture)
    assert waveform.shape == (4096,) and waveform.dtype == np.float32
    assert np.abs(waveform).max() == pytest.approx(0.95, abs=1e-6)
    again = LOG_MEL.picture(waveform)
    assert np.corrcoef(picture.ravel(), again.ravel())[0, 1] > 0.9
    bright = picture > 0.4
    assert np.abs(picture - again)[bright].mean() < 0.1  # 3 dB.
    few = LOG_MEL.picture(LOG_MEL.waveform(picture, iterations=0))
    assert np.abs(picture - few)[bright].mean() > 2 * np.abs(picture - again)[bright].mean()
    np.testing.assert_array_equal(LOG_MEL.waveform(picture, seed=0), waveform)


def test_the_inverse_transform_is_exact():
    waveform = np.random.default_rng(1).normal(size=4096)
    np.testing.assert_allclose(LOG_MEL.inverse_stft(LOG_MEL.stft(waveform)), waveform, atol=1e-9)


@pytest.mark.parametrize(("hop", "window", "frames"), [(8, 32, 5), (7, 32, 4), (5, 16, 1)])
def test_both_transforms_against_matrices(hop, window, frames):
    log_mel = LogMel(bands=2, hop=hop, window=window, frames=frames)
    left, random = (window - hop) // 2, np.random.default_rng(0)
    matrix = np.zeros((frames, window, log_mel.samples))  # From samples to windowed frames.
    for t in range(frames):
        for i, weight in enumerate(signal.windows.hann(window, sym=False)):
            if 0 <= (sample := t * hop + i - left) < log_mel.samples:
                matrix[t, i, sample] = weight
    waveform = random.normal(size=log_mel.samples)
    transform = log_mel.stft(waveform)
    np.testing.assert_allclose(transform, np.fft.rfft(matrix @ waveform).T, atol=1e-12)
    # Of a transform that is of no waveform, the nearest, also at both ends.
    wanted = random.normal(size=(frames, window))
    nearest = np.linalg.lstsq(matrix.reshape(-1, log_mel.samples), wanted.ravel(), rcond=None)[0]
    inverse = log_mel.inverse_stft(np.fft.rfft(wanted).T)
    np.testing.assert_allclose(inverse, nearest, atol=1e-9)


def test_a_silent_picture_is_silence():
    assert not LOG_MEL.waveform(np.full((32, 32, 1), -1.0)).any()


@pytest.mark.parametrize(
    ("waveform", "shape"), [(np.zeros(100), r"\(100,\)"), (np.ones((2, 3)), r"\(2, 3\)")]
)
def test_invalid_waveforms(waveform, shape):
    with pytest.raises(ValueError, match=f"^LogMel: waveform must be finite, .* got shape {shape}"):
        LOG_MEL.picture(waveform)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window": 200}, "window must be even and at least 2 hop = 256, got 200"),
        ({"lowest": 60.0}, "lowest must be below highest, got 60.0 and 50.0"),
        ({"bands": 200}, "200 bands are too many for a window of 512"),
    ],
)
def test_constants_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=f"^LogMel: {message}"):
        LogMel(**arguments)


def test_a_picture_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"^LogMel: picture must be \(32, 32, 1\), got \(8, 8\)"):
        LOG_MEL.waveform(np.zeros((8, 8)))


# Files


def test_wav_files_go_round(tmp_path):
    waveform = np.random.default_rng(0).uniform(-1, 1, 800).astype("float32")
    path = save_wav(waveform, tmp_path / "new" / "a.wav", rate=4000)
    with wave.open(str(path)) as file:
        assert file.getparams()[:4] == (1, 2, 4000, 800)
    read, rate = read_wav(path)
    assert rate == 4000
    np.testing.assert_allclose(read, waveform, atol=1e-4)


def test_what_is_too_loud_is_clipped_and_what_is_not_finite_refused(tmp_path):
    read, _ = read_wav(save_wav([0.0, 3.0, -3.0], tmp_path / "a.wav"))
    np.testing.assert_allclose(read, [0, 1, -1], atol=1e-4)
    with pytest.raises(ValueError, match="^save_wav: waveform must be finite"):
        save_wav([0.0, np.nan], tmp_path / "b.wav")


def test_files_other_than_16_bit_mono_wav(tmp_path):
    stereo = tmp_path / "stereo.wav"
    with wave.open(str(stereo), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\0\0")
    with pytest.raises(ValueError, match=r"stereo\.wav is not .*: it has 8 bits and 2 channels"):
        read_wav(stereo)
    (tmp_path / "no.wav").write_bytes(b"RIFF")
    with pytest.raises(ValueError, match=r"no\.wav is not a 16-bit mono WAV: EOFError$"):
        read_wav(tmp_path / "no.wav")
    with pytest.raises(FileNotFoundError, match="gone"):
        read_wav(tmp_path / "gone.wav")
    whole = save_wav(np.sin(np.arange(100)), tmp_path / "whole.wav")
    whole.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"whole\.wav .*: it ends after 90 of 100 samples$"):
        read_wav(str(whole))
