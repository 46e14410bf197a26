"""InfoGAN."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from tfgan_it import latents, networks
from tfgan_it.models import InfoGAN
from tfgan_it.recipes.composition import composed
from tfgan_it.recipes.variants import variant_of


@variant_of(
    composed,
    without=["generator", "discriminator", "model", "latent", "latent_dimension"],
    learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
)
def infogan(
    image_shape: Sequence[int],
    *,
    noise: int = 62,
    categories: int = 10,
    continuous: int = 2,
    minimum_scale: float = 0.2,
    lambda_information: float | Mapping[str, float] = 1.0,
    width: int = 64,
    features: int = 1024,
    encoder: str = "shared",
    **hyperparameters: Any,
) -> InfoGAN:
    """InfoGAN: a GAN that transmits a categorical and continuous codes, compiled.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        noise: Columns of the incompressible noise, U(-1, 1).
        categories: K of the code `category`; 0 for none.
        continuous: Columns of the code `style`, U(-1, 1); 0 for none.
        minimum_scale: Floor of the posterior's standard deviation of `style`.
        lambda_information: The paper's lambda; one for all codes, or one for each by name.
        width: Channels of the first map of the trunk and the last of the generator.
        features: Units of the dense layers.
        encoder: `shared`, Q is a head on the discriminator's trunk, as in the paper; `separate`, it
            has a trunk of its own.
        **hyperparameters: As for `recipes.composed`; the moving average is of both networks.

    Source: Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by Information
    Maximizing Generative Adversarial Nets", section 7.2 and the authors' code. Departures: those
    of `networks.infogan_generator` and `models.InfoGAN`; the moving average; a floor of .2 under
    the scale of `style`, so that it sends what can be seen and leaves classes to `category`.
    """
    codes = {}
    if categories:
        codes["category"] = latents.Categorical(categories)
    if continuous:
        codes["style"] = latents.Uniform(continuous, minimum_scale=minimum_scale)
    if not codes:
        raise ValueError("infogan: categories and continuous are both 0; give it a code to send.")
    latent = latents.Product(noise=latents.Uniform(noise), **codes)
    sizes = {"width": width, "features": features}
    return composed(
        image_shape,
        model=InfoGAN,
        latent=latent,
        generator=functools.partial(networks.infogan_generator, **sizes),
        discriminator=functools.partial(
            networks.infogan_discriminator,
            num_parameters=latent.codes.num_parameters,
            encoder=encoder,
            **sizes,
        ),
        lambda_information=lambda_information,
        **hyperparameters,
    )
