"""InfoGAN whose categories are learned from real images."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Unpack

from tfgan_it import networks
from tfgan_it.layers import RandomViews
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.infogan import infogan_codes
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import CodeInformation, ViewInformation


@variant_of(
    build_gan,
    learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
)
def invariant_infogan(
    sample_shape: Sequence[int],
    *,
    noise: int = 62,
    categories: int = 10,
    continuous: int = 2,
    minimum_scale: float = 0.2,
    outcomes: int = 50,
    search_steps: int = 1000,
    view_weight: float = 1.0,
    shift: float = 0.1,
    rotation: float = 20.0,
    zoom: float = 0.2,
    mirror: bool = False,
    brightness: float = 0.0,
    contrast: float = 0.0,
    neighbors: str = "images",
    prior: str = "uniform",
    beta: float = 0.35,
    width: int = 32,
    features: int = 256,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """Invariant InfoGAN: the category has the most information between views of a real image.

        min_{G, Q} max_D V(D, G) - lambda L_I(G, Q) - weight I(c; c'),   c ~ Q(c|t(x)), x real

    An encoder that trains only on real images infers the category. In the first `search_steps` it
    learns an over-complete code, which is then grouped into the categories that keep most of its
    information (see `regularizers.ViewInformation`). From there on the loss includes L_I, which
    trains the generator to generate by category.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        noise: Columns of the incompressible noise, U(-1, 1).
        categories: K of the code `category`.
        continuous: Columns of the code `style`, U(-1, 1); 0 for none.
        minimum_scale: Floor of the posterior's standard deviation of `style`.
        outcomes: Number of outcomes of the over-complete code.
        search_steps: Number of generator updates before its outcomes are grouped.
        view_weight: Weight of the information between two views.
        shift: Largest translation of a view, as a fraction of a side.
        rotation: Largest rotation of a view in degrees.
        zoom: Largest zoom in or out of a view.
        mirror: Whether a view may be flipped horizontally.
        brightness: Largest offset of a view; images are in [-1, 1].
        contrast: Largest relative change of a view's differences from its mean.
        neighbors: Space in which neighbours group the outcomes: `images` or `features`, see
            `regularizers.ViewInformation`.
        prior: Prior of `category`: `uniform`, or `learned` for classes of unequal frequencies,
            which splits frequent classes only if that outweighs `beta`.
        beta: Weight of the category's entropy if the prior is learned, see
            `regularizers.ViewInformation`.
        width: Channels of the first map of both trunks and the last of the generator.
        features: Units of the dense layers.
        **hyperparameters: As for `recipes.build_gan`; the moving average is of both networks. The
            encoder trains at the generator's rate.

    Source: Ji et al., 2019, "Invariant Information Clustering for Unsupervised Image Classification
    and Segmentation", for the information between two views; Chen et al., 2016, "InfoGAN:
    Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets";
    Slonim and Tishby, 1999, "Agglomerative Information Bottleneck". Departures: the combination,
    and grouping the over-complete code instead of discarding it, are ours.
    """
    latent, weights = infogan_codes(noise, categories, continuous, minimum_scale, prior)
    assert latent.codes is not None
    sizes: dict[str, Any] = {"width": width, "features": features}
    transformations = RandomViews(shift, rotation, zoom, mirror, brightness, contrast)
    term = ViewInformation(
        view_weight,
        search_steps,
        transformations=transformations,
        neighbors=neighbors,
        beta=beta,
    )
    return build_gan(
        sample_shape,
        latent=latent,
        generator=functools.partial(networks.infogan_generator, **sizes),
        discriminator=functools.partial(
            networks.grouped_discriminator,
            categories=categories,
            style_parameters=latent.codes.posterior_params_size - categories,
            outcomes=outcomes,
            **sizes,
        ),
        **with_terms(
            hyperparameters,
            generator_regularizers=[term],
            terms=[CodeInformation(weights, {"category": search_steps})],
        ),
    )
