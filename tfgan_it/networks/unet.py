"""A generator from images to images whose decoder sees the maps of its encoder."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice, check_sizes
from tfgan_it.layers import Conv2D, Conv2DTranspose
from tfgan_it.networks.dcgan import batch_normalization, normal_initializer
from tfgan_it.networks.translation import instance_normalization

_NORMALIZATIONS = {
    "batch": batch_normalization,
    "instance": instance_normalization,
    None: lambda: layers.Identity(),
}


@network_builder
def unet_generator(
    shape: Sequence[int],
    to_shape: Sequence[int] | None = None,
    *,
    width: int = 64,
    depth: int | None = None,
    normalization: str | None = "batch",
) -> keras.Model:
    """Builds a U-Net from images to float32 images in [-1, 1].

    `depth` convolutions 4x4/2, channels doubling from `width` up to 8 `width`, leaky ReLU before
    all but the first; then as many transposed convolutions 4x4/2 with ReLU before, each of the
    encoder's map of its size and of the map below; tanh. Normalisation after all but the first,
    the innermost and the last. Images whose sides 2^depth does not divide are padded with their
    edges, and the result is cropped.

    Args:
        shape: (height, width, channels) of the input.
        to_shape: Shape of the output, of the same height and width; by default that of the input.
        width: Channels of the first map.
        depth: Number of stages. If None, as many as leave a map of one or two pixels: the published
            8 for 256x256, and 5 for 32x32; fewer if one side is much smaller, as 2^depth is at most
            three times each side.
        normalization: `batch` as published, `instance`, or None.

    Raises:
        ValueError: If the shapes differ in height or width, the depth is too large for them, or the
            normalisation is unknown.

    Source: Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial Networks".
    Departures: no dropout, so that a translation is a function of its image; padding.

    Example:

    >>> unet_generator((28, 28, 1), (28, 28, 3), width=4).output_shape
    (None, 28, 28, 3)
    """
    check_choice("normalization", normalization, _NORMALIZATIONS)
    shape = check_sizes("unet_generator", "shape", shape)
    to_shape = shape if to_shape is None else check_sizes("unet_generator", "to_shape", to_shape)
    if len(shape) != 3 or len(to_shape) != 3 or shape[:2] != to_shape[:2]:
        raise ValueError(
            "unet_generator: shape and to_shape must be (height, width, channels) of one height "
            f"and width, got {shape} and {to_shape}."
        )
    # A side is at most tripled: symmetric padding takes no more than is there, on each side of it.
    deepest = (3 * min(shape[:2])).bit_length() - 1
    stages = min(deepest, max(1, (max(shape[:2]) - 1).bit_length())) if depth is None else depth
    if not 1 <= stages <= deepest:
        raise ValueError(
            f"unet_generator: depth must be from 1 to {deepest} for images of "
            f"{shape[0]}x{shape[1]} pixels, got {depth}."
        )
    missing = [-size % 2**stages for size in shape[:2]]
    sides = [(m // 2, m - m // 2) for m in missing]
    normalized = _NORMALIZATIONS[normalization]
    filters = [width * 2 ** min(stage, 3) for stage in range(stages)]

    inputs = keras.Input(shape, name="images")
    x, maps = inputs, []
    if any(missing):
        x = ops.pad(x, ((0, 0), *sides, (0, 0)), mode="symmetric")
    for stage in range(stages):
        if stage:
            x = layers.LeakyReLU(negative_slope=0.2)(x)
        x = Conv2D(filters[stage], 4, 2, "same", kernel_initializer=normal_initializer())(x)
        if 0 < stage < stages - 1:
            x = normalized()(x)
        maps.append(x)
    for stage in reversed(range(stages)):
        if stage < stages - 1:
            x = layers.Concatenate()([x, maps[stage]])
        x = Conv2DTranspose(
            filters[stage - 1] if stage else to_shape[2],
            4,
            2,
            "same",
            kernel_initializer=normal_initializer(),
        )(layers.ReLU()(x))
        if stage:
            x = normalized()(x)
    (top, bottom), (left, right) = sides
    x = layers.Cropping2D(((top, bottom), (left, right)))(x) if any(missing) else x
    images = layers.Activation("tanh", dtype="float32", name="translated")(x)
    return keras.Model(inputs, images, name="unet_generator")
