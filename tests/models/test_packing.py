"""A GAN whose discriminator judges several samples at once."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from support.small_models import compiled
from tfgan_it.latents import Normal
from tfgan_it.layers import PackSamples
from tfgan_it.models import GAN
from tfgan_it.networks import dcgan_discriminator, dcgan_generator

POINTS = np.random.default_rng(0).normal(size=(23, 2)).astype("float32")
KERNEL, BIAS = np.array([0.5, -1.0, 2.0, 0.25]), 0.1
FAKE = np.array([1.0, -2.0])  # What the generator makes of whatever latent.


def pairs(samples=2, **options):
    """A linear discriminator of packed points, and a generator of one point."""
    inputs = keras.Input((3,))
    point = layers.Dense(2, kernel_initializer="zeros", name="point")(inputs)
    generator = keras.Model(inputs, point)
    inputs = keras.Input((2,))
    packed = PackSamples(samples)(inputs) if samples else inputs
    discriminator = keras.Model(inputs, layers.Dense(1, name="logits")(packed))
    model = compiled(GAN(generator, discriminator, Normal(3)), **options)
    generator.get_layer("point").bias.assign(FAKE)
    if samples == 2:
        discriminator.get_layer("logits").set_weights([KERNEL[:, None], np.array([BIAS])])
    return model


@pytest.fixture(scope="module")
def model():
    return pairs(run_eagerly=True)


@pytest.mark.parametrize("samples", [None, 1, 2, 3, 4])
def test_samples_per_logit(samples):
    assert pairs(samples).samples_per_logit == (samples or 1)


@pytest.mark.parametrize("head", ["one", "named"])
def test_samples_per_logit_of_images(head):
    inputs = keras.Input((8, 8, 1))
    logits = dcgan_discriminator((8, 8, 1), width=2, first=PackSamples(3))(inputs)
    outputs = logits if head == "one" else {"logits": logits}
    generator = dcgan_generator((8, 8, 1), 3, width=2)
    assert GAN(generator, keras.Model(inputs, outputs), Normal(3)).samples_per_logit == 3


def softplus(x):
    return np.log1p(np.exp(np.asarray(x, "float64")))


def losses(images):
    """The non-saturating game's, and the bound, for the first images of POINTS in pairs."""
    real = POINTS[:images].reshape(-1, 4) @ KERNEL + BIAS
    fake = np.concatenate([FAKE, FAKE]) @ KERNEL + BIAS
    each = softplus(-real) + softplus(fake)
    return {
        "discriminator_loss": pytest.approx(each.mean(), rel=1e-5),
        "generator_loss": pytest.approx(softplus(-fake), rel=1e-5),
        "js_nats": pytest.approx(np.log(2) - each.mean() / 2, rel=1e-5),
    }


@pytest.mark.parametrize(
    ("images", "batch_size", "judged"), [(8, 4, 8), (7, 5, 6), (7, None, 6), (5, 1, 4), (3, 2, 2)]
)
def test_evaluate_judges_whole_packs_of_any_number_of_images(model, images, batch_size, judged):
    measured = model.evaluate(POINTS[:images], batch_size=batch_size, verbose=0)
    assert measured == losses(judged)


def test_evaluate_needs_one_pack(model):
    with pytest.raises(ValueError, match="^1 images given, at least 2 are needed$"):
        model.evaluate(POINTS[:1], verbose=0)


@pytest.mark.parametrize(
    ("samples", "batch_size", "multiple"),
    [(2, 15, 16), (2, 13, 12), (2, 1, 2), (3, 4, 3), (3, 128, 129), (4, 1, 4)],
)
def test_fit_refuses_a_batch_of_broken_packs(samples, batch_size, multiple):
    model = pairs(samples)
    with pytest.raises(ValueError) as error:
        model.fit(np.zeros((200, 2)), batch_size=batch_size, verbose=0)
    assert str(error.value) == (
        f"batch_size {batch_size} cannot be shared by 1 replicas in packs of {samples}: "
        f"use a multiple, such as {multiple}."
    )
    assert model.trained_steps == 0


