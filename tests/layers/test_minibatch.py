import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.layers import MinibatchDeviation

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(6, 3), (6, 4, 3), (5, 2, 4, 3)])
def test_a_channel_with_the_mean_standard_deviation_over_the_batch(shape):
    x = RNG.normal(size=shape).astype("float32")
    y = MinibatchDeviation()(x).numpy()
    assert y.shape == (*shape[:-1], shape[-1] + 1)
    np.testing.assert_array_equal(y[..., :-1], x)
    np.testing.assert_allclose(y[..., -1], x.std(axis=0).mean(), rtol=1e-5)


def test_a_constant_batch_is_detected_and_has_a_finite_gradient():
    x = tf.ones((4, 2, 3))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = MinibatchDeviation()(x)
        slope = tape.gradient(y, x)
        penalty = tf.reduce_sum(slope**2)
    assert float(tf.reduce_max(y[..., -1])) <= 1e-4
    assert np.isfinite(slope).all() and np.isfinite(outer.gradient(penalty, x)).all()


def test_half_precision():
    x = RNG.normal(size=(8, 3)).astype("float16")
    y = MinibatchDeviation(dtype="float16")(x)
    assert y.dtype == "float16"
    np.testing.assert_allclose(y[:, -1], x.astype("float32").std(axis=0).mean(), rtol=1e-3)


def test_shapes_and_round_trip(tmp_path):
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, MinibatchDeviation()(inputs))
    assert model.output_shape == (None, 4, 4, 4)
    model.save(tmp_path / "model.keras")
    x = RNG.normal(size=(3, 4, 4, 3)).astype("float32")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), model(x))
