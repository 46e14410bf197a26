import keras
import numpy as np
import pytest
import tensorflow as tf

from support.small_models import NOISE, compiled
from tfgan_it.layers import PackSamples
from tfgan_it.models import GAN
from tfgan_it.networks import mlp_discriminator, mlp_generator
from tfgan_it.regularizers import R1

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("shape", [(5,), (4, 3), (2, 4, 3)])
def test_samples_lie_side_by_side_on_the_last_axis(samples, shape):
    images = RNG.normal(size=(6, *shape)).astype("float32")
    expected = np.concatenate([images[i::samples] for i in range(samples)], -1)
    packed = PackSamples(samples)(images)
    assert packed.shape == (6 // samples, *shape[:-1], samples * shape[-1])
    np.testing.assert_array_equal(packed, expected)


def test_symbolic_shapes():
    assert PackSamples(2)(keras.Input((4, 4, 3))).shape == (None, 4, 4, 6)
    assert PackSamples(2)(keras.Input(batch_shape=(6, 5))).shape == (3, 10)
    assert PackSamples(3).compute_output_shape((None, 7)) == (None, 21)


@pytest.mark.parametrize("batch, nearest", [(5, 4), (7, 8), (1, 2)])
def test_a_batch_that_cannot_be_packed(batch, nearest):
    pack = PackSamples(2)
    line = f"PackSamples: a batch of {batch} is not divisible by pack_size=2 (nearest: {nearest})."
    with pytest.raises(ValueError) as error:
        pack.compute_output_shape((batch, 3))
    assert str(error.value) == line
    with pytest.raises(ValueError) as error:
        pack(np.zeros((batch, 3), "float32"))
    assert line in str(error.value)


def test_in_a_graph_of_any_batch():
    pack = PackSamples(2)
    function = tf.function(pack, input_signature=[tf.TensorSpec((None, 2))])
    points = RNG.normal(size=(4, 2)).astype("float32")
    np.testing.assert_array_equal(function(points), pack(points))
    with pytest.raises(tf.errors.InvalidArgumentError, match="multiple of 4|reshape"):
        function(points[:3])


def test_a_discriminator_of_pairs_plays_the_whole_game(tmp_path):
    critic = mlp_discriminator((2,), width=8, first=PackSamples(2))
    generator = mlp_generator((2,), NOISE.dimension, width=8)
    model = compiled(GAN(generator, critic, NOISE), discriminator_regularizers=[R1(1.0)])
    dataset = tf.data.Dataset.from_tensor_slices(RNG.normal(size=(48, 2)).astype("float32"))
    before = [v.numpy() for v in model.trainable_variables]
    history = model.fit(dataset.batch(16), verbose=0).history
    assert np.isfinite(list(history.values())).all()
    for value, variable in zip(before, model.trainable_variables, strict=True):
        assert np.abs(variable.numpy() - value).max() > 1e-6
    assert np.isfinite(list(model.evaluate(dataset.batch(16), verbose=0).values())).all()
    model.save(tmp_path / "model.keras")
    points = RNG.normal(size=(6, 2)).astype("float32")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    logits = loaded.discriminate(points)["logits"]
    assert logits.shape == (3,)
    np.testing.assert_allclose(logits, model.discriminate(points)["logits"], rtol=1e-6)
