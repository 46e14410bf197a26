"""Differentiable augmentation of the discriminator's input."""

from tfgan_it.augmentation.adaptive import AdaptiveAugmentation
from tfgan_it.augmentation.augmentation import Augmentation, check_augmentation
from tfgan_it.augmentation.diff_augment import DiffAugment, InstanceNoise

__all__ = [
    "AdaptiveAugmentation",
    "Augmentation",
    "DiffAugment",
    "InstanceNoise",
    "check_augmentation",
]
