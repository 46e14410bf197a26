"""What a GAN does besides training: its parts, its images, its scores."""

import keras
import numpy as np
import pytest
from keras import layers

from support.small_models import (
    IMAGES,
    NOISE,
    SHAPE,
    compiled,
    discriminate,
    discriminator_weights,
    scaled,
    small_model,
)
from tfgan_it.latents import Normal
from tfgan_it.models import GAN


@pytest.fixture(scope="module")
def averaged():
    """A GAN whose average and weights differ."""
    model = compiled(small_model(moving_average=0.9), generator_rate=1.0)
    model.train_on_batch(IMAGES[:16])
    return model


def averages(model):
    return [v.numpy() for v in model.generator_average.averages]


@pytest.mark.parametrize("images", [IMAGES, scaled(IMAGES)])
def test_score_is_the_logit_of_each_image(averaged, images):
    scores = averaged.score(images, batch_size=20)
    assert scores.shape == (48,) and scores.dtype == "float32"
    expected, _ = discriminate(discriminator_weights(averaged), scaled(IMAGES))
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_score_does_not_change_batch_statistics():
    model = small_model(normalized=True)
    before = [v.numpy() for v in model.weights]
    whole = model.score(IMAGES)
    np.testing.assert_allclose(model.score(IMAGES[:1]), whole[:1], atol=1e-6)
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


def test_score_refuses_what_fit_refuses(averaged):
    with pytest.raises(ValueError, match=r"^images have shape \(3,\), expected \(n, 4, 4, 1\)"):
        averaged.score(np.arange(3))


def test_sample_shape():
    assert small_model().sample_shape == SHAPE


@pytest.mark.parametrize(
    ("latent", "shape", "message"),
    [
        (
            Normal(5),
            SHAPE,
            r"^The generator takes \(6,\), but is to be called on latents \(5,\)\.\Z",
        ),
        (
            NOISE,
            (4, 4, 3),
            r"^The discriminator takes \(4, 4, 3\), but is to be called on samples \(4, 4, 1\)\.\Z",
        ),
    ],
)
def test_refuses_parts_that_do_not_fit(latent, shape, message):
    discriminator = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1)])
    with pytest.raises(ValueError, match=message):
        GAN(small_model().generator, discriminator, latent)


def generator_of(*names):
    """A generator of outputs by name, all of the shape of an image."""
    inputs = keras.Input((NOISE.dimension,))
    hidden = layers.Dense(16, "tanh")(inputs)
    return keras.Model(inputs, {name: layers.Reshape(SHAPE)(hidden) for name in names})


@pytest.mark.parametrize("moving_average", [None, 0.9])
def test_a_generator_may_give_more_than_samples(moving_average):
    parts = small_model()
    generator = generator_of("samples", "more")
    model = GAN(generator, parts.discriminator, NOISE, moving_average=moving_average)
    compiled(model, run_eagerly=True)
    assert model.sample_shape == SHAPE
    model.train_on_batch(IMAGES[:8])
    z = model.sample_latents(5, seed=0)
    kernel, bias = generator.get_weights() if moving_average is None else averages(model)
    expected = np.tanh(z @ kernel + bias).reshape(5, *SHAPE)
    for images in (model(z), model.generate(5, seed=0), model.predict(z, verbose=0)):
        np.testing.assert_allclose(images, expected, atol=1e-6)


def test_without_samples_a_generators_outputs_are_a_sample_of_several_parts():
    message = r"^The discriminator takes \(4, 4, 1\), but is .* on samples {'pictures': .*}\.\Z"
    with pytest.raises(ValueError, match=message):
        GAN(generator_of("pictures", "more"), small_model().discriminator, NOISE)


def test_refuses_a_discriminator_with_more_than_one_logit():
    discriminator = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(10)])
    with pytest.raises(ValueError, match="logits"):
        GAN(small_model().generator, discriminator, NOISE)


def test_seed_decides_the_noise():
    losses = []
    for seed in (1, 1, 2, 2**40, -1):
        model = compiled(small_model(seed=seed), run_eagerly=True)
        losses.append(model.train_on_batch(IMAGES[:8], return_dict=True)["generator_loss"])
    assert losses[0] == losses[1]
    assert len(set(losses)) == 4
