"""Recipes with spectrally normalised discriminators: SNGAN and SAGAN."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Unpack

from tfgan_it import networks
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.dcgan import dcgan
from tfgan_it.recipes.hyperparameters import GameHyperparameters
from tfgan_it.recipes.variants import variant_of


@variant_of(
    build_gan,
    loss="hinge",
    latent="normal",
    latent_dimension=128,
    beta_1=0.0,
    beta_2=0.9,
    schedule="linear",
    discriminator_steps=5,
)
def sngan(
    sample_shape: Sequence[int],
    *,
    width: int = 64,
    depth: int = 2,
    **hyperparameters: Unpack[GameHyperparameters],
) -> GAN:
    """SNGAN: the hinge loss and a spectrally normalised discriminator.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4; or (dimension,) of
            points, for which the networks are multilayer perceptrons.
        width: Channels of the generator's last hidden map and the discriminator's first; units of
            each hidden layer for points.
        depth: Hidden layers of each network for points.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Miyato et al., 2018, "Spectral Normalization for Generative Adversarial Networks".
    Departures: one batch size for both players; the moving average.
    """
    if len(sample_shape) == 1:
        points: dict[str, Any] = {"width": width, "depth": depth, "normalization": "spectral"}
        return dcgan(sample_shape, **points, **hyperparameters)
    return build_gan(
        sample_shape,
        generator=functools.partial(networks.sngan_generator, width=width),
        discriminator=functools.partial(networks.sngan_discriminator, width=width),
        **hyperparameters,
    )


@variant_of(
    build_gan,
    loss="hinge",
    latent="normal",
    latent_dimension=128,
    learning_rate=1e-4,
    discriminator_learning_rate=4e-4,
    beta_1=0.0,
    beta_2=0.9,
)
def sagan(
    sample_shape: Sequence[int], *, width: int = 64, **hyperparameters: Unpack[GameHyperparameters]
) -> GAN:
    """SAGAN: residual networks with self-attention, and a learning rate for each player.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        width: Channels of every block.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Zhang et al., 2019, "Self-Attention Generative Adversarial Networks". Departures: no
    classes, and therefore neither conditional batch normalisation nor projection; the generator's
    kernels are not spectrally normalised; one width for all blocks; the moving average.
    """
    return build_gan(
        sample_shape,
        generator=functools.partial(networks.residual_generator, width=width, attention=True),
        discriminator=functools.partial(
            networks.residual_discriminator, width=width, attention=True
        ),
        **hyperparameters,
    )
