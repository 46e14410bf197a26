"""Losses: adversarial games, divergences, and mutual information in nats."""

from tfgan_it.information import (
    diagonal_gaussian_kullback_leibler,
    gaussian_entropy,
    gaussian_kullback_leibler,
    jensen_shannon_lower_bound,
    shannon_entropy,
    shared_code_scores,
)
from tfgan_it.losses.discrete_f_divergence import DiscreteFDivergence
from tfgan_it.losses.divergences import (
    CrossEntropy,
    Entropy,
    Jeffreys,
    JensenShannon,
    KullbackLeibler,
    Renyi,
    SymmetricCrossEntropy,
)
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
from tfgan_it.losses.games.registry import get
from tfgan_it.losses.gaussian_divergences import DiagonalGaussianKL, GaussianKL
from tfgan_it.losses.iic import IICLoss, iic_information
from tfgan_it.losses.information_bound import InformationBound
from tfgan_it.losses.lower_bounds import NWJ, TUBA, BarberAgakov, InfoNCE, Interpolated
from tfgan_it.losses.ratio_estimates import MINE, SMILE, DonskerVaradhan, JensenShannonNWJ
from tfgan_it.losses.upper_bounds import (
    CLUB,
    DifferenceOfEntropies,
    LeaveOneOut,
    VariationalUpperBound,
)
from tfgan_it.losses.variational_mutual_information import VariationalMutualInformation

__all__ = [
    "CLUB",
    "MINE",
    "NWJ",
    "SMILE",
    "TUBA",
    "AdversarialLoss",
    "BarberAgakov",
    "BoundaryEquilibrium",
    "CrossEntropy",
    "DiagonalGaussianKL",
    "DifferenceOfEntropies",
    "DiscreteFDivergence",
    "DonskerVaradhan",
    "Entropy",
    "FDivergence",
    "GaussianKL",
    "Hinge",
    "InfoNCE",
    "InformationBound",
    "Interpolated",
    "Jeffreys",
    "JensenShannon",
    "JensenShannonNWJ",
    "KLWasserstein",
    "KullbackLeibler",
    "LeastSquares",
    "LeaveOneOut",
    "Minimax",
    "NonSaturating",
    "IICLoss",
    "RelativisticAverage",
    "RelativisticPairing",
    "Renyi",
    "SymmetricCrossEntropy",
    "VariationalMutualInformation",
    "VariationalUpperBound",
    "Wasserstein",
    "diagonal_gaussian_kullback_leibler",
    "gaussian_entropy",
    "gaussian_kullback_leibler",
    "get",
    "jensen_shannon_lower_bound",
    "iic_information",
    "shannon_entropy",
    "shared_code_scores",
]
