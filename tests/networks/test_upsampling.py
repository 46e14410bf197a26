import keras
import numpy as np

from tfgan_it.networks.upsampling import upsampled


def test_pixels_are_repeated():
    inputs = keras.Input((2, 3, 2))
    x = np.arange(24, dtype="float32").reshape(2, 2, 3, 2)
    expected = x.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(keras.Model(inputs, upsampled(inputs))(x), expected)
