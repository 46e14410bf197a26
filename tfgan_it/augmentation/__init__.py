"""Differentiable augmentation of what the discriminator sees."""

from tfgan_it.augmentation.augmentation import Augmentation

__all__ = ["Augmentation"]
