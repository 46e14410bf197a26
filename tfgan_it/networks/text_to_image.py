"""Networks that draw a text, and that judge whether a picture shows it."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.layers import spectral_normalization
from tfgan_it.networks.projection import projection_generator
from tfgan_it.networks.residual import residual_discriminator
from tfgan_it.networks.text import text_trunk


@network_builder
def text_to_image_generator(
    sample_shape: Sequence[int],
    latent_dimension: int,
    condition_shape: Sequence[int],
    *,
    width: int = 64,
    text_width: int = 128,
    blocks: int = 2,
    embedding: int = 128,
) -> keras.Model:
    """Builds a generator from `[latents, conditions]`, images of texts.

    `text_trunk`, pooled over the characters, makes a vector of the text. It is what the batch
    normalisation of `projection_generator` depends on; beside the latents it is its input too.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents.
        condition_shape: (length, size of the vocabulary).
        width: Channels of every block.
        text_width: Channels of the blocks of the text.
        blocks: Residual blocks of the text.
        embedding: Numbers of the vector.

    Raises:
        ValueError: If the condition is not a text.

    Source: Reed et al., 2016, "Generative Adversarial Text to Image Synthesis", for characters and
    the vector beside the latents; Zhang et al., 2021, "Cross-Modal Contrastive Learning for
    Text-to-Image Generation", for normalisation that depends on the text. Departures: residual
    blocks of characters, trained with the game and not before it; no attention to words.

    Example:

    >>> model = text_to_image_generator((32, 32, 3), 16, (20, 30), width=8, text_width=8)
    >>> model([keras.ops.zeros((2, 16)), keras.ops.zeros((2, 20, 30))]).shape
    TensorShape([2, 32, 32, 3])
    """
    latents = keras.Input((latent_dimension,), name="latents")
    conditions = keras.Input(tuple(condition_shape), name="conditions")
    vector = text_trunk(
        condition_shape, width=text_width, blocks=blocks, features=embedding, pooled=True
    )(conditions)
    network = projection_generator(
        sample_shape, latent_dimension + embedding, (embedding,), width=width, use_bias=True
    )
    samples = network([layers.Concatenate()([latents, vector]), vector])
    return keras.Model([latents, conditions], samples, name="text_to_image_generator")


@network_builder
def text_to_image_discriminator(
    sample_shape: Sequence[int],
    condition_shape: Sequence[int],
    *,
    width: int = 64,
    text_width: int = 128,
    blocks: int = 2,
    embedding: int = 128,
) -> keras.Model:
    """Builds a discriminator of images and texts, f(x, y) = u(x) + v(x)' t(y).

    u and v are linear in the features of `residual_discriminator`, spectrally normalised; t is
    `text_trunk`, pooled over the characters.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        condition_shape: (length, size of the vocabulary).
        width: Channels of every block.
        text_width: Channels of the blocks of the text.
        blocks: Residual blocks of the text.
        embedding: Numbers of v and of t.

    Returns:
        A model with the outputs `logits` and `unconditional`, f and u, `(batch, 1)`, and
        `sample_embedding` and `condition_embedding`, v and t, `(batch, embedding)`, float32.

    Raises:
        ValueError: If the condition is not a text.

    Source: Miyato and Koyama, 2018, "cGANs with Projection Discriminator"; the text as for
    `text_to_image_generator`. Departures: those of `residual_discriminator`.
    """
    samples = keras.Input(tuple(sample_shape), name="samples")
    conditions = keras.Input(tuple(condition_shape), name="conditions")
    network = residual_discriminator(sample_shape, width=width)
    # All layers but the last, dense one.
    features = keras.Model(network.input, network.layers[-1].input, name="trunk")(samples)
    text = text_trunk(
        condition_shape, width=text_width, blocks=blocks, features=embedding, pooled=True
    )(conditions)
    u, v = (
        spectral_normalization(layers.Dense(n, dtype="float32", name=name))(features)
        for n, name in ((1, "unconditional"), (embedding, "sample_embedding"))
    )
    t = layers.Dense(embedding, dtype="float32", name="condition_embedding")(text)
    outputs = {
        "logits": layers.Add(dtype="float32")([u, layers.Dot(1, dtype="float32")([v, t])]),
        "unconditional": u,
        "sample_embedding": v,
        "condition_embedding": t,
    }
    return keras.Model([samples, conditions], outputs, name="text_to_image_discriminator")