@pytest.mark.parametrize(("samples", "discriminator_steps"), [(2, 1), (2, 3), (3, 1)])
def test_fit_takes_any_number_of_images(samples, discriminator_steps):
    model = pairs(samples, discriminator_steps=discriminator_steps, run_eagerly=True)
    before = [v.numpy() for v in model.trainable_variables]
    # 35 images to validate on: also Keras's batches of 32 would break packs of three.
    options = {"validation_data": np.resize(POINTS, (35, 2)), "verbose": 0}
    history = model.fit(POINTS, batch_size=2 * samples, **options).history
    assert model.trained_steps == 23 // (2 * samples * discriminator_steps)
    assert np.isfinite(list(history.values())).all()
    for value, variable in zip(before, model.trainable_variables, strict=True):
        assert np.abs(variable.numpy() - value).max() > 1e-4


def test_validation_is_evaluation():
    model = pairs(run_eagerly=True, generator_rate=0.0, discriminator_rate=0.0)
    options = {"validation_data": (POINTS[:7], None), "validation_batch_size": 5, "verbose": 0}
    history = model.fit(POINTS, batch_size=4, **options).history
    measured = {name: history[f"val_{name}"][0] for name in model.quantities}
    assert measured == losses(6)


def test_the_gradient_of_a_pack_reaches_each_of_its_samples():
    # Of one step of SGD at rate .1: the bias moves by .1 s (k_1 + k_2), s = sigmoid(-f(G)).
    model = pairs(run_eagerly=True, discriminator_rate=0.0)
    model.fit(POINTS, batch_size=4, steps_per_epoch=1, verbose=0)
    logit = np.concatenate([FAKE, FAKE]) @ KERNEL + BIAS
    moved = 0.1 / (1 + np.exp(logit)) * (KERNEL[:2] + KERNEL[2:])
    bias = model.generator.get_layer("point").bias.numpy()
    np.testing.assert_allclose(bias, FAKE + moved, rtol=1e-5)


def test_one_sample_has_no_score(model):
    with pytest.raises(ValueError) as error:
        model.score(POINTS[:4])
    assert str(error.value) == (
        "The discriminator judges 2 samples at once: it has no score for one."
    )
    assert pairs(1).score(POINTS[:4]).shape == (4,)


def test_an_export_has_no_score(model, tmp_path):
    served = tf.saved_model.load(str(model.export(tmp_path / "pairs"))).signatures
    assert set(served) == {"serving_default", "sample"}
    points = served["sample"](seed=tf.constant([1, 2, 3], tf.int64))["images"]
    np.testing.assert_allclose(points, [FAKE] * 3, rtol=1e-6)


def test_a_loaded_model_packs_as_before(model, tmp_path):
    model.save(tmp_path / "pairs.keras")
    loaded = keras.models.load_model(tmp_path / "pairs.keras")
    assert loaded.samples_per_logit == 2
    loaded.run_eagerly = True
    measured = loaded.evaluate(POINTS[:7], batch_size=5, verbose=0)
    assert measured == losses(6)


@pytest.fixture(scope="module")
def mirrored():
    with MIRRORED.scope():
        return pairs()


def test_replicas_share_whole_packs(mirrored):
    with pytest.raises(ValueError) as error:
        mirrored.fit(POINTS, batch_size=6, verbose=0)
    assert str(error.value) == (
        "batch_size 6 cannot be shared by 2 replicas in packs of 2: use a multiple, such as 8."
    )


@pytest.mark.parametrize("batch_size", [8, 6, None])
def test_each_replica_judges_whole_packs(mirrored, batch_size):
    # Of 23 points 20 are shared by two replicas without breaking a pair.
    assert mirrored.evaluate(POINTS, batch_size=batch_size, verbose=0) == losses(20)
