"""What every augmentation can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfgan_it.terms import Part


class Augmentation(Part):
    """A random, differentiable transformation of images, real and generated alike.

    The discriminator sees nothing else in training, in both players' steps; so the generator's
    gradient passes through it. Penalties on the discriminator's gradient are taken with respect to
    the images before it.
    """

    def augment(self, images: Any, draw: Callable[..., Any]) -> Any:
        """Images, each transformed on its own.

        Args:
            images: `(batch, height, width, channels)`, float32.
            draw: `draw(function)` is the rows of `function(rows, seed=...)` for this batch.
        """
        raise NotImplementedError
