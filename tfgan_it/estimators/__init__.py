"""Estimators of entropy, divergence and mutual information from samples, in nats."""

from tfgan_it.estimators.chosen_information import MutualInformation, mutual_information
from tfgan_it.estimators.conditional_information import (
    conditional_mutual_information,
    interaction_information,
)
from tfgan_it.estimators.density_ratio_estimator import DensityRatioEstimator
from tfgan_it.estimators.discrete import Histogram
from tfgan_it.estimators.encoded_information import EncodedInformation
from tfgan_it.estimators.entropy import KozachenkoLeonenko, NeighborKL
from tfgan_it.estimators.estimate import Estimate
from tfgan_it.estimators.frenzel_pompe import FrenzelPompe
from tfgan_it.estimators.gaussian import CCA, GaussianEntropy
from tfgan_it.estimators.ksg import KSG
from tfgan_it.estimators.mixed import Ross
from tfgan_it.estimators.mixtures import MixtureKSG
from tfgan_it.estimators.multi_information import total_correlation
from tfgan_it.estimators.neural import NeuralEstimator
from tfgan_it.estimators.residual_ksg import ResidualKSG
from tfgan_it.estimators.sample_entropy import entropy, kl_divergence

__all__ = [
    "CCA",
    "DensityRatioEstimator",
    "EncodedInformation",
    "Estimate",
    "FrenzelPompe",
    "GaussianEntropy",
    "Histogram",
    "KSG",
    "KozachenkoLeonenko",
    "MixtureKSG",
    "MutualInformation",
    "NeighborKL",
    "NeuralEstimator",
    "ResidualKSG",
    "Ross",
    "conditional_mutual_information",
    "entropy",
    "interaction_information",
    "kl_divergence",
    "mutual_information",
    "total_correlation",
]
