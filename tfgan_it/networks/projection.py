"""Networks of the projection GAN: residual for images, multilayer perceptrons for points."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import (
    ConcatenateCondition,
    ConditionalBatchNormalization,
    Conv2D,
    ProjectionLogit,
)
from tfgan_it.networks.conditional import condition_inputs
from tfgan_it.networks.mlp import mlp_discriminator
from tfgan_it.networks.residual import residual_discriminator
from tfgan_it.networks.sizes import checked_image_shape, halvings
from tfgan_it.networks.upsampling import upsampled
from tfgan_it.typing import Shape, Tensor


@network_builder
def projection_generator(
    sample_shape: Sequence[int],
    latent_dimension: int,
    condition_shape: Shape,
    *,
    width: int | None = None,
    depth: int = 2,
    use_bias: bool = False,
) -> keras.Model:
    """Builds a generator from `[latents, conditions]` with conditional batch normalisation.

    Images: the blocks of `residual_generator`, which double the size. Points: `depth` dense layers,
    each with conditional batch normalisation and ReLU, and a linear one.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4; or (dimension,).
        latent_dimension: Columns of the latents.
        condition_shape: Shape of a vector condition, or a dict of these by name.
        width: Channels of every block, by default 256; units of each layer for points, by default
            128.
        depth: Number of hidden layers for points.
        use_bias: As for `layers.ConditionalBatchNormalization`; True for conditions that are not
            one-hot.

    Raises:
        ValueError: If a condition is not a vector.

    Source: Miyato and Koyama, 2018, "cGANs with Projection Discriminator". Departures: the number
    of blocks follows the image size; the last normalisation is conditional too.

    Example:

    >>> model = projection_generator((28, 28, 1), 64, (10,), width=8)
    >>> model([keras.ops.zeros((2, 64)), keras.ops.eye(10)[:2]]).shape
    TensorShape([2, 28, 28, 1])
    """
    latents = keras.Input((latent_dimension,), name="latents")
    conditions = condition_inputs(condition_shape)
    condition = condition_vector(conditions)

    def normalized(x: keras.KerasTensor) -> keras.KerasTensor:
        layer = ConditionalBatchNormalization(momentum=0.9, epsilon=2e-5, use_bias=use_bias)
        return layers.ReLU()(layer([x, condition]))

    if len(sample_shape) == 1:
        x = latents
        for _ in range(depth):
            x = normalized(layers.Dense(width or 128, kernel_initializer="he_normal")(x))
        samples = layers.Dense(sample_shape[0], dtype="float32", name="points")(x)
    else:
        height, image_width, channels = checked_image_shape(sample_shape)
        width, stages = width or 256, halvings(sample_shape, smallest=4)
        small = (height // 2**stages, image_width // 2**stages, width)
        x = layers.Reshape(small)(layers.Dense(small[0] * small[1] * width)(latents))
        for _ in range(stages):
            y = _convolution(width)(upsampled(normalized(x)))
            y = _convolution(width)(normalized(y))
            x = layers.Add()([y, Conv2D(width, 1)(upsampled(x))])
        x = Conv2D(channels, 3, padding="same")(normalized(x))
        samples = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model([latents, conditions], samples, name="projection_generator")


@network_builder
def projection_discriminator(
    sample_shape: Sequence[int],
    condition_shape: Shape,
    *,
    width: int = 128,
    depth: int = 2,
    use_bias: bool = True,
) -> keras.Model:
    """Builds a discriminator to logits `(batch, 1)`: w' phi(x) + b + y' V phi(x).

    The inputs are `[samples, conditions]`. phi is the trunk of `residual_discriminator` for images,
    of `mlp_discriminator` for points. All kernels, including w and V, are spectrally normalised.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4; or (dimension,).
        condition_shape: Shape of a vector condition, or a dict of these by name.
        width: Channels of every block; units of each hidden layer for points.
        depth: Number of hidden layers for points.
        use_bias: Whether to add b.

    Raises:
        ValueError: If a condition is not a vector.

    Source: as for `projection_generator`. Departures: those of `residual_discriminator`.
    """
    if len(sample_shape) == 1:
        network = mlp_discriminator(
            sample_shape, width=width, depth=depth, normalization="spectral"
        )
    else:
        network = residual_discriminator(sample_shape, width=width)
    # All layers but the last, dense one.
    trunk = keras.Model(network.input, network.layers[-1].input, name="trunk")
    samples = keras.Input(tuple(sample_shape), name="samples")
    conditions = condition_inputs(condition_shape)
    logits = ProjectionLogit(use_bias=use_bias, dtype="float32", name="logits")
    outputs = logits([trunk(samples), condition_vector(conditions)])
    return keras.Model([samples, conditions], outputs, name="projection_discriminator")


def condition_vector(conditions: Tensor) -> keras.KerasTensor:
    """Returns a vector condition; of a dict, its parts joined in the order of their names.

    Example:

    >>> condition_vector({"digit": keras.Input((10,)), "place": keras.Input((2,))}).shape
    (None, 12)
    """
    if not isinstance(conditions, dict):
        return conditions
    first, *others = (conditions[name] for name in sorted(conditions))
    return ConcatenateCondition(name="condition")([first, others]) if others else first


def _convolution(width: int) -> Conv2D:
    initializer = keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform")
    return Conv2D(width, 3, padding="same", kernel_initializer=initializer)
