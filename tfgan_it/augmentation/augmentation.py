"""What every augmentation can do."""

from __future__ import annotations

from tfgan_it.terms import Part
from tfgan_it.typing import Draw, Tensor


class Augmentation(Part):
    """A random, differentiable transformation of images, real and generated alike.

    The discriminator sees nothing else in training, in both players' steps; so the generator's
    gradient passes through it. Penalties on the discriminator's gradient are taken with respect to
    the images before it.
    """

    def augment(self, images: Tensor, draw: Draw) -> Tensor:
        """Images, each transformed on its own.

        Args:
            images: `(batch, height, width, channels)`, float32.
            draw: `draw(function)` is the rows of `function(rows, seed=...)` for this batch.
        """
        raise NotImplementedError
