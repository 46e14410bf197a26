import keras
import numpy as np
import pytest
import tensorflow as tf

from support.small_models import NOISE, compiled
from tfgan_it.layers import PackSamples, UnpackLogits
from tfgan_it.models import GAN
from tfgan_it.networks import dcgan_discriminator, mlp_discriminator, mlp_generator
from tfgan_it.regularizers import R1

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("pack_size", [1, 2, 3])
@pytest.mark.parametrize("shape", [(5,), (4, 3), (2, 4, 3)])
def test_samples_lie_side_by_side_on_the_last_axis(pack_size, shape):
    images = RNG.normal(size=(6, *shape)).astype("float32")
    expected = np.concatenate([images[i::pack_size] for i in range(pack_size)], -1)
    packed = PackSamples(pack_size)(images)
    assert packed.shape == (6 // pack_size, *shape[:-1], pack_size * shape[-1])
    np.testing.assert_array_equal(packed, expected)


def test_symbolic_shapes():
    assert PackSamples(2)(keras.Input((4, 4, 3))).shape == (None, 4, 4, 6)
    assert PackSamples(2)(keras.Input(batch_shape=(6, 5))).shape == (3, 10)
    assert PackSamples(3).compute_output_shape((None, 7)) == (None, 21)
    assert PackSamples(3).compute_output_shape((7, 1)) == (3, 3)
    logits = UnpackLogits(2)([keras.Input((1,)), keras.Input(batch_shape=(7, 4))])
    assert logits.shape == (7, 1)


@pytest.mark.parametrize("compiled_", [False, True])
@pytest.mark.parametrize("samples", [1, 4, 5])
def test_the_last_pack_is_filled_up_with_the_first_samples(samples, compiled_):
    pack = PackSamples(3)
    if compiled_:
        pack = tf.function(pack, input_signature=[tf.TensorSpec((None, 2))])
    points = RNG.normal(size=(samples, 2)).astype("float32")
    filled = np.resize(points, (-(-samples // 3) * 3, 2))
    np.testing.assert_array_equal(pack(points), filled.reshape(-1, 6))


@pytest.mark.parametrize("compiled_", [False, True])
def test_each_sample_has_the_logit_of_its_pack(compiled_):
    unpack = UnpackLogits(2)
    if compiled_:
        specs = [tf.TensorSpec((None, 1)), tf.TensorSpec((None, 2))]
        unpack = tf.function(unpack, input_signature=[specs])
    logits, samples = np.array([[5.0], [6.0], [7.0]], "float32"), np.zeros((5, 2), "float32")
    np.testing.assert_array_equal(unpack([logits, samples]), [[5.0], [5.0], [6.0], [6.0], [7.0]])


def test_outputs_of_a_discriminator_of_packs():
    discriminator = dcgan_discriminator((8, 8, 1), width=2, pack_size=3)
    assert discriminator(np.zeros((7, 8, 8, 1), "float32")).shape == (7, 1)
    assert any(isinstance(layer, PackSamples) for layer in discriminator.layers)
    plain = dcgan_discriminator((8, 8, 1), width=2)
    assert not any(isinstance(layer, PackSamples) for layer in plain.layers)


@pytest.mark.slow
def test_a_discriminator_of_pairs_trains(tmp_path):
    critic = mlp_discriminator((2,), width=8, pack_size=2)
    generator = mlp_generator((2,), NOISE.dimension, width=8)
    model = compiled(GAN(generator, critic, NOISE), discriminator_regularizers=[R1(1.0)])
    dataset = tf.data.Dataset.from_tensor_slices(RNG.normal(size=(48, 2)).astype("float32"))
    before = [v.numpy() for v in model.trainable_variables]
    history = model.fit(dataset.batch(16), verbose=0).history
    assert np.isfinite(list(history.values())).all()
    for value, variable in zip(before, model.trainable_variables, strict=True):
        assert np.abs(variable.numpy() - value).max() > 1e-6
    model.save(tmp_path / "model.keras")
    points = RNG.normal(size=(6, 2)).astype("float32")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    logits = loaded.discriminate(points)["logits"]
    assert logits.shape == (6,)
    np.testing.assert_allclose(logits, model.discriminate(points)["logits"], rtol=1e-6)
