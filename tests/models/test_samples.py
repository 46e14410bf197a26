"""Nothing assumes an image: samples of any shape, one or several by name; any kind of network."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.small_models import (
    IMAGES,
    NOISE,
    SHAPE,
    assert_same_state,
    compiled,
    generate,
    generator_weights,
    scaled,
    small_model,
    state,
)
from tfgan_it.augmentation import DiffAugment
from tfgan_it.latents import Normal
from tfgan_it.models import GAN
from tfgan_it.regularizers import R1, Dragan, GradientPenalty
from tfgan_it.seeds import seeded_initializers

RNG = np.random.default_rng(0)
N = 12
LATENT = Normal(3)
METRICS = {"discriminator_loss", "generator_loss", "js_nats"}


def drawn(shape, scale=1.0):
    return (scale * RNG.normal(size=(N, *shape))).astype("float32")


# Samples of each kind, the discriminator's last layers, and the shape of its logits.
KINDS = {
    "point": (drawn((2,), 30.0), layers.Flatten, (1,)),
    "tokens": (
        np.eye(4, dtype="float32")[RNG.integers(0, 4, (N, 5))],
        lambda: layers.Activation("linear"),
        (5, 1),
    ),
    # Decibels, which are far below -1.
    "spectrogram": (drawn((6, 3), 20.0) - 40, layers.Flatten, (1,)),
    "image": (RNG.integers(0, 256, (N, 4, 3, 3), "uint8"), layers.Flatten, (1,)),
    "video": (
        RNG.integers(0, 256, (N, 2, 3, 4, 1), "uint8"),
        lambda: layers.Activation("linear"),
        (2, 3, 4, 1),
    ),
    "several": (
        {"sound": drawn((7,), 5.0), "image": RNG.integers(0, 256, (N, 2, 2, 1), "uint8")},
        None,
        (1,),
    ),
}


def shapes_of(samples):
    return keras.tree.map_structure(lambda x: x.shape[1:], samples)


def gan_of(kind, **options):
    """A small model of samples of a kind; always with the same first weights."""
    samples, last, _ = KINDS[kind]
    several = isinstance(samples, dict)

    def made(x, shape):
        return layers.Reshape(shape)(layers.Dense(int(np.prod(shape)), "tanh")(x))

    with seeded_initializers(1):
        latents = keras.Input((LATENT.dimension,))
        hidden = layers.Dense(5, "tanh")(latents)
        if several:
            outputs = {name: made(hidden, x.shape[1:]) for name, x in samples.items()}
            inputs = {name: keras.Input(x.shape[1:], name=name) for name, x in samples.items()}
            flat = layers.Concatenate()([layers.Flatten()(inputs[k]) for k in sorted(inputs)])
        else:
            outputs = made(hidden, samples.shape[1:])
            inputs = keras.Input(samples.shape[1:])
            flat = last()(inputs)
        logits = layers.Dense(1)(layers.Dense(4, "tanh")(flat))
        generator = keras.Model(latents, outputs)
        model = GAN(generator, keras.Model(inputs, logits), LATENT, **options)
    return model


@pytest.mark.examples(1)
@pytest.mark.parametrize("kind", KINDS)
def test_any_sample_is_trained_on_and_made(kind, tmp_path):
    samples, _, logits = KINDS[kind]
    penalties = [R1(0.1), GradientPenalty(0.1), Dragan(0.1)]
    eager = kind not in ("tokens", "several")
    model = gan_of(kind, moving_average=0.5)
    compiled(model, discriminator_regularizers=penalties, run_eagerly=eager)
    single = not isinstance(samples, dict)
    assert model.sample_shape == (samples.shape[1:] if single else shapes_of(samples))
    assert model.discriminator_outputs == {"logits": logits}
    before = state(model)
    history = model.fit(samples, batch_size=4, steps_per_epoch=1, verbose=0).history
    moved = [np.abs(a - b).max() > 0 for a, b in zip(before, state(model), strict=True)]
    assert set(history) == METRICS and np.isfinite([*history.values()]).all()
    assert sum(moved) > len(model.trainable_variables)
    measured = model.evaluate(samples, batch_size=5, verbose=0)
    assert set(measured) == METRICS and np.isfinite([*measured.values()]).all()
    scores = model.score(samples, batch_size=5)
    assert scores.shape == (N,) and np.isfinite(scores).all()
    made = model.generate(3, seed=0, batch_size=2)
    assert shapes_of(made) == model.sample_shape
    assert all(x.dtype == "float32" and len(x) == 3 for x in keras.tree.flatten(made))
    nothing = model.generate(0)
    assert shapes_of(nothing) == model.sample_shape
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.sample_shape == model.sample_shape
    remade = loaded.generate(3, seed=0, batch_size=2)  # Last digits may depend on the batch size.
    keras.tree.map_structure(np.testing.assert_array_equal, remade, made)
    for each in (model, loaded):
        each.fit(samples, batch_size=4, steps_per_epoch=1, verbose=0)
    assert_same_state(model, loaded)


@pytest.mark.examples(1)
@pytest.mark.parametrize("kind", ["tokens", "several"])
def test_a_dataset_of_any_sample(kind):
    samples = KINDS[kind][0]
    models = [compiled(gan_of(kind), discriminator_steps=2, run_eagerly=True) for _ in range(2)]
    dataset = tf.data.Dataset.from_tensor_slices(samples).batch(3)
    models[0].fit(dataset, verbose=0)
    assert models[0].trained_steps == 2
    for start in (0, 6):
        rows = slice(start, start + 6)
        models[1].train_on_batch(keras.tree.map_structure(lambda x, rows=rows: x[rows], samples))
    assert_same_state(*models, tolerance=1e-6)


@pytest.mark.parametrize(
    ("kind", "samples", "message"),
    [
        ("tokens", drawn((5, 3)), r"^images have shape \(12, 5, 3\), expected \(n, 5, 4\)"),
        ("several", drawn((7,)), r"^samples must be a dict of sound, image, got ndarray"),
        (
            "several",
            {"sound": drawn((7,))},
            r"^samples must be a dict of sound, image, got \['sound'\]",
        ),
        (
            "several",
            {**KINDS["several"][0], "sound": drawn((6,))},
            r"^images have shape \(12, 6\), expected \(n, 7\)",
        ),
        (
            "several",
            {**KINDS["several"][0], "sound": drawn((7,))[:8]},
            r"^All parts must have the same number of samples, got 12 image, 8 sound\.\Z",
        ),
    ],
)
def test_samples_that_do_not_fit(kind, samples, message):
    model = compiled(gan_of(kind))
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=message) as error:
            method(samples, batch_size=4, verbose=0)
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match=message):
        model.score(samples)


def test_an_augmentation_gets_only_images():
    model = compiled(small_model(), augmentation=DiffAugment("cutout"), run_eagerly=True)
    logs = model.train_on_batch(IMAGES[:8], return_dict=True)
    assert np.isfinite([*logs.values()]).all()


# Networks of any kind


@keras.saving.register_keras_serializable(package="tests")
class SubclassedGenerator(keras.Model):
    """The generator of `small_model`, without a graph of layers; it is not built when made."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(8, "tanh", name="hidden")
        self.pixels = layers.Dense(16, "tanh", name="pixels")
        self.reshape = layers.Reshape(SHAPE)

    def call(self, latents, training=False):
        return self.reshape(self.pixels(self.hidden(latents)))


