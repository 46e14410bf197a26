"""Losses: adversarial games, and information in nats."""

from tfgan_it.losses.adversarial import (
    AdversarialLoss,
    Minimax,
    NonSaturating,
    jensen_shannon_lower_bound,
)
from tfgan_it.losses.boundary_equilibrium import BoundaryEquilibrium
from tfgan_it.losses.critics import Hinge, KLWasserstein, RelativisticPairing, Wasserstein
from tfgan_it.losses.f_divergence import FDivergence
from tfgan_it.losses.least_squares import LeastSquares
from tfgan_it.losses.mutual_information import VariationalMutualInformation
from tfgan_it.losses.names import get

__all__ = [
    "AdversarialLoss",
    "BoundaryEquilibrium",
    "FDivergence",
    "Hinge",
    "KLWasserstein",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "RelativisticPairing",
    "VariationalMutualInformation",
    "Wasserstein",
    "get",
    "jensen_shannon_lower_bound",
]
