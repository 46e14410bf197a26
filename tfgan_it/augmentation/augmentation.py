"""The interface of augmentations."""

from __future__ import annotations

from tfgan_it.checks import shown
from tfgan_it.terms import Part
from tfgan_it.typing import Draw, Tensor


def check_augmentation(value: object) -> None:
    """Raises a ValueError of one line if this is neither an augmentation nor None."""
    if not isinstance(value, Augmentation | None):
        raise ValueError(
            "augmentation must be an augmentation such as augmentation.DiffAugment(), or None, "
            f"got {shown(value)}."
        )


class Augmentation(Part):
    """A random, differentiable transformation of images, both real and generated.

    In training the discriminator's input is always transformed, in both players' steps, so that the
    generator's gradient passes through it. Penalties on the discriminator's gradient are with
    respect to the images before it.
    """

    def augment(self, images: Tensor, draw: Draw) -> Tensor:
        """Transforms each image independently.

        Args:
            images: Images, float32 `(batch, height, width, channels)`.
            draw: As for `Runtime.draw`.
        """
        raise NotImplementedError
