"""Recipes with DCGAN's networks and another loss or penalty on its probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from tfgan_it.losses import FDivergence, LeastSquares
from tfgan_it.models import GAN
from tfgan_it.recipes.dcgan import dcgan
from tfgan_it.recipes.hyperparameters import (
    DCGANHyperparameters,
    FixedLossDCGANHyperparameters,
    with_terms,
)
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import Dragan


@variant_of(dcgan)
def lsgan(
    sample_shape: Sequence[int],
    *,
    a: float = 0.0,
    b: float = 1.0,
    c: float = 1.0,
    **hyperparameters: Unpack[FixedLossDCGANHyperparameters],
) -> GAN:
    """LSGAN: the discriminator regresses on labels, the generator is pulled to one of them.

    Args:
        sample_shape: As for `dcgan`.
        a: Label of generated images.
        b: Label of real images.
        c: What the generator wants its images to be taken for.
        **hyperparameters: As for `dcgan`.

    Source: Mao et al., 2017, "Least Squares Generative Adversarial Networks". Departures: DCGAN's
    networks, whose generator has no fully connected stages.
    """
    return dcgan(sample_shape, loss=LeastSquares(a, b, c), **hyperparameters)


@variant_of(dcgan, normalization=None, learning_rate=1e-4, beta_2=0.9)
def dragan(
    sample_shape: Sequence[int],
    *,
    lambda_: float = 10.0,
    **hyperparameters: Unpack[DCGANHyperparameters],
) -> GAN:
    """DRAGAN: the non-saturating loss, and a discriminator of slope 1 around the data.

    Args:
        sample_shape: As for `dcgan`.
        lambda_: Weight of the penalty.
        **hyperparameters: As for `dcgan`.

    Source: Kodali et al., 2017, "On Convergence and Stability of GANs". Departures: those of
    `dcgan`.
    """
    term = Dragan(lambda_)
    return dcgan(sample_shape, **with_terms(hyperparameters, discriminator_regularizers=[term]))


@variant_of(dcgan, learning_rate=1e-4)
def fgan(
    sample_shape: Sequence[int],
    *,
    divergence: str = "squared_hellinger",
    alternative: bool = True,
    **hyperparameters: Unpack[FixedLossDCGANHyperparameters],
) -> GAN:
    """f-GAN: the generator minimises an f-divergence of your choice.

    Args:
        sample_shape: As for `dcgan`.
        divergence: `kl`, `reverse_kl`, `jensen_shannon`, `pearson`, `squared_hellinger`,
            `total_variation` or `gan`.
        alternative: The generator's loss that does not saturate.
        **hyperparameters: As for `dcgan`.

    Source: Nowozin et al., 2016, "f-GAN: Training Generative Neural Samplers using Variational
    Divergence Minimization". Departures: those of `dcgan` and `losses.FDivergence`.
    """
    return dcgan(sample_shape, loss=FDivergence(divergence, alternative), **hyperparameters)
