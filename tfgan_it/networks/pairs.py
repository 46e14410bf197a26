"""A classifier of pairs of images."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import Conv2D
from tfgan_it.networks.dcgan import normal_initializer
from tfgan_it.networks.sizes import checked_image_shape, halvings


@network_builder
def pair_classifier(
    image_shape: Sequence[int], choices: int, *, width: int = 32, hidden: int = 128
) -> keras.Model:
    """Builds a classifier of two images, stacked on the channels, to logits `(batch, choices)`.

    Convolutions 4x4/2 down to a side of 4 to 7, of `width` channels in the first half and twice
    that in the second, a dense layer of `hidden`, one of `choices`; leaky ReLU of slope .2 between.
    64x64x1 with the defaults is the published network: 32, 32, 64, 64, FC 128.

    Args:
        image_shape: (height, width, channels) of one image, height and width divisible by 4; or
            (dimension,) of a point, for which the network has two dense layers of `hidden`.
        choices: Number of classes.
        width: Channels of the first map.
        hidden: Units of the dense layers.

    Source: Lin et al., 2020, "InfoGAN-CR and ModelCentrality: Self-supervised Model Training and
    Selection for Disentangling GANs", and the authors' code. Departures: neither spectral nor batch
    normalisation, which would make the logits of a pair depend on other pairs; the number of stages
    follows the image size.

    Example:

    >>> pair_classifier((28, 28, 1), 5).output_shape
    (None, 5)
    """
    points = len(image_shape) == 1
    channels = image_shape[-1]
    if points:
        inputs = x = keras.Input((2 * channels,), name="pairs")
        x = _activated(layers.Dense(hidden)(x))
    else:
        inputs = x = keras.Input((*checked_image_shape(image_shape)[:2], 2 * channels))
        stages = halvings(image_shape, smallest=4)
        for stage in range(stages):
            filters = width if 2 * stage < stages else 2 * width
            convolution = Conv2D(
                filters, 4, strides=2, padding="same", kernel_initializer=normal_initializer()
            )
            x = _activated(convolution(x))
        x = layers.Flatten()(x)
    x = _activated(layers.Dense(hidden)(x))
    logits = layers.Dense(choices, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="pair_classifier")


def _activated(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.LeakyReLU(negative_slope=0.2)(x)
