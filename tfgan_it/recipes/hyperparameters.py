"""Names and types of what recipes pass on, one class a family, for editors and type checkers.

A recipe says with `**hyperparameters: Unpack[...]` (PEP 692) what it takes beside the parameters
of its own. What each means is said by `recipes.build_gan` and `recipes.dcgan`; a recipe's defaults
are in its signature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, TypeVar, cast

from tfgan_it.augmentation import Augmentation
from tfgan_it.latents import Latent
from tfgan_it.losses import AdversarialLoss
from tfgan_it.terms import Term


class GANHyperparameters(TypedDict, total=False):
    """What every recipe takes."""

    optimizer: str
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
    augmentation: Augmentation | None
    discriminator_steps: int
    moving_average: float | None
    synchronized: bool
    jit_compile: bool
    run_eagerly: bool
    steps_per_execution: int
    seed: int
    name: str


class FixedLossHyperparameters(GANHyperparameters, total=False):
    """What a recipe takes that has a loss of its own, but any latent."""

    latent: str | Latent
    latent_dimension: int


class FixedLatentHyperparameters(GANHyperparameters, total=False):
    """What a recipe takes that has a latent of its own, such as codes, but any loss."""

    loss: str | AdversarialLoss


class GameHyperparameters(FixedLossHyperparameters, FixedLatentHyperparameters, total=False):
    """What a recipe takes that has networks of its own, but any latent and loss."""


class _DCGANSizes(FixedLossHyperparameters, total=False):
    width: int
    kernel_size: int
    depth: int
    normalization: str | None


class FixedLossDCGANHyperparameters(_DCGANSizes, total=False):
    """What a variant of `dcgan` takes that has a loss of its own."""

    discriminator: Mapping[str, Any] | None


class FixedDiscriminatorDCGANHyperparameters(_DCGANSizes, GameHyperparameters, total=False):
    """What a variant of `dcgan` takes that has a discriminator of its own."""


class DCGANHyperparameters(
    FixedLossDCGANHyperparameters, FixedDiscriminatorDCGANHyperparameters, total=False
):
    """What any other variant of `dcgan` takes."""


class InfoGANHyperparameters(FixedLatentHyperparameters, total=False):
    """What a variant of `infogan` takes."""

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
    """The hyperparameters, with terms of the recipe's own before those that a user adds.

    Args:
        hyperparameters: What a recipe was given.
        **terms: Lists by name: `discriminator_regularizers`, `generator_regularizers`, `terms`.

    Example:

    >>> with_terms({"seed": 1, "terms": ["mine"]}, terms=["ours"])
    {'seed': 1, 'terms': ['ours', 'mine']}
    """
    given = cast("dict[str, Any]", hyperparameters)
    added = {name: [*own, *given.get(name, ())] for name, own in terms.items()}
    return cast("Hyperparameters", {**given, **added})
