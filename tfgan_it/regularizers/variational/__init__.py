"""Terms of a model that encodes and reconstructs real samples."""

from tfgan_it.regularizers.variational.posterior_kl import PosteriorKL
from tfgan_it.regularizers.variational.reconstruction import FeatureReconstruction

__all__ = ["FeatureReconstruction", "PosteriorKL"]
