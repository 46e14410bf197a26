"""Images of texts."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Unpack

from tfgan_it import networks
from tfgan_it.conditions import Text
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import GameHyperparameters, with_terms
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import MatchingAware, PairInformation


@variant_of(
    build_gan,
    drop=["generator", "discriminator", "model"],
    loss="hinge",
    latent="normal",
    latent_dimension=128,
    learning_rate=1e-4,
    discriminator_learning_rate=4e-4,
    beta_1=0.5,
    beta_2=0.999,
    discriminator_steps=2,
)
def text_to_image(
    sample_shape: Sequence[int],
    *,
    conditions: Text | None = None,
    width: int = 64,
    text_width: int = 128,
    embedding: int = 128,
    lambda_matching: float = 1.0,
    lambda_information: float = 1.0,
    temperature: float = 0.1,
    **hyperparameters: Unpack[GameHyperparameters],
) -> GAN:
    """Text to image: a matching-aware discriminator, and the information of images and texts.

    The discriminator sees images with their texts, with other texts, and generated ones. Both
    players raise the information of an image and its text, by InfoNCE, in nats.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        conditions: A `conditions.Text`; the trainers give that of the data.
        width: Channels of the blocks of both networks.
        text_width: Channels of the blocks that read the characters.
        embedding: Numbers of the vector of a text.
        lambda_matching: Weight of mismatched pairs, `regularizers.MatchingAware`.
        lambda_information: Weight of `regularizers.PairInformation`.
        temperature: Divisor of its cosines.
        **hyperparameters: As for `recipes.build_gan`.

    Raises:
        ValueError: If the condition is not a text.

    Source: Reed et al., 2016, "Generative Adversarial Text to Image Synthesis" (mismatched pairs);
    Zhang et al., 2021, "Cross-Modal Contrastive Learning for Text-to-Image Generation" (InfoNCE,
    rates). Departures: small networks of characters that are trained with the game, in the place
    of trained language models and their attention to words; spectral normalisation.
    """
    if not isinstance(conditions, Text):
        raise ValueError(
            f"text_to_image: conditions must be conditions.Text(texts), got {conditions!r}."
        )
    sizes: dict[str, Any] = {"width": width, "text_width": text_width, "embedding": embedding}
    return build_gan(
        sample_shape,
        conditions=conditions,
        generator=functools.partial(networks.text_to_image_generator, **sizes),
        discriminator=functools.partial(networks.text_to_image_discriminator, **sizes),
        **with_terms(
            hyperparameters,
            discriminator_regularizers=[MatchingAware(lambda_matching)],
            terms=[PairInformation(lambda_information, temperature)],
        ),
    )
