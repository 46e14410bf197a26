"""Types of recipes' hyperparameters, one class for each family, for editors and type checkers.

A recipe declares with `**hyperparameters: Unpack[...]` (PEP 692) what it takes besides its named
parameters. `recipes.build_gan` and `recipes.dcgan` document them; a recipe's signature holds its
defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, TypeVar, cast

from tfgan_it.augmentation import Augmentation
from tfgan_it.latents import Latent
from tfgan_it.losses import AdversarialLoss
from tfgan_it.regularizers import get_terms
from tfgan_it.terms import Term


class GANHyperparameters(TypedDict, total=False):
    """Hyperparameters of every recipe."""

    optimizer: Any
    learning_rate: float
    discriminator_learning_rate: float | None
    beta_1: float
    beta_2: float
    schedule: str
    decay_steps: int
    clip_norm: float | None
    discriminator_regularizers: Sequence[Term]
    generator_regularizers: Sequence[Term]
    terms: Sequence[Term]
    augmentation: str | Augmentation | None
    discriminator_steps: int
    moving_average: float | None
    synchronized: bool
    jit_compile: bool
    run_eagerly: bool
    steps_per_execution: int
    reduce_dtype: str | None
    seed: int
    name: str


class FixedLossHyperparameters(GANHyperparameters, total=False):
    """Hyperparameters of a recipe that sets networks and loss."""

    latent: str | int | Latent
    latent_dimension: int


class FixedLatentHyperparameters(GANHyperparameters, total=False):
    """Hyperparameters of a recipe that sets networks and latent, such as codes."""

    loss: str | AdversarialLoss


class GameHyperparameters(FixedLossHyperparameters, FixedLatentHyperparameters, total=False):
    """Hyperparameters of a recipe that sets only the networks."""


class _DCGANSizes(FixedLossHyperparameters, total=False):
    width: int
    kernel_size: int
    depth: int
    normalization: str | None


class FixedLossDCGANHyperparameters(_DCGANSizes, total=False):
    """Hyperparameters of a variant of `dcgan` that sets the loss."""

    discriminator: Mapping[str, Any] | None


class FixedDiscriminatorDCGANHyperparameters(_DCGANSizes, GameHyperparameters, total=False):
    """Hyperparameters of a variant of `dcgan` that sets the discriminator."""


class DCGANHyperparameters(
    FixedLossDCGANHyperparameters, FixedDiscriminatorDCGANHyperparameters, total=False
):
    """Hyperparameters of any other variant of `dcgan`."""


class InfoGANHyperparameters(FixedLatentHyperparameters, total=False):
    """Hyperparameters of a variant of `infogan`."""

    noise: int
    categories: int
    continuous: int
    minimum_scale: float
    lambda_information: float | Mapping[str, float] | None
    width: int
    features: int
    encoder: str
    prior: str


Hyperparameters = TypeVar("Hyperparameters", bound=GANHyperparameters)


def with_terms(hyperparameters: Hyperparameters, **terms: Sequence[Term]) -> Hyperparameters:
    """Adds the recipe's terms to the hyperparameters, before the user's terms.

    Args:
        hyperparameters: Hyperparameters from the user.
        **terms: Lists by name: `discriminator_regularizers`, `generator_regularizers`, `terms`.

    Example:

    >>> with_terms({"seed": 1, "terms": "r1"}, terms=["ours"])
    {'seed': 1, 'terms': ['ours', R1()]}
    """
    values = cast("dict[str, Any]", hyperparameters)
    lists = {name: [*added, *get_terms(name, values.get(name))] for name, added in terms.items()}
    return cast("Hyperparameters", {**values, **lists})
