"""DCGAN's networks with a condition as a further input, and ACGAN's discriminator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import ConcatenateCondition, spectral_normalization
from tfgan_it.networks.dcgan import dcgan_discriminator, dcgan_generator, normal_initializer
from tfgan_it.networks.mlp import mlp_discriminator, mlp_generator
from tfgan_it.networks.sizes import checked_image_shape
from tfgan_it.typing import Shape, Tensor


def condition_inputs(condition_shape: Shape) -> Tensor:
    """Creates a `keras.Input` named `conditions`; for a dict of shapes, one for each name.

    Args:
        condition_shape: Shape of a condition, such as (10,), or a dict of shapes by name.

    Example:

    >>> {name: x.shape for name, x in condition_inputs({"digit": (10,), "place": (2,)}).items()}
    {'digit': (None, 10), 'place': (None, 2)}
    """
    if isinstance(condition_shape, Mapping):
        return {
            name: keras.Input(tuple(shape), name=name) for name, shape in condition_shape.items()
        }
    return keras.Input(tuple(condition_shape), name="conditions")


@network_builder
def conditional_dcgan_generator(
    sample_shape: Sequence[int],
    latent_dimension: int,
    condition_shape: Shape,
    *,
    width: int = 64,
    **options: Any,
) -> keras.Model:
    """Builds a generator from `[latents, conditions]`, which are concatenated.

    Args:
        sample_shape: (height, width, channels) of images, for `dcgan_generator`; or (dimension,)
            of points, for `mlp_generator`.
        latent_dimension: Columns of the latents.
        condition_shape: Shape of a vector condition, or a dict of these by name.
        width: Channels of the last hidden map; units of each hidden layer for points.
        **options: Further arguments of `dcgan_generator` or `mlp_generator`.

    Raises:
        ValueError: If a condition is not a vector.

    Source: Mirza and Osindero, 2014, "Conditional Generative Adversarial Nets". Departures: DCGAN's
    network after the first layer, and one-hot classes without a separate hidden layer.

    Example:

    >>> model = conditional_dcgan_generator((28, 28, 1), 64, (10,), width=8)
    >>> model([keras.ops.zeros((2, 64)), keras.ops.eye(10)[:2]]).shape
    TensorShape([2, 28, 28, 1])
    """
    builder = mlp_generator if len(sample_shape) == 1 else dcgan_generator
    latents = keras.Input((latent_dimension,), name="latents")
    conditions = condition_inputs(condition_shape)
    x = ConcatenateCondition(name="with_condition")([latents, conditions])
    network = builder(sample_shape, x.shape[-1], width=width, **options)
    return keras.Model([latents, conditions], network(x), name=f"conditional_{network.name}")


@network_builder
def conditional_dcgan_discriminator(
    sample_shape: Sequence[int], condition_shape: Shape, *, width: int = 64, **options: Any
) -> keras.Model:
    """Builds a discriminator from `[samples, conditions]` to logits `(batch, 1)`.

    The condition is concatenated to the channels. A vector is repeated at every position of an
    image; an image must have the same height and width.

    Args:
        sample_shape: (height, width, channels) of images, for `dcgan_discriminator`; or
            (dimension,) of points, for `mlp_discriminator`.
        condition_shape: Shape of a condition, or a dict of shapes by name.
        width: Channels of the first map; units of each hidden layer for points.
        **options: Further arguments of `dcgan_discriminator` or `mlp_discriminator`. Packed samples
            are packed together with their conditions.

    Raises:
        ValueError: If the height or width of a condition differ from those of the samples.

    Source: as for `conditional_dcgan_generator`; the authors' code of Radford et al., 2015,
    "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
    which repeats classes at every position.
    """
    builder = mlp_discriminator
    if len(sample_shape) != 1:
        builder, sample_shape = dcgan_discriminator, checked_image_shape(sample_shape)
    samples = keras.Input(tuple(sample_shape), name="samples")
    conditions = condition_inputs(condition_shape)
    x = ConcatenateCondition(name="with_condition")([samples, conditions])
    network = builder(x.shape[1:], width=width, **options)
    return keras.Model([samples, conditions], network(x), name=f"conditional_{network.name}")


@network_builder
def acgan_discriminator(
    sample_shape: Sequence[int],
    condition_shape: Shape,
    *,
    width: int = 64,
    normalization: str | None = "batch",
    **options: Any,
) -> keras.Model:
    """Builds a discriminator that also classifies the samples.

    The trunk is that of DCGAN's discriminator, or a multilayer perceptron for points. Both outputs
    are linear in its last map. The conditions are an input, as for every conditional discriminator,
    but not used.

    Args:
        sample_shape: (height, width, channels) of images, or (dimension,) of points.
        condition_shape: (K,), the shape of a label.
        width: Channels of the first map; units of each hidden layer for points.
        normalization: `batch` (none for points), `spectral` for all kernels except that of the
            classes, or None.
        **options: Further arguments of `dcgan_discriminator` or `mlp_discriminator`.

    Returns:
        A model with the outputs `logits` `(batch, 1)` and `labels` `(batch, K)`, the logits of the
        classes, float32.

    Raises:
        ValueError: If the condition is not a vector, or the normalisation is unknown.

    Source: Odena et al., 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs".
    Departures: DCGAN's network, without dropout.

    Example:

    >>> model = acgan_discriminator((28, 28, 1), (10,), width=8)
    >>> {name: output.shape for name, output in model.output.items()}
    {'logits': (None, 1), 'labels': (None, 10)}
    """
    if isinstance(condition_shape, Mapping) or len(condition_shape) != 1:
        raise ValueError(
            f"acgan_discriminator: condition_shape must be (classes,), got {condition_shape}."
        )
    builder = dcgan_discriminator
    if points := len(sample_shape) == 1:
        builder = mlp_discriminator
        normalization = None if normalization == "batch" else normalization
    trunk = builder(
        sample_shape, width=width, normalization=normalization, head=layers.Flatten(), **options
    )

    def dense(units: int, name: str) -> layers.Layer:
        kernel = "he_normal" if points or normalization is None else normal_initializer()
        return layers.Dense(units, kernel_initializer=kernel, dtype="float32", name=name)

    samples = keras.Input(tuple(sample_shape), name="samples")
    conditions = condition_inputs(condition_shape)
    features = trunk(samples)
    logit = dense(1, "logits")
    logit = spectral_normalization(logit) if normalization == "spectral" else logit
    labels = dense(condition_shape[0], "labels")(features)
    # Before Keras 3.11 each input of a model must lead to an output.
    both = layers.Concatenate(dtype="float32", name="labels_and_conditions")([labels, conditions])
    outputs = {"logits": logit(features), "labels": both[:, : condition_shape[0]]}
    return keras.Model([samples, conditions], outputs, name="acgan_discriminator")
