"""What recipes have in common: networks, a latent and a loss become a compiled model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from tfgan_it import latents
from tfgan_it.errors import unknown_name
from tfgan_it.losses import AdversarialLoss
from tfgan_it.models import GAN
from tfgan_it.recipes.optimizers import make_optimizers
from tfgan_it.seeds import seeded_initializers

LATENTS = {"normal": latents.Normal, "uniform": latents.Uniform}


def build_gan(
    sample_shape: Sequence[int],
    *,
    generator: Callable[[Sequence[int], int], keras.Model],
    discriminator: Callable[[Sequence[int]], keras.Model],
    model: type[GAN] = GAN,
    latent: str | latents.Latent = "uniform",
    latent_dimension: int = 100,
    optimizer: str = "adam",
    learning_rate: float = 2e-4,
    discriminator_learning_rate: float | None = None,
    beta_1: float = 0.5,
    beta_2: float = 0.999,
    schedule: str = "constant",
    decay_steps: int = 100_000,
    clip_norm: float | None = None,
    loss: str | AdversarialLoss = "non_saturating",
    discriminator_steps: int = 1,
    moving_average: float | None = 0.999,
    synchronized: bool = False,
    seed: int = 0,
    name: str = "gan",
    **compile_arguments: Any,
) -> GAN:
    """A game of these networks, compiled.

    Args:
        sample_shape: (height, width, channels) of images, or (dimension,) of points.
        generator: Builds the network for a shape and a number of latent columns.
        discriminator: Builds the network for a shape.
        model: What holds them.
        latent: `uniform`, U(-1, 1); `normal`, N(0, 1); or a latent.
        latent_dimension: Columns of the latent.
        optimizer: `adam`, `rmsprop` or `adagrad`.
        learning_rate: Of both optimisers.
        discriminator_learning_rate: Of the discriminator's, where it differs.
        beta_1: Of both, where they are Adams.
        beta_2: Of both, where they are Adams.
        schedule: Of the learning rates: `constant`, `linear`, `cosine` or `halving`.
        decay_steps: Of the schedule, in generator updates.
        clip_norm: The gradient of all of a player's weights is scaled down to this norm.
        loss: An adversarial loss, or its name.
        discriminator_steps: Discriminator updates for each generator update.
        moving_average: Decay of the generator's average; None for none.
        synchronized: Whether batch normalisation is over the batches of all replicas.
        seed: Of weights, noise and data order.
        name: Of the model.
        **compile_arguments: As for the model's `compile`.

    Raises:
        ValueError: an unknown latent, loss, optimiser or schedule, with the nearest.
    """
    if isinstance(latent, str):
        if latent not in LATENTS:
            raise unknown_name("latent", latent, LATENTS)
        latent = LATENTS[latent](latent_dimension)
    optimizers = make_optimizers(
        optimizer,
        learning_rate,
        discriminator_learning_rate=discriminator_learning_rate,
        beta_1=beta_1,
        beta_2=beta_2,
        schedule=schedule,
        decay_steps=decay_steps,
        clip_norm=clip_norm,
        discriminator_steps=discriminator_steps,
    )
    with seeded_initializers(seed):
        networks = generator(sample_shape, latent.dimension), discriminator(sample_shape)
    for network in networks if synchronized else ():
        for layer in network._flatten_layers():
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.synchronized = True
    made = model(*networks, latent, moving_average=moving_average, seed=seed, name=name)
    made.compile(
        **optimizers, loss=loss, discriminator_steps=discriminator_steps, **compile_arguments
    )
    return made
