"""Models of samples and conditions of any shape, of one dense layer for each network."""

import keras
import numpy as np
from keras import layers

from tfgan_it import conditions, latents
from tfgan_it.models import GAN, DomainTranslationGAN

CODES = latents.Product(noise=latents.Normal(2), kind=latents.Categorical(3))


def inputs_of(shape):
    """A `keras.Input` for a shape, or a dict or list of shapes."""
    if isinstance(shape, dict):
        return {name: inputs_of(part) for name, part in shape.items()}
    if isinstance(shape, list):
        return [inputs_of(part) for part in shape]
    return keras.Input(shape)


def network(takes, gives):
    """One dense layer from all it is given to a sample, or to outputs by name."""
    inputs = inputs_of(takes)
    flat = [layers.Flatten()(x) for x in keras.tree.flatten(inputs)]
    flat = layers.Concatenate()(flat) if len(flat) > 1 else flat[0]

    def made(shape):
        units = int(np.prod(shape))
        return layers.Reshape(shape)(layers.Dense(units, "tanh", kernel_initializer="normal")(flat))

    outputs = {k: made(v) for k, v in gives.items()} if isinstance(gives, dict) else made(gives)
    return keras.Model(inputs, outputs)


def dense_model(sample_shape, condition=None, latent=CODES, logits=(1,)):
    """A GAN of samples of any shape, under a condition if one is given; the same weights always."""
    keras.utils.set_random_seed(0)
    outputs = {"logits": logits}
    if latent.codes:
        outputs["codes"] = (latent.codes.posterior_params_size,)
    condition = None if condition is None else conditions.get(condition)
    takes = [(latent.dimension,), sample_shape]
    if condition is not None:
        takes = [[each, condition.shape] for each in takes]
    networks = network(takes[0], sample_shape), network(takes[1], outputs)
    return GAN(*networks, latent, conditions=condition)


def translation_model(a=(4, 4, 1), b=(4, 4, 1), **kwargs):
    """A model that translates between samples of two shapes."""
    keras.utils.set_random_seed(0)
    networks = network(b, a), network(a, b), network(a, (1,)), network(b, (1,))
    return DomainTranslationGAN(*networks, **kwargs)
