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

    Each term is switched off by a weight of 0, and is not computed then.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        gradient_matching: Weight of the difference of the discriminator's mean slopes, of
            `regularizers.GradientMatching`.
        gradient_product_matching: Weight of the difference of their products with the samples.
        neighbor_embedding: Weight of `regularizers.NeighborEmbedding`.
        transformed_views: Weight of `regularizers.NTXent`.
        views_of: What of Q tells views: `category`, whose outcomes are then drawn to equal shares,
            for images of one outcome are each other's negatives; or, as published,
            `recognition_features`, the hidden layer before, which leaves shares to the model.
        temperature: Temperature of `regularizers.NTXent`.
        **hyperparameters: As for `infogan`.

    Raises:
        ValueError: unknown `views_of`, views of a category that is not there, a negative weight.

    Source: Tran et al., 2019, "Improving GAN with neighbors embedding and gradient matching" (the
    generator's terms); Ojha et al., 2020, "Elastic-InfoGAN: Unsupervised Disentangled
    Representation Learning in Class-Imbalanced Data" (local regularisation). Departures: both on
    InfoGAN's networks, loss and rates; Q has a trunk of its own, for through a shared one the term
    on views takes the discriminator over; Elastic-InfoGAN's prior is `prior="gumbel_softmax"`, and
    `learned` moves without its bias; those of the three terms.
    """
    of_generator: list[Term] = []
    of_discriminator: list[Term] = []
    if gradient_matching or gradient_product_matching:
        of_generator.append(GradientMatching(gradient_matching, gradient_product_matching))
    if neighbor_embedding:
        of_generator.append(NeighborEmbedding(neighbor_embedding))
    check_choice("views_of", views_of, VIEWS_OF)
    if transformed_views:
        if views_of == "category" and hyperparameters.get("categories") == 0:
            raise ValueError(
                "regularized_infogan: transformed_views regularises the category, got "
                f"transformed_views={transformed_views} and categories=0."
            )
        of_discriminator.append(NTXent(transformed_views, views_of, temperature))
    return infogan(
        sample_shape,
        **with_terms(
            hyperparameters,
            generator_regularizers=of_generator,
            discriminator_regularizers=of_discriminator,
        ),
    )
