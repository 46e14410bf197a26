"""InfoGAN with gradient matching, neighbour embedding and local regularisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from tfgan_it.checks import check_choice
from tfgan_it.models import GAN
from tfgan_it.recipes.hyperparameters import InfoGANHyperparameters, with_terms
from tfgan_it.recipes.infogan import infogan
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import GradientMatching, NeighborEmbedding, NTXent
from tfgan_it.terms import Term

VIEWS_OF = ("category", "recognition_features")


@variant_of(infogan, encoder="separate")
def regularized_infogan(
    sample_shape: Sequence[int],
    *,
    gradient_matching: float = 1.0,
    gradient_product_matching: float = 1.0,
    neighbor_embedding: float = 1.0,
    transformed_views: float = 10.0,
    views_of: str = "category",
    temperature: float = 1.0,
    **hyperparameters: Unpack[InfoGANHyperparameters],
) -> GAN:
    """InfoGAN with gradient matching, neighbour embedding and local regularisation of Q.

    A weight of 0 omits its term.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        gradient_matching: Weight of the difference of the discriminator's mean gradients in
            `regularizers.GradientMatching`.
        gradient_product_matching: Weight of the difference of their products with the samples.
        neighbor_embedding: Weight of `regularizers.NeighborEmbedding`.
        transformed_views: Weight of `regularizers.NTXent`.
        views_of: Output of Q that compares views: `category`, which favours categories of equal
            frequencies, because images of one category are each other's negatives; or, as
            published, `recognition_features`, the hidden layer before, which does not.
        temperature: Temperature of `regularizers.NTXent`.
        **hyperparameters: As for `infogan`.

    Raises:
        ValueError: If `views_of` is unknown or a missing category, or a weight is negative.

    Source: Tran et al., 2019, "Improving GAN with neighbors embedding and gradient matching" (the
    generator's terms); Ojha et al., 2020, "Elastic-InfoGAN: Unsupervised Disentangled
    Representation Learning in Class-Imbalanced Data" (local regularisation). Departures: both with
    InfoGAN's networks, loss and rates; Q has a separate trunk, because in a shared one the term on
    views dominates the discriminator; Elastic-InfoGAN's prior is `prior="gumbel_softmax"`, whose
    gradient is biased, unlike that of `learned`; those of the three terms.
    """
    generator_terms: list[Term] = []
    discriminator_terms: list[Term] = []
    if gradient_matching or gradient_product_matching:
        generator_terms.append(GradientMatching(gradient_matching, gradient_product_matching))
    if neighbor_embedding:
        generator_terms.append(NeighborEmbedding(neighbor_embedding))
    check_choice("views_of", views_of, VIEWS_OF)
    if transformed_views:
        if views_of == "category" and hyperparameters.get("categories") == 0:
            raise ValueError(
                "regularized_infogan: transformed_views regularises the category, got "
                f"transformed_views={transformed_views} and categories=0."
            )
        discriminator_terms.append(NTXent(transformed_views, views_of, temperature))
    return infogan(
        sample_shape,
        **with_terms(
            hyperparameters,
            generator_regularizers=generator_terms,
            discriminator_regularizers=discriminator_terms,
        ),
    )
