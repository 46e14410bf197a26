"""A discriminator with a logit for each patch of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice, check_integer
from tfgan_it.layers import ConcatenateCondition, Conv2D, spectral_normalization
from tfgan_it.networks.conditional import condition_inputs
from tfgan_it.networks.dcgan import batch_normalization, normal_initializer
from tfgan_it.networks.translation import instance_normalization
from tfgan_it.typing import Shape

NORMALIZATIONS = ("batch", "instance", "spectral", None)


@network_builder
def patch_discriminator(
    image_shape: Sequence[int],
    *,
    width: int = 64,
    depth: int = 3,
    condition_shape: Shape | None = None,
    normalization: str | None = "batch",
) -> keras.Model:
    """Builds a discriminator of `images`, or `[images, conditions]`, to logits `(batch, h, w, 1)`.

    `depth` convolutions 4x4/2, channels doubling from `width` up to 8 `width`; one 4x4/1; and one
    4x4/1 to a logit; leaky ReLU of slope .2 between, normalisation after all but the first. The
    receptive field of a logit is 16, 34, 70, 142 pixels with a depth of 1, 2, 3, 4; h is the height
    over 2^depth, rounded up.

    Args:
        image_shape: (height, width, channels), of any size.
        width: Channels of the first map.
        depth: Number of convolutions of stride 2.
        condition_shape: Shape of a condition, which is concatenated to the channels, or a dict of
            shapes by name; None for no condition.
        normalization: `batch` as in pix2pix, `instance` as in CycleGAN, `spectral`, or None.

    Raises:
        ValueError: If the depth is below 1, or the normalisation is unknown.

    Source: Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial Networks";
    Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
    Networks", for instance normalisation. Departures: padding that keeps the size of maps at stride
    1; He's initialisation without normalisation.

    Example:

    >>> patch_discriminator((32, 32, 3), width=4, condition_shape=(32, 32, 1)).output_shape
    (None, 4, 4, 1)
    """
    check_choice("normalization", normalization, NORMALIZATIONS)
    check_integer("patch_discriminator", "depth", depth, 1)

    def convolution(filters: int, strides: int, **options: Any) -> layers.Layer:
        kernel = "he_normal" if normalization is None else normal_initializer()
        layer = Conv2D(filters, 4, strides, padding="same", kernel_initializer=kernel, **options)
        return spectral_normalization(layer) if normalization == "spectral" else layer

    inputs = x = keras.Input(tuple(image_shape), name="images")
    if condition_shape is not None:
        inputs = [x, condition_inputs(condition_shape)]
        x = ConcatenateCondition(name="with_condition")(inputs)
    for stage in range(depth + 1):
        filters = width * 2 ** min(stage, 3)
        x = convolution(filters, 2 if stage < depth else 1)(x)
        if stage and normalization == "batch":
            x = batch_normalization()(x)
        elif stage and normalization == "instance":
            x = instance_normalization()(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    logits = convolution(1, 1, dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="patch_discriminator")
