"""A discriminator with an encoder of an over-complete code, grouped into categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import InferenceMode, OverclusteringHead
from tfgan_it.networks.infogan import discriminator_head, infogan_trunk, recognition_head
from tfgan_it.networks.sizes import checked_image_shape


@network_builder
def grouped_encoder(
    image_shape: Sequence[int],
    categories: int,
    *,
    outcomes: int = 50,
    width: int = 32,
    features: int = 256,
) -> keras.Model:
    """Builds an encoder to an over-complete code, its groups and features.

    `outcomes` are the logits of the code, `category` is ln p of its groups, `features` are float32
    `(batch, features)`.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        categories: Number of groups.
        outcomes: Number of outcomes of the over-complete code.
        width: Channels of the trunk's first map.
        features: Number of features.

    Example:

    >>> model = grouped_encoder((8, 8, 1), 3, outcomes=12)
    >>> {name: output.shape for name, output in model.output.items()}
    {'category': (None, 3), 'features': (None, 256), 'outcomes': (None, 12)}
    """
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = infogan_trunk(image_shape, width=width, features=features, name="encoder_trunk")(inputs)
    logits = layers.Dense(outcomes, dtype="float32", name="outcomes")(x)
    category = OverclusteringHead(categories, name="categories")(logits)
    x = layers.Activation("linear", dtype="float32", name="features")(x)
    outputs = {"category": category, "features": x, "outcomes": logits}
    return keras.Model(inputs, outputs, name="encoder")


@network_builder
def grouped_discriminator(
    image_shape: Sequence[int],
    categories: int,
    *,
    style_parameters: int = 0,
    outcomes: int = 50,
    width: int = 32,
    features: int = 256,
) -> keras.Model:
    """Builds InfoGAN's discriminator with a separate encoder of the category.

    The encoder is in inference mode here. `regularizers.ViewInformation` trains it by separate
    calls on real images, the only input of its batch normalisation. A head on the discriminator's
    trunk recognises the other codes.

    Args:
        image_shape: As for `grouped_encoder`.
        categories: K of the first code.
        style_parameters: Number of Q's parameters for the other codes.
        outcomes: As for `grouped_encoder`.
        width: Channels of the first map of both trunks.
        features: Features of both trunks.

    Returns:
        A model with the outputs `logits`, `codes` and `features` of the discriminator's trunk.
    """
    sizes: dict[str, Any] = {"width": width, "features": features}
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = infogan_trunk(image_shape, **sizes)(inputs)
    encoder = grouped_encoder(image_shape, categories, outcomes=outcomes, **sizes)
    encoded = InferenceMode(encoder, name="inference_encoder")(inputs)
    codes = encoded["category"]
    if style_parameters:
        style = recognition_head(style_parameters, features)(x)
        codes = layers.Concatenate(dtype="float32", name="codes")([codes, style])
    outputs = {
        "logits": discriminator_head(features)(x),
        "codes": codes,
        "features": layers.Activation("linear", dtype="float32", name="features")(x),
    }
    return keras.Model(inputs, outputs, name="grouped_discriminator")
