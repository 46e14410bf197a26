"""The two optimisers of a game, from names and numbers."""

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
    # The decay of the squares is PyTorch's, which published settings assume.
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
    """`generator_optimizer` and `discriminator_optimizer`, as `GAN.compile` takes them.

    Args:
        optimizer: `adam`, `rmsprop` or `adagrad`.
        learning_rate: At the start.
        discriminator_learning_rate: The same of the discriminator, where it differs.
        beta_1: Adam's.
        beta_2: Adam's.
        schedule: `constant`; `linear` or `cosine`, to 0 at `decay_steps`; `halving`, at every
            `decay_steps`.
        decay_steps: In generator updates, for both players.
        clip_norm: The gradient of all of a player's weights is scaled down to this norm.
        discriminator_steps: Discriminator updates for each generator update.

    Raises:
        ValueError: an unknown optimiser or schedule, with the nearest; numbers not above 0.

    Example:

    >>> made = make_optimizers("adam", 1.0, schedule="linear", decay_steps=4)
    >>> float(made["generator_optimizer"].learning_rate)
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

    def made(rate: float, steps: int) -> keras.optimizers.Optimizer:
        rate = SCHEDULES[schedule](rate, steps)
        return OPTIMIZERS[optimizer](rate, beta_1, beta_2, global_clipnorm=clip_norm)

    return {
        "generator_optimizer": made(learning_rate, decay_steps),
        "discriminator_optimizer": made(
            discriminator_learning_rate or learning_rate, decay_steps * discriminator_steps
        ),
    }
