import keras
import numpy as np

from tfgan_it.layers import GlobalSumPooling2D


def test_sums_over_all_positions(tmp_path):
    images = np.random.default_rng(0).normal(size=(3, 4, 5, 2)).astype("float32")
    inputs = keras.Input((4, 5, 2))
    model = keras.Model(inputs, GlobalSumPooling2D()(inputs))
    assert model.output_shape == (None, 2)
    np.testing.assert_allclose(model(images), images.sum(axis=(1, 2)), rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(images), model(images))
