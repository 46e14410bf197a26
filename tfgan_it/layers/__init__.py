"""Layers that the field needs and Keras lacks."""

from tfgan_it.layers.at_rest import AtRest
from tfgan_it.layers.attention import SelfAttention
from tfgan_it.layers.attention_pooling import AttentionPooling
from tfgan_it.layers.bottleneck import GaussianBottleneck
from tfgan_it.layers.gaussian_critic import GaussianCritic, GaussianMarginal
from tfgan_it.layers.grouped_categories import GroupedCategories
from tfgan_it.layers.identity_transformations import IdentityTransformations
from tfgan_it.layers.minibatch import MinibatchDeviation
from tfgan_it.layers.normalization import BatchNormalization
from tfgan_it.layers.packing import Pack
from tfgan_it.layers.pair_critics import BilinearCritic, ConcatenatedCritic, SeparableCritic
from tfgan_it.layers.pooling import GlobalSumPooling2D
from tfgan_it.layers.posterior_fusion import PosteriorFusion
from tfgan_it.layers.spectral import spectral_normalization

__all__ = [
    "AtRest",
    "AttentionPooling",
    "BatchNormalization",
    "BilinearCritic",
    "ConcatenatedCritic",
    "GaussianBottleneck",
    "GaussianCritic",
    "GaussianMarginal",
    "GlobalSumPooling2D",
    "GroupedCategories",
    "IdentityTransformations",
    "MinibatchDeviation",
    "Pack",
    "PosteriorFusion",
    "SelfAttention",
    "SeparableCritic",
    "spectral_normalization",
]
