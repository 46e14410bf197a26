"""Adversarial losses by name."""

from __future__ import annotations

from tfgan_it.checks import check_choice
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


def get(loss: str | AdversarialLoss) -> AdversarialLoss:
    """Returns the adversarial loss of that name with its defaults, or the object itself.

    Raises:
        ValueError: If the name is unknown; the message gives the nearest.

    Example:

    >>> type(get("hinge")).__name__
    'Hinge'
    """
    if isinstance(loss, AdversarialLoss):
        return loss
    check_choice("adversarial loss", loss, ADVERSARIAL_LOSSES)
    return ADVERSARIAL_LOSSES[loss]()
