"""SNGAN's convolutional networks."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import BatchNormalization, Conv2D, Conv2DTranspose, spectral_normalization
from tfgan_it.networks.dcgan import normal_initializer
from tfgan_it.networks.sizes import checked_image_shape, halvings


@network_builder
def sngan_generator(
    image_shape: Sequence[int], latent_dimension: int, *, width: int = 64
) -> keras.Model:
    """Builds a generator of images in [-1, 1]: transposed convolutions 4x4/2 and one 3x3.

    32x32 with the defaults is the published network for CIFAR-10: 4x4x512, 256, 128, 64, 3, with
    batch normalisation and ReLU between.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents.
        width: Channels of the last hidden map.

    Source: Miyato et al., 2018, "Spectral Normalization for Generative Adversarial Networks",
    table 3. Departures: batch normalisation and ReLU after the dense layer too, as in the authors'
    code; the number of stages follows the image size.
    """
    height, image_width, channels = checked_image_shape(image_shape)
    stages = halvings(image_shape, smallest=4)
    small = (height // 2**stages, image_width // 2**stages, width * 2**stages)
    inputs = keras.Input((latent_dimension,), name="latents")
    x = layers.Dense(
        small[0] * small[1] * small[2], use_bias=False, kernel_initializer=normal_initializer()
    )(inputs)
    x = layers.Reshape(small)(layers.ReLU()(_batch_normalization()(x)))
    for stage in reversed(range(stages)):
        x = Conv2DTranspose(
            width * 2**stage,
            4,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=normal_initializer(),
        )(x)
        x = layers.ReLU()(_batch_normalization()(x))
    x = Conv2D(channels, 3, padding="same", kernel_initializer=normal_initializer())(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, images, name="sngan_generator")


@network_builder
def sngan_discriminator(image_shape: Sequence[int], *, width: int = 64) -> keras.Model:
    """Builds a discriminator to logits `(batch, 1)`: 3x3/1 and 4x4/2 convolutions in turn.

    32x32 with the defaults is the published network for CIFAR-10: 64, 64/2, 128, 128/2, 256, 256/2,
    512, dense 1, spectrally normalised, with leaky ReLU of slope .1.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        width: Channels of the first map.

    Source: as for `sngan_generator`. Departures: those of `layers.spectral_normalization`; the
    number of stages follows the image size.
    """
    stages = halvings(image_shape, smallest=4)
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = inputs
    for stage in range(stages):
        x = _convolution(x, width * 2**stage, 3)
        x = _convolution(x, width * 2**stage, 4, strides=2)
    x = layers.Flatten()(_convolution(x, width * 2**stages, 3))
    dense = layers.Dense(1, kernel_initializer=normal_initializer(), dtype="float32")
    return keras.Model(inputs, spectral_normalization(dense)(x), name="sngan_discriminator")


def _convolution(
    x: keras.KerasTensor, filters: int, kernel_size: int, strides: int = 1
) -> keras.KerasTensor:
    convolution = Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        kernel_initializer=normal_initializer(),
    )
    return layers.LeakyReLU(negative_slope=0.1)(spectral_normalization(convolution)(x))


def _batch_normalization() -> BatchNormalization:
    return BatchNormalization(momentum=0.9, epsilon=2e-5)
