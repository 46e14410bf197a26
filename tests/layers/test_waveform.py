"""The last layer of a generator of sounds."""

import numpy as np

from tfgan_it.layers import Waveform


def test_it_is_tanh_and_knows_the_rate():
    x = np.random.default_rng(0).normal(size=(2, 5, 1)).astype("float32")
    layer = Waveform(16_000)
    np.testing.assert_allclose(layer(x), np.tanh(x.astype("float64")), rtol=1e-5)
    assert layer.rate == 16_000 and Waveform().rate is None
