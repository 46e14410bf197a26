"""Recipes of conditional networks: cGAN, ACGAN, projection GAN."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Unpack

from tfgan_it import networks
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import GameHyperparameters, with_terms
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import ConditionInformation


@variant_of(build_gan, drop=["generator", "discriminator", "model"])
def conditional_gan(
    sample_shape: Sequence[int],
    *,
    conditions: Any = 10,
    width: int = 64,
    normalization: str | None = "batch",
    **hyperparameters: Unpack[GameHyperparameters],
) -> GAN:
    """Conditional GAN: the condition is concatenated to the latents and to the channels.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4; or (dimension,) of
            points, for which the networks are multilayer perceptrons.
        conditions: Number of classes, or `conditions` as for `models.GAN`.
        width: Channels of the generator's last hidden map and the discriminator's first; units of
            each hidden layer for points.
        normalization: Normalisation of the discriminator: `batch` (none for points), `spectral` or
            None.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Mirza and Osindero, 2014, "Conditional Generative Adversarial Nets". Departures: DCGAN's
    networks and rates in place of maxout layers.
    """
    if len(sample_shape) == 1 and normalization == "batch":
        normalization = None
    return build_gan(
        sample_shape,
        conditions=_required(conditions),
        generator=functools.partial(networks.conditional_dcgan_generator, width=width),
        discriminator=functools.partial(
            networks.conditional_dcgan_discriminator, width=width, normalization=normalization
        ),
        **hyperparameters,
    )


@variant_of(build_gan, drop=["generator", "discriminator", "model"])
def acgan(
    sample_shape: Sequence[int],
    *,
    conditions: Any = 10,
    lambda_information: float = 1.0,
    width: int = 64,
    normalization: str | None = "batch",
    **hyperparameters: Unpack[GameHyperparameters],
) -> GAN:
    """ACGAN: the discriminator classifies, and the generator maximises L_I of the class.

    Args:
        sample_shape: As for `conditional_gan`.
        conditions: Number of classes, or a `conditions.Label`.
        lambda_information: Weight of the information L_I(y; G(z, y)), in nats.
        width: As for `conditional_gan`.
        normalization: As for `conditional_gan`.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Odena et al., 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs".
    Departures: DCGAN's networks, without dropout and noise in the discriminator.
    """
    return build_gan(
        sample_shape,
        conditions=_required(conditions),
        generator=functools.partial(networks.conditional_dcgan_generator, width=width),
        discriminator=functools.partial(
            networks.acgan_discriminator, width=width, normalization=normalization
        ),
        **with_terms(hyperparameters, terms=[ConditionInformation(lambda_information)]),
    )


@variant_of(
    build_gan,
    drop=["generator", "discriminator", "model"],
    loss="hinge",
    latent="normal",
    latent_dimension=128,
    beta_1=0.0,
    beta_2=0.9,
    schedule="linear",
    discriminator_steps=5,
)
def projection_gan(
    sample_shape: Sequence[int],
    *,
    conditions: Any = 10,
    width: int = 64,
    **hyperparameters: Unpack[GameHyperparameters],
) -> GAN:
    """Projection GAN: a projection discriminator and conditional batch normalisation.

    The discriminator is f(x, y) = w' phi(x) + b + y' V phi(x), with spectral normalisation of all
    kernels. The generator's batch normalisation has a scale and a shift for each class.

    Args:
        sample_shape: As for `conditional_gan`.
        conditions: Number of classes, or a `conditions.Label` or `conditions.Vector`.
        width: Channels of every block; units of each hidden layer for points.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Miyato and Koyama, 2018, "cGANs with Projection Discriminator". Departures: one width
    for all blocks; one batch size for both players; the moving average.
    """
    return build_gan(
        sample_shape,
        conditions=_required(conditions),
        generator=functools.partial(networks.projection_generator, width=width),
        discriminator=functools.partial(networks.projection_discriminator, width=width),
        **hyperparameters,
    )


def _required(conditions: Any) -> Any:
    if conditions is None:
        raise ValueError(
            "conditions must be a number of classes, or a condition such as Label(10), got None: "
            "dcgan and sngan are recipes without conditions."
        )
    return conditions
