"""Layers that Keras lacks."""

from tfgan_it.layers.attention import SelfAttention
from tfgan_it.layers.attention_pooling import AttentionPooling
from tfgan_it.layers.concatenate_condition import ConcatenateCondition
from tfgan_it.layers.conditional_normalization import ConditionalBatchNormalization
from tfgan_it.layers.convolution import Conv2D, Conv2DTranspose
from tfgan_it.layers.gaussian_bottleneck import GaussianBottleneck
from tfgan_it.layers.gaussian_critic import GaussianCritic, GaussianMarginal
from tfgan_it.layers.inference_mode import InferenceMode
from tfgan_it.layers.minibatch import MinibatchDeviation
from tfgan_it.layers.normalization import BatchNormalization
from tfgan_it.layers.overclustering_head import OverclusteringHead
from tfgan_it.layers.packing import PackSamples, UnpackLogits
from tfgan_it.layers.pair_critics import BilinearCritic, ConcatenatedCritic, SeparableCritic
from tfgan_it.layers.phase_shuffle import PhaseShuffle
from tfgan_it.layers.pooling import GlobalSumPooling2D
from tfgan_it.layers.posterior_fusion import PosteriorFusion, PriorIfMissing
from tfgan_it.layers.projection import ProjectionLogit
from tfgan_it.layers.random_views import RandomViews
from tfgan_it.layers.spectral import spectral_normalization
from tfgan_it.layers.token_sampling import PaddingMask, TokenSampling
from tfgan_it.layers.waveform import Waveform

__all__ = [
    "InferenceMode",
    "AttentionPooling",
    "BatchNormalization",
    "BilinearCritic",
    "ConcatenatedCritic",
    "ConcatenateCondition",
    "ConditionalBatchNormalization",
    "Conv2D",
    "Conv2DTranspose",
    "GaussianBottleneck",
    "GaussianCritic",
    "GaussianMarginal",
    "GlobalSumPooling2D",
    "OverclusteringHead",
    "RandomViews",
    "MinibatchDeviation",
    "PackSamples",
    "PaddingMask",
    "PhaseShuffle",
    "UnpackLogits",
    "PosteriorFusion",
    "PriorIfMissing",
    "ProjectionLogit",
    "SelfAttention",
    "SeparableCritic",
    "TokenSampling",
    "Waveform",
    "spectral_normalization",
]
