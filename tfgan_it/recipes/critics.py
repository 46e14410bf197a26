"""Recipes with critics, Wasserstein and relativistic: WGAN, WGAN-GP, KL-WGAN, RaGAN, R3GAN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from tfgan_it.models import GAN
from tfgan_it.recipes.dcgan import dcgan
from tfgan_it.recipes.hyperparameters import (
    DCGANHyperparameters,
    FixedDiscriminatorDCGANHyperparameters,
    with_terms,
)
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import R1, R2, GradientPenalty, WeightClip


@variant_of(
    dcgan,
    loss="wasserstein",
    optimizer="rmsprop",
    learning_rate=5e-5,
    discriminator_steps=5,
)
def wgan(
    sample_shape: Sequence[int],
    *,
    limit: float = 0.01,
    **hyperparameters: Unpack[FixedDiscriminatorDCGANHyperparameters],
) -> GAN:
    """WGAN: the Wasserstein-1 distance, by a critic with clipped weights.

    Args:
        sample_shape: As for `dcgan`.
        limit: Largest absolute value of the critic's kernels; the paper's c.
        **hyperparameters: As for `dcgan`.

    Source: Arjovsky et al., 2017, "Wasserstein GAN". Departures: biases and batch normalisation's
    weights are not clipped; no extra critic updates at the start; those of `dcgan`.
    """
    clipped = {"kernel_constraint": WeightClip(limit)}
    return dcgan(sample_shape, discriminator=clipped, **hyperparameters)


@variant_of(
    dcgan,
    loss="wasserstein",
    latent="normal",
    latent_dimension=128,
    normalization=None,
    learning_rate=1e-4,
    beta_2=0.9,
    discriminator_steps=5,
)
def wgan_gp(
    sample_shape: Sequence[int],
    *,
    lambda_: float = 10.0,
    **hyperparameters: Unpack[DCGANHyperparameters],
) -> GAN:
    """WGAN-GP: the Wasserstein-1 distance, by a critic with a gradient penalty.

    Args:
        sample_shape: As for `dcgan`.
        lambda_: Weight of the penalty; for points .1 is appropriate.
        **hyperparameters: As for `dcgan`.

    Source: Gulrajani et al., 2017, "Improved Training of Wasserstein GANs". Departures: those of
    `dcgan`.
    """
    term = GradientPenalty(lambda_)
    return dcgan(sample_shape, **with_terms(hyperparameters, discriminator_regularizers=[term]))


@variant_of(
    dcgan,
    loss="kl_wasserstein",
    latent="normal",
    latent_dimension=128,
    normalization="spectral",
    beta_1=0.0,
)
def kl_wgan(sample_shape: Sequence[int], **hyperparameters: Unpack[DCGANHyperparameters]) -> GAN:
    """KL-WGAN: the hinge loss on generated samples re-weighted by the critic.

    Args:
        sample_shape: As for `dcgan`.
        **hyperparameters: As for `dcgan`.

    Source: Song and Ermon, 2020, "Bridging the Gap Between f-GANs and Wasserstein GANs".
    Departures: DCGAN's networks with spectral normalisation in place of BigGAN's, and its rates.
    """
    return dcgan(sample_shape, **hyperparameters)


@variant_of(dcgan, loss="relativistic_average")
def ragan(sample_shape: Sequence[int], **hyperparameters: Unpack[DCGANHyperparameters]) -> GAN:
    """RaGAN: each logit relative to the mean logit of the samples of the other kind.

    Args:
        sample_shape: As for `dcgan`.
        **hyperparameters: As for `dcgan`.

    Source: Jolicoeur-Martineau, 2019, "The Relativistic Discriminator: A Key Element Missing from
    Standard GAN". Departures: those of `dcgan`.
    """
    return dcgan(sample_shape, **hyperparameters)


@variant_of(
    dcgan,
    loss="relativistic_pairing",
    latent="normal",
    latent_dimension=64,
    normalization=None,
    beta_1=0.0,
    beta_2=0.99,
)
def r3gan(
    sample_shape: Sequence[int],
    *,
    gamma: float = 0.05,
    **hyperparameters: Unpack[DCGANHyperparameters],
) -> GAN:
    """R3GAN: the relativistic pairing loss, with gradient penalties on real and generated samples.

    Args:
        sample_shape: As for `dcgan`.
        gamma: Weight of both penalties; each is multiplied by gamma / 2.
        **hyperparameters: As for `dcgan`.

    Source: Huang et al., 2024, "The GAN is dead; long live the GAN! A Modern Baseline GAN".
    Departures: DCGAN's networks in place of grouped residual ones without normalisation; constant
    rates, gamma and decay in place of the warm-up.
    """
    terms = [R1(gamma), R2(gamma)]
    return dcgan(sample_shape, **with_terms(hyperparameters, discriminator_regularizers=terms))