@keras.saving.register_keras_serializable(package="tests")
class SubclassedDiscriminator(keras.Model):
    """The discriminator of `small_model`, without a graph of layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.flatten = layers.Flatten()
        self.trunk = layers.Dense(8, "tanh", name="trunk")
        self.logits = layers.Dense(1, name="logits")

    def call(self, images, training=False):
        return self.logits(self.trunk(self.flatten(images)))


def functional():
    model = small_model()
    return model.generator, model.discriminator


def sequential():
    generator = keras.Sequential(
        [layers.Dense(8, "tanh"), layers.Dense(16, "tanh"), layers.Reshape(SHAPE)]
    )
    discriminator = keras.Sequential(
        [keras.Input(SHAPE), layers.Flatten(), layers.Dense(8, "tanh"), layers.Dense(1)]
    )
    return generator, discriminator


def subclassed():
    return SubclassedGenerator(), SubclassedDiscriminator()


@pytest.fixture(scope="module")
def reference():
    """`small_model` after two steps."""
    model = compiled(small_model(moving_average=0.5), 0.3, 0.3, run_eagerly=True)
    start = model.get_weights()
    model.fit(IMAGES, batch_size=8, steps_per_epoch=2, verbose=0)
    return start, model


@pytest.mark.examples(2)
@pytest.mark.parametrize("networks", [functional, sequential, subclassed])
def test_networks_of_any_kind_are_trained_alike(networks, reference, tmp_path):
    start, expected = reference
    model = GAN(*networks(), NOISE, seed=7, moving_average=0.5)
    assert model.sample_shape == SHAPE
    model.set_weights(start)
    compiled(model, 0.3, 0.3, run_eagerly=True)
    model.fit(IMAGES, batch_size=8, steps_per_epoch=2, verbose=0)
    for ours, theirs in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    np.testing.assert_allclose(model.generate(3, seed=0), expected.generate(3, seed=0), atol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.generator) is type(model.generator)
    assert_same_state(model, loaded)
    for each in (model, loaded):
        each.fit(IMAGES, batch_size=8, steps_per_epoch=1, verbose=0)
    assert_same_state(model, loaded)
    np.testing.assert_array_equal(loaded.score(scaled(IMAGES)), model.score(scaled(IMAGES)))


def test_a_subclassed_network_without_an_average_makes_the_samples_of_its_weights():
    model = GAN(*subclassed(), NOISE)
    z = model.sample_latents(4, seed=1)
    expected = generate(generator_weights(model), z)
    np.testing.assert_allclose(model.generate(4, seed=1), expected, atol=1e-6)


@pytest.mark.parametrize("which", ["generator", "discriminator"])
def test_what_a_subclassed_network_cannot_take_is_said_in_one_line(which):
    @keras.saving.register_keras_serializable(package="tests")
    class Narrow(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(1)
            self.dense.build((None, 5))

        def call(self, x, training=False):
            return self.dense(x)

    parts = dict(zip(("generator", "discriminator"), functional(), strict=True))
    with pytest.raises(ValueError, match=f"^The {which} cannot be called on ") as error:
        GAN(**{**parts, which: Narrow()}, latent=NOISE)
    assert "\n" not in str(error.value)
