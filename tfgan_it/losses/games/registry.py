"""Adversarial losses by name."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from tfgan_it.errors import unknown_name
from tfgan_it.identifiers import resolve
from tfgan_it.losses.games.adversarial import AdversarialLoss, Minimax, NonSaturating
from tfgan_it.losses.games.boundary_equilibrium import BoundaryEquilibrium
from tfgan_it.losses.games.critics import (
    Hinge,
    KLWasserstein,
    RelativisticAverage,
    RelativisticPairing,
    Wasserstein,
)
from tfgan_it.losses.games.f_gan import FDivergence
from tfgan_it.losses.games.least_squares import LeastSquares

ADVERSARIAL_LOSSES = {
    "boundary_equilibrium": BoundaryEquilibrium,
    "f_divergence": FDivergence,
    "hinge": Hinge,
    "kl_wasserstein": KLWasserstein,
    "least_squares": LeastSquares,
    "minimax": Minimax,
    "non_saturating": NonSaturating,
    "relativistic_average": RelativisticAverage,
    "relativistic_pairing": RelativisticPairing,
    "wasserstein": Wasserstein,
}


# Names that mean the same elsewhere.
ALIASES = {
    "bce": NonSaturating,
    "began": BoundaryEquilibrium,
    "binary_crossentropy": NonSaturating,
    "fgan": FDivergence,
    "kl_wgan": KLWasserstein,
    "lsgan": LeastSquares,
    "ragan": RelativisticAverage,
    "rpgan": RelativisticPairing,
    "vanilla": NonSaturating,
    "wgan": Wasserstein,
}
# Names that mean something else, such as squares without the factor 1/2.
NEAREST = {
    "mse": "least_squares",
    "meansquarederror": "least_squares",
    "binarycrossentropy": "non_saturating",
    "wgangp": "wasserstein",
    "gan": "minimax",
    "crossentropy": "non_saturating",
    "categoricalcrossentropy": "non_saturating",
}


def get(loss: str | AdversarialLoss | type[AdversarialLoss] | dict[str, Any]) -> AdversarialLoss:
    """Returns an adversarial loss.

    Args:
        loss: An adversarial loss, returned as it is; its class or name, with defaults; or its
            configuration. `bce` and `binary_crossentropy` are `non_saturating`; `lsgan`, `wgan`,
            `ragan`, `rpgan`, `began`, `fgan` and `kl_wgan` are the losses of these systems.

    Raises:
        ValueError: If it is anything else; the message gives the nearest name.

    Example:

    >>> type(get("hinge")).__name__
    'Hinge'
    """
    kind = loss if inspect.isclass(loss) else type(loss)
    if issubclass(kind, keras.losses.Loss):
        name = kind.__name__.lower()
        nearest = NEAREST.get(name, "non_saturating" if "crossentropy" in name else "hinge")
        raise unknown_name("adversarial loss (a loss of Keras)", name, ADVERSARIAL_LOSSES, nearest)
    kinds = ALIASES if isinstance(loss, str) and loss.lower() in ALIASES else ADVERSARIAL_LOSSES
    return resolve("adversarial loss", loss, AdversarialLoss, kinds, NEAREST)
