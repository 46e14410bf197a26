"""BEGAN."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Unpack

from tfgan_it import networks
from tfgan_it.losses import BoundaryEquilibrium
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLossHyperparameters
from tfgan_it.recipes.variants import variant_of


@variant_of(
    build_gan,
    latent_dimension=64,
    learning_rate=8e-5,
    schedule="halving",
)
def began(
    sample_shape: Sequence[int],
    *,
    width: int = 64,
    hidden: int = 64,
    gamma: float = 0.5,
    lambda_k: float = 1e-3,
    **hyperparameters: Unpack[FixedLossHyperparameters],
) -> GAN:
    """BEGAN: an autoencoder as discriminator, with balanced reconstruction errors.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        width: Channels, n of the paper.
        hidden: Columns of the autoencoder's code, N_h of the paper.
        gamma: Target ratio of generated to real errors; larger values give more diversity.
        lambda_k: Step size of k.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Berthelot et al., 2017, "BEGAN: Boundary Equilibrium Generative Adversarial Networks".
    Departures: those of `networks.autoencoder_discriminator`; the rate is halved without a floor;
    the moving average.
    """
    return build_gan(
        sample_shape,
        generator=functools.partial(networks.decoder_generator, width=width),
        discriminator=functools.partial(
            networks.autoencoder_discriminator, width=width, hidden=hidden
        ),
        loss=BoundaryEquilibrium(gamma, lambda_k),
        **hyperparameters,
    )
