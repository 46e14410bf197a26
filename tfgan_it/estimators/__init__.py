"""Estimators of entropy, divergence and mutual information from samples, in nats."""

from tfgan_it.estimators.density_ratio_estimator import DensityRatioEstimator
from tfgan_it.estimators.discrete import Histogram
from tfgan_it.estimators.entropy import KozachenkoLeonenko, NeighborKL
from tfgan_it.estimators.gaussian import CCA, GaussianEntropy
from tfgan_it.estimators.ksg import KSG
from tfgan_it.estimators.mixed import Ross
from tfgan_it.estimators.neural import NeuralEstimator
from tfgan_it.estimators.residual_ksg import ResidualKSG

__all__ = [
    "CCA",
    "DensityRatioEstimator",
    "GaussianEntropy",
    "Histogram",
    "KSG",
    "KozachenkoLeonenko",
    "NeighborKL",
    "NeuralEstimator",
    "ResidualKSG",
    "Ross",
]
