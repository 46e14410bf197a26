"""A GAN whose discriminator judges several samples jointly, which the model does not notice."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from support.small_models import compiled
from tfgan_it.latents import Normal
from tfgan_it.layers import PackSamples, UnpackLogits
from tfgan_it.models import GAN

POINTS = np.random.default_rng(0).normal(size=(23, 2)).astype("float32")
KERNEL, BIAS = np.array([0.5, -1.0, 2.0, 0.25]), 0.1
FAKE = np.array([1.0, -2.0])  # The generator's sample, whatever the latent.


def pairs(**options):
    """A linear discriminator of pairs of points, and a generator of one point."""
    inputs = keras.Input((3,))
    point = layers.Dense(2, kernel_initializer="zeros", name="point")(inputs)
    generator = keras.Model(inputs, point)
    inputs = keras.Input((2,))
    logits = layers.Dense(1, name="logits")(PackSamples(2)(inputs))
    discriminator = keras.Model(inputs, UnpackLogits(2)([logits, inputs]))
    model = compiled(GAN(generator, discriminator, Normal(3)), **options)
    generator.get_layer("point").bias.assign(FAKE)
    discriminator.get_layer("logits").set_weights([KERNEL[:, None], np.array([BIAS])])
    return model


@pytest.fixture(scope="module")
def model():
    return pairs(run_eagerly=True)


def softplus(x):
    return np.log1p(np.exp(np.asarray(x, "float64")))


def logits_of(points):
    """The logit of each point: that of its pair; a single last one is paired with the first."""
    packed = points if len(points) % 2 == 0 else np.concatenate([points, points[:1]])
    return np.repeat(packed.reshape(-1, 4) @ KERNEL + BIAS, 2)[: len(points)]


def losses(*batches):
    """Those of the non-saturating game and the bound, for batches of points."""
    real = np.concatenate([logits_of(points) for points in batches])
    fake = np.concatenate([FAKE, FAKE]) @ KERNEL + BIAS
    each = softplus(-real) + softplus(fake)
    return {
        "discriminator_loss": pytest.approx(each.mean(), rel=1e-5),
        "generator_loss": pytest.approx(softplus(-fake), rel=1e-5),
        "js_nats": pytest.approx(np.log(2) - each.mean() / 2, rel=1e-5),
    }


@pytest.mark.parametrize(("samples", "batch_size"), [(8, 4), (7, 7), (7, 4), (5, 1)])
def test_evaluate_judges_pairs_of_any_number_of_samples(model, samples, batch_size):
    points = POINTS[:samples]
    batches = [points[i : i + batch_size] for i in range(0, samples, batch_size)]
    assert model.evaluate(points, batch_size=batch_size, verbose=0) == losses(*batches)


def test_the_score_of_a_sample_is_that_of_its_pair(model):
    np.testing.assert_allclose(model.score(POINTS[:5]), logits_of(POINTS[:5]), rtol=1e-5)


def test_the_gradient_of_a_pair_reaches_each_of_its_samples():
    # Of one step of SGD at rate .1: the bias moves by .1 s (k_1 + k_2), s = sigmoid(-f(G)).
    model = pairs(run_eagerly=True, discriminator_rate=0.0)
    model.fit(POINTS, batch_size=4, steps_per_epoch=1, verbose=0)
    logit = np.concatenate([FAKE, FAKE]) @ KERNEL + BIAS
    change = 0.1 / (1 + np.exp(logit)) * (KERNEL[:2] + KERNEL[2:])
    bias = model.generator.get_layer("point").bias.numpy()
    np.testing.assert_allclose(bias, FAKE + change, rtol=1e-5)


def test_an_export_has_no_score(model, tmp_path):
    served = tf.saved_model.load(str(model.export(tmp_path / "pairs"))).signatures
    assert set(served) == {"serving_default", "sample"}


def test_a_loaded_model_packs_as_before(model, tmp_path):
    model.save(tmp_path / "pairs.keras")
    loaded = keras.models.load_model(tmp_path / "pairs.keras")
    loaded.run_eagerly = True
    assert loaded.evaluate(POINTS[:8], verbose=0) == losses(POINTS[:8])


def test_each_replica_judges_pairs_of_its_own_samples():
    with MIRRORED.scope():
        model = pairs()
    for n in (20, 21, 22, 23):  # Of the last batch the first replica has half, rounded up.
        middle = 20 + -(-(n - 20) // 2)
        shares = POINTS[:20], POINTS[20:middle], POINTS[middle:n]
        expected = losses(*(share for share in shares if len(share)))
        assert model.evaluate(POINTS[:n], batch_size=20, verbose=0) == expected, n
