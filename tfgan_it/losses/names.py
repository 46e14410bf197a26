"""Adversarial losses by name."""

from __future__ import annotations

import difflib

from tfgan_it.losses.adversarial import AdversarialLoss, Minimax, NonSaturating
from tfgan_it.losses.boundary_equilibrium import BoundaryEquilibrium
from tfgan_it.losses.critics import Hinge, KLWasserstein, RelativisticPairing, Wasserstein
from tfgan_it.losses.f_divergence import FDivergence
from tfgan_it.losses.least_squares import LeastSquares

ADVERSARIAL_LOSSES = {
    "boundary_equilibrium": BoundaryEquilibrium,
    "f_divergence": FDivergence,
    "hinge": Hinge,
    "kl_wasserstein": KLWasserstein,
    "least_squares": LeastSquares,
    "minimax": Minimax,
    "non_saturating": NonSaturating,
    "relativistic_pairing": RelativisticPairing,
    "wasserstein": Wasserstein,
}


def get(loss: str | AdversarialLoss) -> AdversarialLoss:
    """The adversarial loss of that name with its defaults, or the object itself.

    Raises:
        ValueError: names the loss, what is allowed, and the nearest name.
    """
    if isinstance(loss, AdversarialLoss):
        return loss
    if loss not in ADVERSARIAL_LOSSES:
        near = difflib.get_close_matches(str(loss), ADVERSARIAL_LOSSES, n=1, cutoff=0)
        raise ValueError(
            f"Unknown adversarial loss {loss!r}: use an AdversarialLoss or one of "
            f"{', '.join(ADVERSARIAL_LOSSES)} (nearest: {near[0]})."
        )
    return ADVERSARIAL_LOSSES[loss]()
