import keras
import numpy as np
import pytest
import tensorflow as tf

from support.replicas import MIRRORED
from support.small_models import NOISE, compiled
from tfgan_it.models import GAN
from tfgan_it.networks import mlp_discriminator, mlp_generator
from tfgan_it.regularizers import WeightClip

POINTS = np.random.default_rng(0).normal(3, 1, size=(48, 2)).astype("float32")


def test_weights_beyond_the_limit_are_moved_to_it():
    w = np.asarray([-3, -0.01, -0.005, 0, 0.02], "float32")
    np.testing.assert_allclose(WeightClip()(w), [-0.01, -0.01, -0.005, 0, 0.01])
    np.testing.assert_allclose(WeightClip(1)(w), [-1, -0.01, -0.005, 0, 0.02])


@pytest.mark.examples(1)
@pytest.mark.parametrize("strategy", [tf.distribute.get_strategy(), MIRRORED])
def test_training_keeps_a_critic_within_the_limit(strategy, tmp_path):
    with strategy.scope():
        critic = mlp_discriminator((2,), width=8, kernel_constraint=WeightClip(0.02))
        model = GAN(mlp_generator((2,), NOISE.dimension, width=8), critic, NOISE)
        compiled(model, 0.1, 0.1, loss="wasserstein")
    model.fit(tf.data.Dataset.from_tensor_slices(POINTS).batch(16), verbose=0)
    for kernel in (layer.kernel for layer in critic.layers if hasattr(layer, "kernel")):
        values = getattr(kernel.value, "values", [kernel])
        for value in values:
            assert np.abs(value.numpy()).max() == np.float32(0.02)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    kept = [layer.kernel_constraint for layer in loaded.discriminator.layers[1:] if layer.weights]
    assert [constraint.limit for constraint in kept] == [0.02] * 3
