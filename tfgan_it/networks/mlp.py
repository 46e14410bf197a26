"""Multilayer perceptrons, for data that are vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from tfgan_it.checks import check_choice
from tfgan_it.layers import PackSamples, spectral_normalization
from tfgan_it.networks.dcgan import unpacked
from tfgan_it.typing import Tensor


def mlp_generator(
    data_shape: Sequence[int], latent_dimension: int, *, width: int = 128, depth: int = 2
) -> keras.Model:
    """Latents to vectors `(batch, dimension)`: `depth` dense ReLU layers of `width`, linear end.

    Args:
        data_shape: (dimension,).
        latent_dimension: Columns of the latents.
        width: Units of each hidden layer.
        depth: Number of hidden layers.

    Raises:
        ValueError: a shape that is not that of a vector.
    """
    (dimension,) = _checked(data_shape)
    inputs = keras.Input((latent_dimension,), name="latents")
    x = inputs
    for _ in range(depth):
        x = layers.Dense(width, activation="relu", kernel_initializer="he_normal")(x)
    points = layers.Dense(dimension, dtype="float32", name="points")(x)
    return keras.Model(inputs, points, name="mlp_generator")


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
    """Vectors to logits `(batch, outputs)`: `depth` dense leaky-ReLU layers of `width`.

    Args:
        data_shape: (dimension,).
        width: Units of each hidden layer.
        depth: Number of hidden layers.
        normalization: `spectral` for all dense layers, or None.
        pack_size: Samples that are judged together, see `layers.PackSamples`.
        kernel_constraint: Constraint of all dense layers, such as `regularizers.WeightClip`.
        outputs: Columns of the output.
        head: From the last hidden layer to the outputs, in place of a dense layer.

    Raises:
        ValueError: a shape that is not that of a vector, an unknown normalisation.

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
    judged = head(x) if head else dense(outputs, dtype="float32")(x)
    return keras.Model(inputs, unpacked(judged, inputs, pack_size), name="mlp_discriminator")


def _checked(data_shape: Sequence[int]) -> tuple[int, ...]:
    if len(data_shape) != 1:
        raise ValueError(f"data_shape must be (dimension,), got {tuple(data_shape)}.")
    return tuple(data_shape)
