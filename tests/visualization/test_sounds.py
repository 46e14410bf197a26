"""Pictures of sounds, and sounds one after the other."""

import numpy as np
import pytest

from support.small_models import CODES, compiled, small_model
from tfgan_it import recipes, visualization

TIME = np.arange(8192) / 8000
WAVE, SPECTRUM = slice(2, 34), slice(34, 98)  # Rows of a tile.


def tile(waveform):
    """The waveform and the spectrogram of one sound, without the border."""
    picture = visualization.sounds(np.asarray(waveform)[None, :, None])
    assert picture.dtype == np.uint8 and picture.shape == (100, 132, 3)
    return picture[WAVE, 2:-2, 0], picture[SPECTRUM, 2:-2, 0]


def test_a_tone_is_a_line_at_its_frequency():
    for hertz in (500, 1000, 3000):
        _, spectrum = tile(0.5 * np.sin(2 * np.pi * hertz * TIME))
        rows = spectrum[:, 8:-8].argmax(axis=0)
        # 4,000 Hz at the top of 64 rows, 0 Hz at the bottom.
        assert abs(63 - np.median(rows) - 64 * hertz / 4000) <= 1.5
        assert spectrum.max() >= 220


def test_an_envelope_reaches_from_the_smallest_to_the_largest_sample():
    quiet_then_loud = np.where(TIME < 0.512, 0.25, 1.0) * np.sin(2 * np.pi * 100 * TIME)
    wave, _ = tile(quiet_then_loud)
    height = (wave < 128).sum(axis=0)
    assert (height[2:62] >= 8).all() and (height[2:62] <= 10).all() and (height[66:] >= 30).all()


def test_silence_is_a_line_above_black():
    wave, spectrum = tile(np.zeros(8192))
    assert 1 <= (wave < 128).sum(axis=0).max() <= 2 and not spectrum.any()


def test_short_sounds_and_several_channels():
    short = np.sin(np.arange(40))[None, :, None]
    both = np.concatenate([short, -short], axis=2)
    assert visualization.sounds(short, columns=1).shape == (100, 132, 3)
    silent = visualization.sounds(np.zeros_like(short))
    np.testing.assert_array_equal(visualization.sounds(both), silent)


@pytest.mark.parametrize(
    "wrong", [np.zeros((0, 9, 1)), np.zeros((2, 9)), np.full((1, 9, 1), np.nan)]
)
def test_what_is_not_sounds_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^sounds: waveforms must be finite and \(n, length"):
        visualization.sounds(wrong)


def test_sounds_one_after_the_other():
    sounds = np.arange(1, 13).reshape(3, 4, 1)
    joined = visualization.joined_sounds(sounds, rate=8)
    assert joined.tolist() == [1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0, 9, 10, 11, 12]
    with pytest.raises(ValueError, match="rate must be"):
        visualization.joined_sounds(sounds, rate=0)


# Of a model


def test_the_pictures_and_sounds_of_a_model():
    model = recipes.wave_gan((64, 1), width=2, noise=3, categories=3, rate=8000)
    samples = model.generate(8, seed=0)
    expected = visualization.sounds(samples)
    np.testing.assert_array_equal(visualization.sample_grid(model, 16, seed=0), expected)
    joined = visualization.joined_sounds(samples, 8000)
    np.testing.assert_array_equal(visualization.sample_sounds(model, 16, seed=0), joined)
    (path,) = visualization.code_traversal(model, rows=2).values()
    assert path.shape == (2 * 98 + 2, 3 * 130 + 2, 3)
    frames = visualization.interpolation(model, [0, 1], frames=2)
    assert [frame.shape for frame in frames] == [(100, 132, 3)] * 4


def test_a_row_for_each_class():
    model = recipes.wave_gan((64, 1), width=2, noise=3, conditions=3, rate=8000)
    assert visualization.sample_grid(model, 12).shape == (3 * 98 + 2, 2 * 130 + 2, 3)
    latents = model.sample_latents(2, 0)
    sounds = [model.predict((latents, np.full(2, k)), verbose=0) for k in range(3)]
    joined = visualization.joined_sounds(np.concatenate(sounds), 8000)
    np.testing.assert_allclose(visualization.sample_sounds(model, 12), joined, atol=1e-6)


def test_a_model_of_images_makes_no_sounds():
    model = compiled(small_model(CODES))
    with pytest.raises(ValueError, match=r"^sample_sounds: .* has no rate: its generator must end"):
        visualization.sample_sounds(model)
