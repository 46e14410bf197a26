"""The DCGAN networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice
from tfgan_it.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    PackSamples,
    UnpackLogits,
    spectral_normalization,
)
from tfgan_it.networks.sizes import checked_image_shape, halvings
from tfgan_it.typing import Tensor


def normal_initializer(stddev: float = 0.02, mean: float = 0.0) -> keras.initializers.Initializer:
    """Returns N(mean, stddev^2), the initialiser of DCGAN and later networks.

    Create a new one for each layer, because one object always draws the same numbers.
    """
    return keras.initializers.RandomNormal(mean=mean, stddev=stddev)


def batch_normalization(**kwargs: Any) -> BatchNormalization:
    """Returns DCGAN's and InfoGAN's batch normalisation: gamma ~ N(1, .02^2), decay .9."""
    return BatchNormalization(
        momentum=0.9, epsilon=1e-5, gamma_initializer=normal_initializer(mean=1.0), **kwargs
    )


@network_builder
def dcgan_generator(
    image_shape: Sequence[int], latent_dimension: int, *, width: int = 64, kernel_size: int = 4
) -> keras.Model:
    """Builds a generator from latents `(batch, latent_dimension)` to float32 images in [-1, 1].

    A projection to the smallest map, then transposed convolutions of stride 2 with batch
    normalisation and ReLU, channels halving, and tanh. 64x64 with a width of 128 starts with the
    published 4x4x1024.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents.
        width: Channels of the last hidden map.
        kernel_size: Size of every convolution.

    Source: Radford et al., 2015, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks". Departures: the number of stages follows the image size;
    4x4 kernels, whose size is divisible by the stride.
    """
    height, image_width, channels = checked_image_shape(image_shape)
    stages = halvings(image_shape, smallest=4)
    small = (height // 2**stages, image_width // 2**stages, width * 2 ** (stages - 1))
    inputs = keras.Input((latent_dimension,), name="latents")
    x = layers.Dense(
        small[0] * small[1] * small[2],
        use_bias=False,
        kernel_initializer=normal_initializer(),
        name="project",
    )(inputs)
    x = layers.ReLU()(batch_normalization()(layers.Reshape(small)(x)))
    for stage in range(stages - 1):
        x = Conv2DTranspose(
            small[2] // 2 ** (stage + 1),
            kernel_size,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=normal_initializer(),
        )(x)
        x = layers.ReLU()(batch_normalization()(x))
    x = Conv2DTranspose(
        channels, kernel_size, strides=2, padding="same", kernel_initializer=normal_initializer()
    )(x)
    outputs = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, outputs, name="dcgan_generator")


@network_builder
def dcgan_discriminator(
    image_shape: Sequence[int],
    *,
    width: int = 64,
    kernel_size: int = 4,
    normalization: str | None = "batch",
    pack_size: int = 1,
    kernel_constraint: keras.constraints.Constraint | None = None,
    head: Callable[[keras.KerasTensor], Tensor] | None = None,
) -> keras.Model:
    """Builds a discriminator from images to float32 logits `(batch, 1)`.

    Convolutions of stride 2, channels doubling from `width`, leaky ReLU of slope .2, batch
    normalisation after all but the first; then a dense layer to the logit.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        width: Channels of the first map.
        kernel_size: Size of every convolution.
        normalization: `batch`; `spectral` for all kernels; or None, for gradient penalties.
        pack_size: Number of samples that are stacked, see `layers.PackSamples`.
        kernel_constraint: Constraint of all kernels, such as `regularizers.WeightClip`.
        head: Function from the last map to the outputs, in place of the dense layer; see
            `bottleneck_head`.

    Raises:
        ValueError: If the normalisation is unknown.

    Source: Radford et al., 2015, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks". Departures: as for `dcgan_generator`; He's initialisation
    without normalisation, as in Gulrajani et al., 2017, because with the published N(0, .02^2) the
    signal would vanish.
    """
    check_choice("normalization", normalization, (None, "batch", "spectral"))

    def weighted(layer_type: type[layers.Layer], *args: Any, **kwargs: Any) -> layers.Layer:
        layer = layer_type(
            *args,
            kernel_initializer="he_normal" if normalization is None else normal_initializer(),
            kernel_constraint=kernel_constraint,
            **kwargs,
        )
        return spectral_normalization(layer) if normalization == "spectral" else layer

    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = PackSamples(pack_size)(inputs) if pack_size != 1 else inputs
    for stage in range(halvings(image_shape, smallest=4)):
        batch = normalization == "batch" and stage > 0
        x = weighted(
            Conv2D,
            width * 2**stage,
            kernel_size,
            strides=2,
            padding="same",
            use_bias=not batch,
        )(x)
        if batch:
            x = batch_normalization()(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    if head:
        outputs = head(x)
    else:
        outputs = weighted(layers.Dense, 1, dtype="float32", name="logits")(layers.Flatten()(x))
    outputs = unpacked(outputs, inputs, pack_size)
    return keras.Model(inputs, outputs, name="dcgan_discriminator")


def unpacked(outputs: Tensor, inputs: keras.KerasTensor, pack_size: int) -> Tensor:
    """Turns outputs of packs of samples into outputs of samples."""
    if pack_size == 1:
        return outputs
    return keras.tree.map_structure(
        lambda output: UnpackLogits(pack_size, dtype=output.dtype)([output, inputs]), outputs
    )
