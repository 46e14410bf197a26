"""The two optimisers of a GAN, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tfgan_it.checks import check_above, check_choice
from tfgan_it.optimizers import Adam

_schedules = keras.optimizers.schedules
SCHEDULES: dict[str, Callable[[float, int], Any]] = {
    "constant": lambda rate, steps: rate,
    "cosine": lambda rate, steps: _schedules.CosineDecay(rate, steps),
    "halving": lambda rate, steps: _schedules.ExponentialDecay(rate, steps, 0.5, staircase=True),
    "linear": lambda rate, steps: _schedules.PolynomialDecay(rate, steps, 0.0),
}
OPTIMIZERS: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
    "adagrad": lambda rate, beta_1, beta_2, **kwargs: keras.optimizers.Adagrad(rate, **kwargs),
    "adam": Adam,
    # rho is PyTorch's default, which published settings assume.
    "rmsprop": lambda rate, beta_1, beta_2, **kwargs: keras.optimizers.RMSprop(
        rate, rho=0.99, **kwargs
    ),
}


def make_optimizers(
    optimizer: str,
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
        optimizer: `adam`, `rmsprop` or `adagrad`.
        learning_rate: Initial learning rate.
        discriminator_learning_rate: Initial learning rate of the discriminator, if different.
        beta_1: Decay of the mean of gradients, for Adam.
        beta_2: Decay of the mean of squared gradients, for Adam.
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
    check_choice("optimizer", optimizer, OPTIMIZERS)
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

    def build(rate: float, steps: int) -> keras.optimizers.Optimizer:
        rate = SCHEDULES[schedule](rate, steps)
        return OPTIMIZERS[optimizer](rate, beta_1, beta_2, global_clipnorm=clip_norm)

    return {
        "generator_optimizer": build(learning_rate, decay_steps),
        "discriminator_optimizer": build(
            discriminator_learning_rate or learning_rate, decay_steps * discriminator_steps
        ),
    }
