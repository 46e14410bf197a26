"""The interface of augmentations."""

from __future__ import annotations

from tfgan_it.terms import Part
from tfgan_it.typing import Draw, Tensor


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
