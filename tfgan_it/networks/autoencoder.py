"""BEGAN's networks: an autoencoder as discriminator, and its decoder as generator."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

from tfgan_it.arguments import network_builder
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.layers import Conv2D
from tfgan_it.networks.sizes import checked_image_shape, halvings
from tfgan_it.networks.upsampling import upsampled
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class NegativeReconstructionError(CheckedKeywords, layers.Layer):
    """Logit of an autoencoder: -mean |v - AE(v)| of each sample, float32 `(batch, 1)`.

    Source: Berthelot et al., 2017, "BEGAN: Boundary Equilibrium Generative Adversarial Networks".

    Example:

    >>> images = ops.ones((1, 2, 2, 1))
    >>> print(NegativeReconstructionError()([images, 0.5 * images]).numpy())
    [[-0.5]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the logits of `[v, AE(v)]`, each `(batch, ...)`."""
        images, reconstruction = (ops.cast(x, "float32") for x in inputs)
        error = ops.abs(images - reconstruction)
        return -ops.mean(error, axis=tuple(range(1, len(error.shape))))[:, None]


@network_builder
def autoencoder_discriminator(
    image_shape: Sequence[int], *, width: int = 64, hidden: int = 64
) -> keras.Model:
    """Builds an autoencoder with outputs `logits` -L(v) = -mean |v - AE(v)| and `reconstruction`.

    Encoder: two 3x3 convolutions with ELU at each size, `width` more channels at each, and one of
    stride 2 between; a linear dense layer to the code. Decoder: as `decoder_generator`.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        width: Channels at full size, n of the paper.
        hidden: Columns of the code, N_h of the paper.

    Source: Berthelot et al., 2017, "BEGAN: Boundary Equilibrium Generative Adversarial Networks".
    Departures: no skip connections; the number of stages follows the image size.
    """
    stages = halvings(image_shape, smallest=8)
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = _convolution(width)(inputs)
    for stage in range(stages + 1):
        if stage:
            x = _convolution((stage + 1) * width, strides=2)(x)
        for _ in range(2):
            x = _convolution((stage + 1) * width)(x)
    code = layers.Dense(hidden)(layers.Flatten()(x))
    reconstruction = _decoder(code, image_shape, width)
    outputs = {
        "logits": NegativeReconstructionError(dtype="float32")([inputs, reconstruction]),
        "reconstruction": reconstruction,
    }
    return keras.Model(inputs, outputs, name="autoencoder_discriminator")


@network_builder
def decoder_generator(
    image_shape: Sequence[int], latent_dimension: int, *, width: int = 64
) -> keras.Model:
    """Builds a generator of float32 images: upsampling and 3x3 convolutions with ELU.

    A linear dense layer to the smallest map; at each size two convolutions, then nearest-neighbour
    upsampling; a linear last convolution, so that images may slightly exceed [-1, 1].

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents.
        width: Channels of every map, n of the paper.

    Source: as for `autoencoder_discriminator`.
    """
    inputs = keras.Input((latent_dimension,), name="latents")
    return keras.Model(inputs, _decoder(inputs, image_shape, width), name="decoder_generator")


def _decoder(code: Tensor, image_shape: Sequence[int], width: int) -> Tensor:
    height, image_width, channels = checked_image_shape(image_shape)
    stages = halvings(image_shape, smallest=8)
    small = (height // 2**stages, image_width // 2**stages, width)
    x = layers.Reshape(small)(layers.Dense(small[0] * small[1] * width)(code))
    for stage in range(stages + 1):
        if stage:
            x = upsampled(x)
        for _ in range(2):
            x = _convolution(width)(x)
    return Conv2D(channels, 3, padding="same", dtype="float32")(x)


def _convolution(filters: int, strides: int = 1) -> layers.Layer:
    return Conv2D(filters, 3, strides=strides, padding="same", activation="elu")
