"""Recipes with DCGAN's networks and another divergence or penalty: LSGAN, DRAGAN, f-GAN."""

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
    """LSGAN: least-squares losses, with one label for each kind of images.

    Args:
        sample_shape: As for `dcgan`.
        a: Label of generated images.
        b: Label of real images.
        c: Label of generated images in the generator's loss.
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
    """DRAGAN: the non-saturating loss, with a gradient penalty around the data.

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
    """f-GAN: the generator minimises a given f-divergence.

    Args:
        sample_shape: As for `dcgan`.
        divergence: `kl`, `reverse_kl`, `jensen_shannon`, `pearson`, `squared_hellinger`,
            `total_variation` or `gan`.
        alternative: Whether the generator minimises the loss that does not saturate.
        **hyperparameters: As for `dcgan`.

    Source: Nowozin et al., 2016, "f-GAN: Training Generative Neural Samplers using Variational
    Divergence Minimization". Departures: those of `dcgan` and `losses.FDivergence`.
    """
    return dcgan(sample_shape, loss=FDivergence(divergence, alternative), **hyperparameters)
