"""InfoGAN with a contrastive regulariser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from tfgan_it.models import GAN
from tfgan_it.recipes.hyperparameters import InfoGANHyperparameters, with_terms
from tfgan_it.recipes.infogan import infogan
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import ContrastiveCodes
from tfgan_it.terms import Term


@variant_of(
    infogan,
    noise=5,
    categories=0,
    continuous=5,
    lambda_information=0.05,
    learning_rate=1e-3,
    discriminator_learning_rate=2e-3,
)
def infogan_cr(
    sample_shape: Sequence[int],
    *,
    weight: float = 2.0,
    gap: float = 1.9,
    gap_steps: int = 35_000,
    gap_drops: int = 1,
    start: int = 0,
    shared_noise: bool = True,
    **hyperparameters: Unpack[InfoGANHyperparameters],
) -> GAN:
    """InfoGAN-CR: a second network classifies which code two generated images share.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        weight: Weight of the contrastive term; the paper's alpha. 0 omits the term.
        gap: Smallest distance of the codes that are not shared, in the first steps; codes are in
            [-1, 1].
        gap_steps: Number of generator updates after which the gap is 0.
        gap_drops: Number of equal drops from `gap` to 0.
        start: Generator update at which the contrastive term begins.
        shared_noise: Whether the two images share their noise.
        **hyperparameters: As for `infogan`.

    Source: Lin et al., 2020, "InfoGAN-CR and ModelCentrality: Self-supervised Model Training and
    Selection for Disentangling GANs", and the authors' code: 5 uniform codes and 5 columns of
    noise, lambda and alpha of dSprites, the gap of the teapots. Departures: InfoGAN's networks,
    with batch normalisation in the discriminator in place of spectral; the term from the first step
    on, while the authors add it after 288,000 (dSprites) or 50,000 (teapots); one generator update
    for each discriminator update, not two; those of `regularizers.ContrastiveCodes` and `infogan`.
    """
    terms: list[Term] = []
    if weight:
        terms.append(
            ContrastiveCodes(
                weight,
                gap=gap,
                gap_steps=gap_steps,
                gap_drops=gap_drops,
                start=start,
                shared_noise=shared_noise,
            )
        )
    return infogan(
        sample_shape,
        **with_terms(hyperparameters, generator_regularizers=terms),
    )
