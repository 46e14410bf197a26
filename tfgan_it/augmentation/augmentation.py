"""The interface of augmentations."""

from __future__ import annotations

from collections.abc import Mapping

from tfgan_it.terms import Part
from tfgan_it.typing import Draw, Shape, Tensor


class Augmentation(Part):
    """A random, differentiable transformation of samples, both real and generated.

    In training the discriminator's input is always transformed, in both players' steps, so that the
    generator's gradient passes through it. Penalties on the discriminator's gradient are with
    respect to the samples before it. Of samples that are a dict each part is transformed, with the
    same random numbers.

    Attributes:
        needs_images: Whether samples must be images `(height, width, channels)`.
    """

    needs_images = False

    def augment(self, images: Tensor, draw: Draw) -> Tensor:
        """Transforms each sample independently.

        Args:
            images: Samples, float32 `(batch, height, width, channels)` of images.
            draw: As for `Runtime.draw`.
        """
        raise NotImplementedError

    def check_sample_shape(self, shape: Shape) -> None:
        """Refuses samples that it cannot transform.

        Args:
            shape: Shape of one sample, or a dict of shapes.

        Raises:
            ValueError: If they must be images and are not.
        """
        for part in shape.values() if isinstance(shape, Mapping) else [shape]:
            if self.needs_images and len(part) != 3:
                raise ValueError(
                    f"{type(self).__name__} transforms images (height, width, channels), got "
                    f"samples {tuple(part)}: InstanceNoise takes any."
                )
