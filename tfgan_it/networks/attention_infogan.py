"""InfoGAN's networks with self-attention, and a recognition head with attention pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import (
    AttentionPooling,
    BatchNormalization,
    Conv2D,
    GlobalSumPooling2D,
    SelfAttention,
    spectral_normalization,
)
from tfgan_it.networks.sizes import checked_image_shape, halvings
from tfgan_it.networks.upsampling import upsampled

_SMALLEST = 7


@network_builder
def attention_infogan_generator(
    image_shape: Sequence[int], latent_dimension: int, *, width: int = 64
) -> keras.Model:
    """Builds a generator of images in [-1, 1]: upsampling, 3x3 convolutions, self-attention.

    A dense layer to the smallest map, then stages of upsampling and convolution, with channels
    halving down to `width`, batch normalisation and ReLU; self-attention before the last stage.
    All kernels but the last are spectrally normalised. 28x28x1 with the defaults: 7x7x128,
    14x14x64, self-attention, 28x28x64, 1.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents.
        width: Channels of the last hidden maps.

    Source: Zhang et al., 2019, "Self-Attention Generative Adversarial Networks". Departures: plain
    convolutions in place of residual blocks; an unconditional batch normalisation; no spectral
    normalisation of the last kernel, which would keep images away from -1 and 1.
    """
    height, image_width, channels = checked_image_shape(image_shape)
    stages = halvings(image_shape, _SMALLEST)
    small = (height // 2**stages, image_width // 2**stages, width * 2 ** (stages - 1))
    inputs = keras.Input((latent_dimension,), name="latents")
    dense = layers.Dense(small[0] * small[1] * small[2], kernel_initializer="orthogonal")
    x = layers.Reshape(small)(spectral_normalization(dense)(inputs))
    for stage in range(stages):
        x = upsampled(layers.ReLU()(_batch_normalization()(x)))
        x = _convolution(width * 2 ** max(0, stages - 2 - stage), 3)(x)
        if stage == stages - 2:
            x = SelfAttention()(x)
    x = layers.ReLU()(_batch_normalization()(x))
    x = Conv2D(channels, 3, padding="same", kernel_initializer="glorot_uniform")(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, images, name="attention_infogan_generator")


@network_builder
def attention_infogan_discriminator(
    image_shape: Sequence[int],
    posterior_params_size: Mapping[str, int],
    *,
    width: int = 64,
    hidden: int = 128,
) -> keras.Model:
    """Builds a discriminator with the parameters of Q(c|x), features and Q's attention maps.

    Convolutions 4x4/2, channels doubling from `width`, self-attention after the first, one 3x3, all
    spectrally normalised; leaky ReLU of slope .1. The logit is linear in the map's sum over
    positions. Q normalises the channels of each position, pools them by attention with a query for
    each code (`layers.AttentionPooling`), and ends with a dense layer of `hidden` and one for the
    code's parameters. Q is not spectrally normalised, so that the discriminator's Lipschitz
    constant does not limit Q's certainty.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        posterior_params_size: Number of Q's parameters for each code by name, in the latent's
            order.
        width: Channels of the first map.
        hidden: Units of Q's hidden layers.

    Returns:
        `logits` `(batch, 1)`, `codes` `(batch, sum of posterior_params_size)`, `features`
        `(batch, C)` and `attention` `(batch, codes, height, width)`, maps that each sum to 1.

    Source: Zhang et al., 2019, "Self-Attention Generative Adversarial Networks"; the recognition
    head is ours. Departures: plain convolutions in place of residual blocks.

    Example:

    >>> model = attention_infogan_discriminator((28, 28, 1), {"category": 10, "style": 4}, width=8)
    >>> {name: output.shape for name, output in model.output.items()}
    {'logits': (None, 1), 'codes': (None, 14), 'features': (None, 16), 'attention': (None, 2, 7, 7)}
    """
    stages = halvings(image_shape, _SMALLEST)
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = inputs
    for stage in range(stages):
        x = _leaky(_convolution(width * 2**stage, 4, strides=2)(x))
        if stage == 0:
            x = SelfAttention()(x)
    x = _leaky(_convolution(width * 2 ** (stages - 1), 3)(x))
    summed = GlobalSumPooling2D()(x)
    dense = layers.Dense(1, kernel_initializer="orthogonal", dtype="float32")
    normalized = layers.LayerNormalization(dtype="float32")(x)
    pooled, maps = AttentionPooling(len(posterior_params_size), name="pooling")(
        normalized, return_attention_maps=True
    )
    codes = []
    for index, (name, size) in enumerate(posterior_params_size.items()):
        h = layers.Dense(hidden, kernel_initializer="he_normal", name=f"hidden_{name}")(
            pooled[:, index]
        )
        codes.append(layers.Dense(size, dtype="float32", name=name)(_leaky(h)))
    outputs = {
        "logits": spectral_normalization(dense)(summed),
        "codes": layers.Concatenate(dtype="float32")(codes) if len(codes) > 1 else codes[0],
        "features": layers.Activation("linear", dtype="float32", name="features")(summed),
        "attention": layers.Activation("linear", dtype="float32", name="attention")(maps),
    }
    return keras.Model(inputs, outputs, name="attention_infogan_discriminator")


def _convolution(filters: int, kernel_size: int, strides: int = 1) -> layers.Layer:
    convolution = Conv2D(
        filters, kernel_size, strides=strides, padding="same", kernel_initializer="orthogonal"
    )
    return spectral_normalization(convolution)


def _leaky(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.LeakyReLU(negative_slope=0.1)(x)


def _batch_normalization() -> BatchNormalization:
    return BatchNormalization(momentum=0.9, epsilon=2e-5)
