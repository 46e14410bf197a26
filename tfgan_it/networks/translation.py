"""A generator from images to images."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

from tfgan_it.arguments import network_builder
from tfgan_it.layers import Conv2D, Conv2DTranspose
from tfgan_it.networks.dcgan import normal_initializer
from tfgan_it.networks.sizes import checked_image_shape


def instance_normalization() -> layers.GroupNormalization:
    """Returns instance normalisation without scale and shift."""
    return layers.GroupNormalization(groups=-1, epsilon=1e-5, center=False, scale=False)


@network_builder
def translation_generator(
    shape: Sequence[int],
    to_shape: Sequence[int] | None = None,
    *,
    width: int = 64,
    blocks: int = 6,
    features: bool = False,
) -> keras.Model:
    """Builds a generator from images to float32 images in [-1, 1].

    Convolution 7x7 `width`; two of 3x3/2, channels doubling; `blocks` residual blocks of two 3x3;
    two transposed convolutions 3x3/2, channels halving; convolution 7x7 and tanh. Instance
    normalisation and ReLU between; maps are padded by reflection. The published number of blocks is
    6 for 128x128 and 9 from 256x256 on.

    Args:
        shape: (height, width, channels) of the input, height and width divisible by 4, at least 8.
        to_shape: Shape of the output, of the same height and width; by default that of the input.
        width: Channels of the first map.
        blocks: Number of residual blocks.
        features: Whether to return `samples` and `features`, in which
            `regularizers.PatchInformation` compares an image with its translation: the image, the
            maps after both convolutions of stride 2, and those of the first and the middle block.

    Raises:
        ValueError: If the image is too small, or the shapes differ in height or width.

    Source: Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks"; Johnson et al., 2016, "Perceptual Losses for Real-Time Style Transfer
    and Super-Resolution", for the network.

    Example:

    >>> translation_generator((28, 28, 1), (28, 28, 3), width=4, blocks=1).output_shape
    (None, 28, 28, 3)
    """
    shape = checked_image_shape(shape)
    to_shape = shape if to_shape is None else checked_image_shape(to_shape)
    if min(shape[:2]) < 8 or shape[:2] != to_shape[:2]:
        raise ValueError(
            f"translation_generator: shape and to_shape must have one height and width, at least "
            f"8x8, got {shape} and {to_shape}."
        )

    def convolution(
        x: keras.KerasTensor, filters: int, kernel_size: int, strides: int = 1
    ) -> keras.KerasTensor:
        padding = "same"
        if strides == 1:
            sides = (kernel_size // 2, kernel_size // 2)
            x, padding = ops.pad(x, ((0, 0), sides, sides, (0, 0)), mode="reflect"), "valid"
        return Conv2D(
            filters, kernel_size, strides, padding, kernel_initializer=normal_initializer()
        )(x)

    def activated(x: keras.KerasTensor) -> keras.KerasTensor:
        return layers.ReLU()(instance_normalization()(x))

    inputs = keras.Input(shape, name="images")
    x, maps = activated(convolution(inputs, width, 7)), [inputs]
    for factor in (2, 4):
        x = activated(convolution(x, factor * width, 3, strides=2))
        maps.append(x)
    for block in range(blocks):
        y = convolution(activated(convolution(x, 4 * width, 3)), 4 * width, 3)
        x = layers.Add()([x, instance_normalization()(y)])
        if block in {0, blocks // 2}:
            maps.append(x)
    for factor in (2, 1):
        x = Conv2DTranspose(
            factor * width, 3, 2, padding="same", kernel_initializer=normal_initializer()
        )(x)
        x = activated(x)
    x = convolution(x, to_shape[2], 7)
    images = layers.Activation("tanh", dtype="float32", name="translated")(x)
    outputs = {"samples": images, "features": maps} if features else images
    return keras.Model(inputs, outputs, name="translation_generator")
