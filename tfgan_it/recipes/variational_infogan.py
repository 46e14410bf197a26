"""Variational InfoGAN."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from tfgan_it import latents, networks
from tfgan_it.models import VariationalInfoGAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.infogan import STYLE_ALONE, infogan_codes
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import CodeInformation, FeatureReconstruction, PosteriorKL
from tfgan_it.seeds import seeded_initializers


@variant_of(
    build_gan,
    learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
)
def variational_infogan(
    sample_shape: Sequence[int],
    *,
    noise: int = 62,
    categories: int = 10,
    continuous: int = 2,
    minimum_scale: float = 0.2,
    lambda_information: float | Mapping[str, float] | None = None,
    kl_weight: float = 0.01,
    reconstruction_weight: float = 0.6,
    width: int = 64,
    features: int = 1024,
    prior: str = "uniform",
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> VariationalInfoGAN:
    """ViGAN: an InfoGAN with an encoder for reconstructing and editing images; compiled.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        noise: Columns of the noise, N(0, 1), which the encoder infers.
        categories: K of the code `category`; 0 for none.
        continuous: Columns of the code `style`, U(-1, 1); 0 for none.
        minimum_scale: Floor of the posterior's standard deviation of `style`.
        lambda_information: The paper's lambda; one for all codes, or one for each by name. The
            default is 1 for `category` and .1 for `style`, which competes with the encoded noise.
        kl_weight: Weight of KL(q(z|x) || p(z)) in nats.
        reconstruction_weight: Weight of the mean squared difference of features, independent of
            the number of `features`.
        width: Channels of the first map of trunk and encoder, and the last of the generator.
        features: Units of the dense layers.
        prior: Prior of `category`, as for `infogan`.
        **hyperparameters: As for `recipes.build_gan`; the moving average is of all networks.

    Source: Gorijala and Dukkipati, 2017, "Image Generation and Editing with Variational Info
    Generative Adversarial Networks". Departures: those of `models.VariationalInfoGAN`; InfoGAN's
    networks and rates; the weights of the two terms are ours, tuned on MNIST. With ten times the
    reconstruction weight the noise determines the image, and codes have no visible effect.
    """
    latent, weights = infogan_codes(
        noise, categories, continuous, minimum_scale, prior, STYLE_ALONE
    )
    assert latent.codes is not None
    latent = latents.Product(noise=latents.Normal(noise), **latent.codes.parts)
    assert latent.codes is not None
    if lambda_information is None:
        lambda_information = weights
    sizes: dict[str, Any] = {"width": width, "features": features}
    seed = hyperparameters.get("seed", 0)
    with seeded_initializers(seed + 1):  # Other numbers than those of the other networks.
        encoder = networks.image_encoder(
            sample_shape, latent.parts["noise"].posterior_params_size, **sizes
        )
    return build_gan(
        sample_shape,
        model=functools.partial(VariationalInfoGAN, encoder=encoder),
        latent=latent,
        generator=functools.partial(networks.infogan_generator, **sizes),
        discriminator=functools.partial(
            networks.infogan_discriminator,
            posterior_params_size=latent.codes.posterior_params_size,
            **sizes,
        ),
        **with_terms(
            hyperparameters,
            terms=[
                CodeInformation(lambda_information),
                PosteriorKL(kl_weight),
                FeatureReconstruction(2 * reconstruction_weight / features),
            ],
        ),
    )
