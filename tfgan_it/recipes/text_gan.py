"""WGAN-GP on the characters of texts."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Unpack

from tfgan_it import latents, networks
from tfgan_it.datasets import Vocabulary
from tfgan_it.models import GAN
from tfgan_it.networks.text import token_noise
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import GradientPenalty, TokenScore


@variant_of(
    build_gan,
    loss="wasserstein",
    learning_rate=1e-4,
    beta_2=0.9,
    discriminator_steps=10,
)
def text_gan(
    sample_shape: Sequence[int],
    *,
    width: int = 512,
    blocks: int = 5,
    sampling: str = "argmax",
    temperature: float = 1.0,
    masked: bool = True,
    per_token: bool = False,
    latent_dimension: int = 128,
    lambda_: float = 10.0,
    vocabulary: Vocabulary | None = None,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """Text GAN: WGAN-GP on characters, one-hot if real, as if chosen, soft or drawn if generated.

    Soft tokens beside the mask collapsed to empty texts: the share of padding in each of them takes
    what is behind it from the discriminator's view. Choose `masked=False` with `softmax` and
    `gumbel`.

    Args:
        sample_shape: (length, size of the vocabulary) of one-hot tokens, token 0 the padding.
        width: Channels of both networks.
        blocks: Residual blocks of each network.
        sampling: How tokens are made, the mode of `layers.TokenSampling`: `softmax`, `argmax`,
            `gumbel`, `straight_through`, or `one_hot` with the gradient of
            `regularizers.TokenScore`.
        temperature: Temperature of the softmax.
        masked: Whether the discriminator sees nothing behind the first padding; False as
            published.
        per_token: Whether the discriminator has a logit for each token.
        latent_dimension: Columns of the normal latent, besides the noise of the draws.
        lambda_: Weight of the gradient penalty.
        vocabulary: The characters, by which samples are read; the trainers give that of the data.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Gulrajani et al., 2017, "Improved Training of Wasserstein GANs", which is
    `sampling="softmax", masked=False`. Departures: the mask; sampling other than `softmax`; the
    moving average.
    """
    noise = token_noise(sample_shape, sampling)
    added = {"discriminator_regularizers": [GradientPenalty(lambda_)]}
    if sampling == "one_hot":
        added["generator_regularizers"] = [TokenScore(padding=0 if masked else None)]
    return build_gan(
        sample_shape,
        generator=functools.partial(
            networks.text_generator,
            width=width,
            blocks=blocks,
            sampling=sampling,
            temperature=temperature,
            vocabulary=vocabulary,
        ),
        discriminator=functools.partial(
            networks.text_discriminator,
            width=width,
            blocks=blocks,
            masked=masked,
            per_token=per_token,
        ),
        model=functools.partial(GAN, value_range=(0.0, 1.0)),
        latent=latents.Normal(latent_dimension + noise),
        **with_terms(hyperparameters, **added),
    )
