"""InfoGAN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from tfgan_it import latents, networks
from tfgan_it.models import InfoGAN
from tfgan_it.seeds import seeded_initializers


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
    generator_learning_rate: float = 1e-3,
    discriminator_learning_rate: float = 2e-4,
    beta_1: float = 0.5,
    loss: str = "non_saturating",
    discriminator_steps: int = 1,
    moving_average: float | None = 0.999,
    seed: int = 0,
    **compile_arguments: Any,
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
        generator_learning_rate: Adam's.
        discriminator_learning_rate: Adam's.
        beta_1: Of both Adams.
        loss: Name of an adversarial loss.
        discriminator_steps: Discriminator updates for each generator update.
        moving_average: Decay of the generator's average; None for none.
        seed: Of weights, noise and data order.
        **compile_arguments: As for `InfoGAN.compile`.

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
    with seeded_initializers(seed):
        generator = networks.infogan_generator(
            image_shape, latent.dimension, width=width, features=features
        )
        discriminator = networks.infogan_discriminator(
            image_shape, latent.codes.num_parameters, width=width, features=features
        )
    model = InfoGAN(
        generator, discriminator, latent, moving_average=moving_average, seed=seed, name="infogan"
    )
    model.compile(
        generator_optimizer=keras.optimizers.Adam(generator_learning_rate, beta_1),
        discriminator_optimizer=keras.optimizers.Adam(discriminator_learning_rate, beta_1),
        loss=loss,
        lambda_information=lambda_information,
        discriminator_steps=discriminator_steps,
        **compile_arguments,
    )
    return model
