"""How near reconstructions are to their samples, in features that are known."""

import numpy as np
import pytest
import tensorflow as tf

from support.encoding_models import LATENT, features_of, linear_encoder, variational
from support.games import step_of
from support.small_models import (
    CODES,
    IMAGES,
    compiled,
    discriminator_weights,
    scaled,
    small_model,
)
from tfgan_it.models import VariationalInfoGAN
from tfgan_it.models.runtime import without_updates
from tfgan_it.regularizers import FeatureReconstruction

REAL = scaled(IMAGES[:8])
GENERATED = scaled(IMAGES[8:16])


def shown(model, real, generated, **more):
    """The generator's phase, in which every second sample is a reconstruction."""
    return step_of(
        real=real,
        generated=generated,
        phase="generator",
        reconstructed=slice(None, None, 2),
        discriminate_unaugmented=lambda x: without_updates(model.discriminate)(x, training=True),
        **more,
    )


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_it_is_half_the_squared_distance_of_the_features(weight):
    model, reports = variational(), {}
    compiled(model)
    value = FeatureReconstruction(weight).value(
        shown(model, REAL, GENERATED, report=reports.update)
    )
    weights = discriminator_weights(model)
    difference = features_of(weights, REAL[::2]) - features_of(weights, GENERATED[::2])
    expected = (difference**2).sum(axis=1) / 2
    np.testing.assert_allclose(value, weight * expected, rtol=1e-5)
    np.testing.assert_allclose(reports["reconstruction_loss"], expected, rtol=1e-5)


def test_equal_samples_have_equal_features():
    """Whatever the other samples are, and though batches are normalised."""
    model = compiled(variational(normalized=True))
    generated = tf.where(tf.range(8)[:, None, None, None] % 2 == 0, REAL, -REAL[::-1])
    before = [w.numpy() for w in model.discriminator.weights]
    step = shown(model, REAL, generated)
    np.testing.assert_allclose(FeatureReconstruction().value(step), 0, atol=1e-9)
    for old, weight in zip(before, model.discriminator.weights, strict=True):
        np.testing.assert_array_equal(old, weight)


def test_a_discriminator_without_features():
    parts = small_model(LATENT)
    model = VariationalInfoGAN(parts.generator, parts.discriminator, LATENT, linear_encoder())
    message = r"^FeatureReconstruction: .* must give 'features' .*, got .*codes.*\.\Z"
    with pytest.raises(ValueError, match=message):
        compiled(model, terms=[FeatureReconstruction()])


def test_a_model_that_does_not_reconstruct():
    message = r"^FeatureReconstruction needs .*, such as VariationalInfoGAN, got GAN\.\Z"
    with pytest.raises(ValueError, match=message):
        compiled(small_model(CODES), terms=[FeatureReconstruction()])
