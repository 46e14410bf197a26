"""Differentiable augmentation of the discriminator's input."""

from tfgan_it.augmentation.adaptive import AdaptiveAugmentation
from tfgan_it.augmentation.augmentation import Augmentation
from tfgan_it.augmentation.diff_augment import DiffAugment, InstanceNoise
from tfgan_it.augmentation.registry import get

__all__ = [
    "AdaptiveAugmentation",
    "Augmentation",
    "DiffAugment",
    "InstanceNoise",
    "get",
]
