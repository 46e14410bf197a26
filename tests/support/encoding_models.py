"""A small model that encodes, and what its networks compute, written out in NumPy."""

import keras
import numpy as np
from keras import layers

from support.small_models import CODES, SHAPE, small_model
from tfgan_it.latents import Normal, Product
from tfgan_it.models import VariationalInfoGAN
from tfgan_it.seeds import seeded_initializers

PRIOR_SCALE = 0.5
LATENT = Product(noise=Normal(2, scale=PRIOR_SCALE), **CODES.codes.parts)


def with_features(discriminator):
    features = discriminator.get_layer("logits").input
    features = layers.Activation("linear", name="features")(features)
    return keras.Model(discriminator.input, {**discriminator.output, "features": features})


def linear_encoder(parameters=4, shape=SHAPE):
    inputs = keras.Input(shape)
    outputs = layers.Dense(parameters, name="parameters")(layers.Flatten()(inputs))
    return keras.Model(inputs, outputs, name="encoder")


def variational(latent=LATENT, *, normalized=False, seed=7, **kwargs):
    """`small_model` with an encoder; always with the same first weights."""
    parts = small_model(latent, normalized=normalized)
    with seeded_initializers(2):
        encoder = linear_encoder(latent.parts["noise"].posterior_params_size)
    discriminator = with_features(parts.discriminator)
    return VariationalInfoGAN(parts.generator, discriminator, latent, encoder, seed=seed, **kwargs)


def features_of(weights, images):
    return np.tanh(np.reshape(images, (-1, 16)) @ weights[0] + weights[1])


def posterior_of(weights, images):
    """mu and sigma of q(z|x)."""
    mean, raw = np.split(np.reshape(images, (-1, 16)) @ weights[0] + weights[1], 2, axis=1)
    return mean, 0.05 + np.log1p(np.exp(raw))


def kl_of(mean, scale):
    """KL(N(mean, scale^2) || N(0, PRIOR_SCALE^2)), nats."""
    ratio = scale / PRIOR_SCALE
    return np.sum((ratio**2 - 1) / 2 + (mean / PRIOR_SCALE) ** 2 / 2 - np.log(ratio), axis=1)
