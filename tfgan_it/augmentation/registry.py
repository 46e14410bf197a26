"""Augmentations by name."""

from __future__ import annotations

from tfgan_it.augmentation.adaptive import AdaptiveAugmentation
from tfgan_it.augmentation.augmentation import Augmentation
from tfgan_it.augmentation.diff_augment import DiffAugment, InstanceNoise
from tfgan_it.identifiers import resolve
from tfgan_it.typing import Identifier, Shape

AUGMENTATIONS = {
    "diffaugment": DiffAugment,
    "ada": AdaptiveAugmentation,
    "instance_noise": InstanceNoise,
}


def get(identifier: Identifier, sample_shape: Shape | None = None) -> Augmentation | None:
    """Returns an augmentation.

    Args:
        identifier: An augmentation, returned as it is; its class, configuration, or name with
            defaults: `diffaugment`, `ada`, `instance_noise`; None for none.
        sample_shape: Shape of one sample, or a dict of shapes, which it must be able to transform.

    Raises:
        ValueError: If it is anything else (the message gives the nearest name), or transforms only
            images and samples are not.

    Example:

    >>> get("ada")
    AdaptiveAugmentation()
    >>> get("DiffAugment", sample_shape=(28, 28, 1))
    DiffAugment()
    """
    if identifier is None:
        return None
    augmentation = resolve("augmentation", identifier, Augmentation, AUGMENTATIONS)
    if sample_shape is not None:
        augmentation.check_sample_shape(sample_shape)
    return augmentation
