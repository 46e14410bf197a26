"""SNGAN's residual networks, optionally with self-attention."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import (
    BatchNormalization,
    Conv2D,
    GlobalSumPooling2D,
    SelfAttention,
    spectral_normalization,
)
from tfgan_it.networks.sizes import checked_image_shape, halvings
from tfgan_it.networks.upsampling import upsampled
from tfgan_it.typing import Tensor


@network_builder
def residual_generator(
    image_shape: Sequence[int],
    latent_dimension: int,
    *,
    width: int = 256,
    attention: bool = False,
) -> keras.Model:
    """Builds a generator of images in [-1, 1]: residual blocks that double the size.

    32x32 with the defaults is the published network for CIFAR-10: 4x4x256, three blocks, with batch
    normalisation.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents.
        width: Channels of every block.
        attention: Whether self-attention follows the last block but one.

    Source: Miyato et al., 2018, "Spectral Normalization for Generative Adversarial Networks",
    table 4, and the authors' code; attention as in Zhang et al., 2019, "Self-Attention Generative
    Adversarial Networks". Departures: the number of blocks follows the image size.
    """
    height, image_width, channels = checked_image_shape(image_shape)
    stages = halvings(image_shape, smallest=4)
    small = (height // 2**stages, image_width // 2**stages, width)
    inputs = keras.Input((latent_dimension,), name="latents")
    x = layers.Reshape(small)(layers.Dense(small[0] * small[1] * width)(inputs))
    for stage in range(stages):
        y = upsampled(_normalized(x))
        y = _convolution(width)(_normalized(_convolution(width)(y)))
        shortcut = Conv2D(width, 1)(upsampled(x))
        x = layers.Add()([y, shortcut])
        if attention and stage == stages - 2:
            x = SelfAttention()(x)
    x = Conv2D(channels, 3, padding="same")(_normalized(x))
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, images, name="residual_generator")


@network_builder
def residual_discriminator(
    image_shape: Sequence[int], *, width: int = 128, attention: bool = False
) -> keras.Model:
    """Builds a discriminator to logits `(batch, 1)`: spectrally normalised residual blocks.

    32x32 with the defaults is the published network for CIFAR-10: two blocks that halve the size,
    two that keep it, and sum pooling.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        width: Channels of every block.
        attention: Whether self-attention follows the first block.

    Source: as for `residual_generator`. Departures: those of `layers.spectral_normalization`; the
    number of halving blocks follows the image size.
    """
    halving = halvings(image_shape, smallest=8)
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    y = layers.ReLU()(spectral_normalization(_convolution(width))(inputs))
    y = layers.AveragePooling2D(2)(spectral_normalization(_convolution(width))(y))
    shortcut = spectral_normalization(Conv2D(width, 1))(layers.AveragePooling2D(2)(inputs))
    x = layers.Add()([y, shortcut])
    if attention:
        x = SelfAttention()(x)
    for halves in [True] * (halving - 1) + [False] * 2:
        y = spectral_normalization(_convolution(width))(layers.ReLU()(x))
        y = spectral_normalization(_convolution(width))(layers.ReLU()(y))
        if halves:
            y = layers.AveragePooling2D(2)(y)
            x = layers.AveragePooling2D(2)(spectral_normalization(Conv2D(width, 1))(x))
        x = layers.Add()([y, x])
    x = GlobalSumPooling2D()(layers.ReLU()(x))
    logits = spectral_normalization(layers.Dense(1, use_bias=False, dtype="float32"))(x)
    return keras.Model(inputs, logits, name="residual_discriminator")


def _convolution(width: int) -> Conv2D:
    initializer = keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform")
    return Conv2D(width, 3, padding="same", kernel_initializer=initializer)


def _normalized(x: Tensor) -> Tensor:
    return layers.ReLU()(BatchNormalization(momentum=0.9, epsilon=2e-5)(x))
