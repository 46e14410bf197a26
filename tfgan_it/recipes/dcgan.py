"""Unconditional GANs on the DCGAN networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tfgan_it import latents, networks
from tfgan_it.models import GAN
from tfgan_it.recipes.variants import variant_of
from tfgan_it.seeds import seeded_initializers


def dcgan(
    image_shape: Sequence[int],
    *,
    latent_dimension: int = 100,
    width: int = 64,
    kernel_size: int = 4,
    learning_rate: float = 2e-4,
    beta_1: float = 0.5,
    beta_2: float = 0.999,
    loss: str = "non_saturating",
    discriminator_steps: int = 1,
    moving_average: float | None = 0.999,
    seed: int = 0,
    name: str = "dcgan",
    **compile_arguments: Any,
) -> GAN:
    """DCGAN: convolutional networks and the non-saturating loss, compiled.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latent, U(-1, 1).
        width: Channels of the generator's last hidden map and the discriminator's first.
        kernel_size: Of every convolution.
        learning_rate: Of both Adams.
        beta_1: Of both Adams.
        beta_2: Of both Adams.
        loss: Name of an adversarial loss.
        discriminator_steps: Discriminator updates for each generator update.
        moving_average: Decay of the generator's average; None for none.
        seed: Of weights, noise and data order.
        name: Of the model.
        **compile_arguments: As for `GAN.compile`.

    Source: Radford et al., 2015, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks". Departures: those of
    `networks.dcgan_generator`; the moving average.
    """
    latent = latents.Uniform(latent_dimension)
    with seeded_initializers(seed):
        generator = networks.dcgan_generator(
            image_shape, latent.dimension, width=width, kernel_size=kernel_size
        )
        discriminator = networks.dcgan_discriminator(
            image_shape, width=width, kernel_size=kernel_size
        )
    model = GAN(
        generator, discriminator, latent, moving_average=moving_average, seed=seed, name=name
    )
    model.compile(
        generator_optimizer=keras.optimizers.Adam(learning_rate, beta_1, beta_2),
        discriminator_optimizer=keras.optimizers.Adam(learning_rate, beta_1, beta_2),
        loss=loss,
        discriminator_steps=discriminator_steps,
        **compile_arguments,
    )
    return model


@variant_of(dcgan)
def gan(image_shape: Sequence[int], *, loss: str = "minimax", **hyperparameters: Any) -> GAN:
    """The GAN as first stated: the minimax loss, on DCGAN's networks.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        loss: Name of an adversarial loss.
        **hyperparameters: As for `dcgan`.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets". Departures: convolutional
    networks and Adam in place of maxout, ReLU and sigmoid layers with momentum.
    """
    return dcgan(image_shape, loss=loss, name="gan", **hyperparameters)
