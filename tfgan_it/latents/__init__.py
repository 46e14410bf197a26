"""Distributions of the generator's input, with their entropies and posteriors."""

from tfgan_it.latents.categorical import Categorical
from tfgan_it.latents.continuous import Normal, Uniform
from tfgan_it.latents.latent import Latent
from tfgan_it.latents.learned_categorical import LearnedCategorical
from tfgan_it.latents.product import Product

__all__ = ["Categorical", "Latent", "LearnedCategorical", "Normal", "Product", "Uniform"]
