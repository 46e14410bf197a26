"""The two optimisers of a GAN, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

from tfgan_it.checks import check_above, check_choice, check_in_range
from tfgan_it.optimizers import get

_schedules = keras.optimizers.schedules
SCHEDULES: dict[str, Callable[[float, int], Any]] = {
    "constant": lambda rate, steps: rate,
    "cosine": lambda rate, steps: _schedules.CosineDecay(rate, steps),
    "halving": lambda rate, steps: _schedules.ExponentialDecay(rate, steps, 0.5, staircase=True),
    "linear": lambda rate, steps: _schedules.PolynomialDecay(rate, steps, 0.0),
}
# Hyperparameters of recipes that an optimiser object has already.
SETTINGS = (
    "learning_rate",
    "discriminator_learning_rate",
    "beta_1",
    "beta_2",
    "schedule",
    "decay_steps",
    "clip_norm",
)


def has_settings(optimizer: Any) -> bool:
    """Returns whether this is an optimiser object, or its configuration."""
    return isinstance(optimizer, keras.optimizers.Optimizer | Mapping)


def check_settings(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses a learning rate and the like beside an optimiser object, which has its own.

    Raises:
        ValueError: If both are there.
    """
    both = [name for name in SETTINGS if name in hyperparameters]
    if both and has_settings(hyperparameters.get("optimizer")):
        raise ValueError(
            f"{owner}: an optimizer object has its own settings, so {', '.join(both)} cannot be "
            "given too: give the optimizer's name, or set them in the object."
        )


def make_optimizers(
    optimizer: Any,
    learning_rate: float,
    *,
    discriminator_learning_rate: float | None = None,
    beta_1: float = 0.5,
    beta_2: float = 0.999,
    schedule: str = "constant",
    decay_steps: int = 100_000,
    clip_norm: float | None = None,
    discriminator_steps: int = 1,
) -> dict[str, keras.optimizers.Optimizer]:
    """Returns `generator_optimizer` and `discriminator_optimizer` for `GAN.compile`.

    Args:
        optimizer: Name or class of a Keras optimiser, built with the settings below; or an
            optimiser object or configuration with its own, of which each player gets a copy.
        learning_rate: Initial learning rate.
        discriminator_learning_rate: Initial learning rate of the discriminator, if different.
        beta_1: Decay of the mean of gradients, for Adam and others that have it.
        beta_2: Decay of the mean of squared gradients, for Adam and others that have it.
        schedule: `constant`; `linear` or `cosine`, to 0 at `decay_steps`; or `halving` at every
            `decay_steps`.
        decay_steps: Length of the schedule of both players, in generator updates.
        clip_norm: Largest norm of the gradient of all of a player's weights; larger gradients are
            scaled down.
        discriminator_steps: Number of discriminator updates for each generator update.

    Raises:
        ValueError: If optimiser or schedule are unknown (the message names the nearest), or numbers
            are not above 0.

    Example:

    >>> optimizers = make_optimizers("adam", 1.0, schedule="linear", decay_steps=4)
    >>> float(optimizers["generator_optimizer"].learning_rate)
    1.0
    """
    if has_settings(optimizer):
        config = keras.saving.serialize_keras_object(get(optimizer))
        players = ("generator_optimizer", "discriminator_optimizer")
        return {player: get(config) for player in players}
    kind = type(get(optimizer))
    check_choice("schedule", schedule, SCHEDULES)
    numbers = {
        "learning_rate": learning_rate,
        "discriminator_learning_rate": discriminator_learning_rate,
        "decay_steps": decay_steps,
        "clip_norm": clip_norm,
    }
    for name, value in numbers.items():
        if value is not None:
            check_above("", name, value, 0)
    betas = {"beta_1": beta_1, "beta_2": beta_2}
    for name, value in betas.items():
        check_in_range("", name, value, 0, 1, "[)")
    settings: dict[str, Any] = {
        name: value for name, value in betas.items() if name in inspect.signature(kind).parameters
    }
    if kind is keras.optimizers.RMSprop:  # PyTorch's default, which published settings assume.
        settings["rho"] = 0.99

    def build(rate: float, steps: int) -> keras.optimizers.Optimizer:
        return kind(SCHEDULES[schedule](float(rate), steps), global_clipnorm=clip_norm, **settings)

    return {
        "generator_optimizer": build(learning_rate, decay_steps),
        "discriminator_optimizer": build(
            discriminator_learning_rate or learning_rate, decay_steps * discriminator_steps
        ),
    }
