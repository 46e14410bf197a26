"""Encoders from images to latents, and a critic with an encoder."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import Conv2D
from tfgan_it.networks.dcgan import normal_initializer
from tfgan_it.networks.sizes import checked_image_shape, halvings

_SMALLEST = 8  # As InfoGAN's trunk: 28x28 and 32x32 are halved twice.


@network_builder
def plain_trunk(
    image_shape: Sequence[int],
    *,
    width: int = 64,
    features: int = 1024,
    negative_slope: float = 0.2,
    name: str = "plain_trunk",
) -> keras.Model:
    """Builds a network from images to features `(batch, features)`, without normalisation.

    Conv 4x4/2 `width` -> leaky ReLU -> conv 4x4/2, channels doubling, leaky ReLU -> FC `features`,
    leaky ReLU.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        width: Channels of the first map.
        features: Number of features.
        negative_slope: Slope of the leaky ReLU.
        name: Name of the network.

    Source: Mukherjee et al., 2019, "ClusterGAN: Latent Space Clustering in Generative Adversarial
    Networks", the authors' code. Departures: He's initialisation, because with the published
    N(0, .02^2) the signal would nearly vanish; more stages above 32x32.
    """
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = inputs
    for stage in range(halvings(image_shape, _SMALLEST)):
        x = Conv2D(width * 2**stage, 4, strides=2, padding="same", kernel_initializer="he_normal")(
            x
        )
        x = layers.LeakyReLU(negative_slope=negative_slope)(x)
    x = layers.Dense(features, kernel_initializer="he_normal")(layers.Flatten()(x))
    x = layers.LeakyReLU(negative_slope=negative_slope)(x)
    return keras.Model(inputs, x, name=name)


@network_builder
def image_encoder(
    image_shape: Sequence[int], posterior_params_size: int, *, width: int = 64, features: int = 1024
) -> keras.Model:
    """Builds an encoder to the raw posterior parameters, float32 `(batch, posterior_params_size)`.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        posterior_params_size: `posterior_params_size` of the latent.
        width: Channels of the first map.
        features: Units of the dense layer.

    Source: as for `plain_trunk`.

    Example: an encoder of a latent with two columns, each with a mean and a scale.

    >>> from tfgan_it.latents import Normal
    >>> size = Normal(2).posterior_params_size
    >>> image_encoder((28, 28, 1), size, width=4, features=8).output_shape
    (None, 4)
    """
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = plain_trunk(image_shape, width=width, features=features, name="encoder_trunk")(inputs)
    return keras.Model(inputs, _parameters(posterior_params_size)(x), name="image_encoder")


@network_builder
def critic_with_encoder(
    image_shape: Sequence[int], posterior_params_size: int, *, width: int = 64, features: int = 1024
) -> keras.Model:
    """Builds a critic and an encoder to the raw parameters of Q(c|x), with separate trunks.

    A Lipschitz constraint of the critic, such as a gradient penalty on its logits, does not affect
    the encoder, and the encoder's loss does not affect the critic.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        posterior_params_size: `latent.codes.posterior_params_size`.
        width: Channels of each trunk's first map.
        features: Units of each trunk's dense layer.

    Returns:
        A model with the outputs `logits` `(batch, 1)` and `codes` `(batch, posterior_params_size)`.

    Source: as for `plain_trunk`.
    """
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    sizes = {"width": width, "features": features}
    critic_features = plain_trunk(image_shape, name="critic_trunk", **sizes)(inputs)
    encoder_features = plain_trunk(image_shape, name="encoder_trunk", **sizes)(inputs)
    logits = layers.Dense(1, kernel_initializer="he_normal", dtype="float32", name="logits")
    outputs = {
        "logits": logits(critic_features),
        "codes": _parameters(posterior_params_size, "codes")(encoder_features),
    }
    return keras.Model(inputs, outputs, name="critic_with_encoder")


def _parameters(units: int, name: str = "parameters") -> layers.Dense:
    return layers.Dense(units, kernel_initializer=normal_initializer(), dtype="float32", name=name)
