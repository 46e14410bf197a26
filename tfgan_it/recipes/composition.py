"""`build_gan`, which all recipes call: networks, a latent and a loss to a compiled model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, Unpack, overload

import keras

from tfgan_it import latents
from tfgan_it.augmentation import Augmentation
from tfgan_it.augmentation import get as get_augmentation
from tfgan_it.checks import check_choice
from tfgan_it.conditions import get as get_condition
from tfgan_it.layers.nested import nested_layers
from tfgan_it.losses import AdversarialLoss
from tfgan_it.losses import get as get_loss
from tfgan_it.models import GAN
from tfgan_it.recipes.hyperparameters import GameHyperparameters
from tfgan_it.recipes.optimizers import make_optimizers
from tfgan_it.recipes.variants import checked_recipe
from tfgan_it.regularizers import get_term_lists
from tfgan_it.seeds import seeded_initializers
from tfgan_it.terms import Term

LATENTS = {"normal": latents.Normal, "uniform": latents.Uniform}
Model = TypeVar("Model", bound=GAN)


@overload
def build_gan(
    sample_shape: Sequence[int] | Mapping[str, Sequence[int]],
    *,
    generator: Callable[..., keras.Model],
    discriminator: Callable[..., keras.Model],
    model: Callable[..., Model],
    conditions: Any = None,
    **hyperparameters: Unpack[GameHyperparameters],
) -> Model: ...


@overload
def build_gan(
    sample_shape: Sequence[int] | Mapping[str, Sequence[int]],
    *,
    generator: Callable[..., keras.Model],
    discriminator: Callable[..., keras.Model],
    conditions: Any = None,
    **hyperparameters: Unpack[GameHyperparameters],
) -> GAN: ...


@checked_recipe
def build_gan(
    sample_shape: Sequence[int] | Mapping[str, Sequence[int]],
    *,
    generator: Callable[..., keras.Model],
    discriminator: Callable[..., keras.Model],
    model: Callable[..., GAN] = GAN,
    latent: str | int | latents.Latent = "uniform",
    latent_dimension: int = 100,
    conditions: Any = None,
    optimizer: Any = "adam",
    learning_rate: float = 2e-4,
    discriminator_learning_rate: float | None = None,
    beta_1: float = 0.5,
    beta_2: float = 0.999,
    schedule: str = "constant",
    decay_steps: int = 100_000,
    clip_norm: float | None = None,
    loss: str | AdversarialLoss = "non_saturating",
    discriminator_regularizers: Sequence[Term] = (),
    generator_regularizers: Sequence[Term] = (),
    terms: Sequence[Term] = (),
    augmentation: str | Augmentation | None = None,
    discriminator_steps: int = 1,
    moving_average: float | None = 0.999,
    synchronized: bool = False,
    jit_compile: bool = False,
    run_eagerly: bool = False,
    steps_per_execution: int = 1,
    reduce_dtype: str | None = None,
    seed: int = 0,
    name: str = "gan",
) -> GAN:
    """Builds and compiles a GAN.

    Args:
        sample_shape: (height, width, channels) of images, or (dimension,) of points; or a dict of
            shapes, of samples that are a dict.
        generator: Function that builds the network from a shape, a number of latent columns and,
            for a conditional model, the shape of the conditions.
        discriminator: Function that builds the network from a shape and, for a conditional model,
            the shape of the conditions.
        model: Builds the model from the two networks and the latent: `models.GAN`, a subclass, or
            a function.
        latent: `uniform`, U(-1, 1); `normal`, N(0, 1); a latent; or a number of columns, N(0, 1).
        latent_dimension: Columns of the latent.
        conditions: Conditions of both networks, as for `models.GAN`; None for an unconditional
            model.
        optimizer: Name or class of a Keras optimiser, built with the settings below; or an
            optimiser object or configuration with its own, of which each player gets a copy.
        learning_rate: Learning rate of both optimisers.
        discriminator_learning_rate: Learning rate of the discriminator's optimiser, if different.
        beta_1: Decay of the mean of gradients, for Adam.
        beta_2: Decay of the mean of squared gradients, for Adam.
        schedule: Schedule of the learning rates: `constant`, `linear`, `cosine` or `halving`.
        decay_steps: Length of the schedule, in generator updates.
        clip_norm: Largest norm of the gradient of all of a player's weights; larger gradients are
            scaled down.
        loss: An adversarial loss, or its name.
        discriminator_regularizers: Terms added to the discriminator's loss.
        generator_regularizers: Terms added to the generator's loss.
        terms: Terms added to both players' losses.
        augmentation: Differentiable transformation of all samples that the discriminator takes in
            training, or its name: `diffaugment` and `ada` for images, `instance_noise` for any.
        discriminator_steps: Number of discriminator updates for each generator update.
        moving_average: Decay of the moving average of the generator; None for no average.
        synchronized: Whether batch normalisation is over the batches of all replicas.
        jit_compile: Whether XLA compiles the networks of the train step.
        run_eagerly: Whether the train step runs without a graph, for debugging.
        steps_per_execution: Number of train steps in a call to the device.
        reduce_dtype: Type in which replicas send and sum gradients: `bfloat16` for half the bytes.
        seed: Seed of weights, noise and data order.
        name: Name of the model.

    Returns:
        The compiled model, of the type that `model` builds.

    Raises:
        TypeError: If an argument is unknown; the message names the nearest. Nothing is built.
        ValueError: If latent, loss, optimiser or schedule are unknown; the message names the
            nearest.
    """
    if isinstance(latent, str):
        latent = LATENTS[check_choice("latent", latent, LATENTS)](latent_dimension)
    latent = latents.get(latent)
    # Whatever is refused is refused before networks are built.
    loss = get_loss(loss)
    discriminator_regularizers, generator_regularizers, terms = get_term_lists(
        discriminator_regularizers=discriminator_regularizers,
        generator_regularizers=generator_regularizers,
        terms=terms,
    )
    augmentation = get_augmentation(augmentation, sample_shape)
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
    condition_shape: tuple[Any, ...] = ()
    if conditions is not None:
        conditions = get_condition(conditions)
        condition_shape = (conditions.shape,)
    with seeded_initializers(seed):
        networks = (
            generator(sample_shape, latent.dimension, *condition_shape),
            discriminator(sample_shape, *condition_shape),
        )
    for network in networks if synchronized else ():
        for layer in nested_layers(network):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.synchronized = True
    options: dict[str, Any] = {"moving_average": moving_average, "seed": seed, "name": name}
    if conditions is not None:
        options["conditions"] = conditions
    gan = model(*networks, latent, **options)
    gan.compile(
        **optimizers,
        loss=loss,
        discriminator_regularizers=discriminator_regularizers,
        generator_regularizers=generator_regularizers,
        augmentation=augmentation,
        discriminator_steps=discriminator_steps,
        jit_compile=jit_compile,
        run_eagerly=run_eagerly,
        steps_per_execution=steps_per_execution,
        reduce_dtype=reduce_dtype,
        terms=terms,
    )
    return gan
