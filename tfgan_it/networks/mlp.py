"""Multilayer perceptrons for points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice, check_sizes
from tfgan_it.layers import PackSamples, spectral_normalization
from tfgan_it.networks.dcgan import unpacked
from tfgan_it.typing import Tensor


@network_builder
def mlp_generator(
    data_shape: Sequence[int], latent_dimension: int, *, width: int = 128, depth: int = 2
) -> keras.Model:
    """Builds a generator of points `(batch, dimension)`: dense ReLU layers and a linear one.

    Args:
        data_shape: Shape of a point, (dimension,).
        latent_dimension: Columns of the latents.
        width: Units of each hidden layer.
        depth: Number of hidden layers.

    Raises:
        ValueError: If the shape is not that of a point.
    """
    (dimension,) = _checked(data_shape)
    inputs = keras.Input((latent_dimension,), name="latents")
    x = inputs
    for _ in range(depth):
        x = layers.Dense(width, activation="relu", kernel_initializer="he_normal")(x)
    points = layers.Dense(dimension, dtype="float32", name="points")(x)
    return keras.Model(inputs, points, name="mlp_generator")


@network_builder
def mlp_discriminator(
    data_shape: Sequence[int],
    *,
    width: int = 128,
    depth: int = 2,
    normalization: str | None = None,
    pack_size: int = 1,
    kernel_constraint: keras.constraints.Constraint | None = None,
    outputs: int = 1,
    head: Callable[[keras.KerasTensor], Tensor] | None = None,
) -> keras.Model:
    """Builds a discriminator of points to logits `(batch, outputs)`: dense leaky-ReLU layers.

    Args:
        data_shape: Shape of a point, (dimension,).
        width: Units of each hidden layer.
        depth: Number of hidden layers.
        normalization: `spectral` for all dense layers, or None.
        pack_size: Number of samples that are stacked, see `layers.PackSamples`.
        kernel_constraint: Constraint of all dense layers, such as `regularizers.WeightClip`.
        outputs: Number of columns of the output.
        head: Function from the last hidden layer to the outputs, in place of a dense layer.

    Raises:
        ValueError: If the shape is not that of a point, or the normalisation is unknown.

    Example: a discriminator of pairs.

    >>> mlp_discriminator((2,), pack_size=2)(keras.ops.ones((6, 2))).shape
    TensorShape([6, 1])
    """
    check_choice("normalization", normalization, (None, "spectral"))

    def dense(units: int, **kwargs: Any) -> layers.Layer:
        layer = layers.Dense(units, kernel_constraint=kernel_constraint, **kwargs)
        return spectral_normalization(layer) if normalization else layer

    inputs = keras.Input(_checked(data_shape), name="points")
    x = PackSamples(pack_size)(inputs) if pack_size != 1 else inputs
    for _ in range(depth):
        x = layers.LeakyReLU(negative_slope=0.2)(dense(width, kernel_initializer="he_normal")(x))
    x = head(x) if head else dense(outputs, dtype="float32")(x)
    return keras.Model(inputs, unpacked(x, inputs, pack_size), name="mlp_discriminator")


def _checked(data_shape: Sequence[int]) -> tuple[int, ...]:
    if len(data_shape) != 1:
        raise ValueError(f"data_shape must be (dimension,), got {tuple(data_shape)}.")
    return check_sizes("", "data_shape", data_shape)
