"""Differentiable augmentation by a fixed policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation import transformations
from tfgan_it.augmentation.augmentation import Augmentation
from tfgan_it.checks import check_at_least, check_choice, check_integer
from tfgan_it.step import Step
from tfgan_it.typing import Draw, Tensor

# Each transformation takes two uniform numbers for each image, u and v.
_POLICIES: dict[str, list[Callable[[Any, Any, Any], Any]]] = {
    "color": [
        lambda x, u, v: transformations.brightness(x, u - 0.5),
        lambda x, u, v: transformations.saturation(x, 2.0 * u),
        lambda x, u, v: transformations.contrast_about_mean(x, 0.5 + u),
    ],
    "translation": [transformations.translation],
    "cutout": [transformations.cutout],
}


@keras.saving.register_keras_serializable(package="tfgan_it")
class DiffAugment(Augmentation):
    """Colour, translation up to 1/8 and cutout of 1/2, always applied to real and generated images.

    Colour is a brightness of U(-.5, .5), a saturation of U(0, 2) and a contrast of U(.5, 1.5).

    Args:
        policy: Names out of `color`, `translation` and `cutout`, joined by commas and applied in
            that order.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the policy is unknown; the message gives the nearest.

    Source: Zhao et al., 2020, "Differentiable Augmentation for Data-Efficient GAN Training", and
    the authors' PyTorch code.

    Example:

    >>> DiffAugment("translation,cutout")
    DiffAugment(policy='translation,cutout')
    """

    needs_images = True

    def __init__(self, policy: str = "color,translation,cutout", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in policy.split(",") if isinstance(policy, str) else [policy]:
            check_choice("policy", name, _POLICIES)
        self.policy = policy

    def augment(self, images: Tensor, draw: Draw) -> Tensor:
        """Transforms each image independently."""
        transforms = [t for name in self.policy.split(",") for t in _POLICIES[name]]
        u = draw(lambda n, seed: keras.random.uniform((n, len(transforms), 2), seed=seed))
        for index, transform in enumerate(transforms):
            images = transform(images, u[:, index, 0], u[:, index, 1])
        return images


@keras.saving.register_keras_serializable(package="tfgan_it")
class InstanceNoise(Augmentation):
    """x + stddev e, e ~ N(0, I): makes the supports of data and generator overlap.

    Args:
        stddev: Standard deviation of the noise at the first step.
        steps: Number of steps over which it falls linearly to 0; None for constant noise.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If `stddev` is negative or `steps` below 1.

    Source: Sonderby et al., 2017, "Amortised MAP Inference for Image Super-resolution".

    Example:

    >>> InstanceNoise(0.2, steps=10_000)
    InstanceNoise(stddev=0.2, steps=10000)
    """

    metric_names = ("instance_noise",)

    def __init__(self, stddev: float = 0.1, steps: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "stddev", stddev, 0)
        check_integer(self, "steps", steps, 1, optional=True)
        self.stddev, self.steps = stddev, steps
        self.present = self.add_state("present", stddev)

    def augment(self, images: Tensor, draw: Draw) -> Tensor:
        """Adds independent noise to each image."""
        shape = images.shape[1:]
        noise = draw(lambda n, seed: keras.random.normal((n, *shape), seed=seed))
        return images + self.present * noise

    def update(self, step: Step) -> dict[str, Tensor]:
        """Lowers the noise for the next step, and returns it."""
        if self.steps is not None:
            progress = ops.cast(step.runtime.step + 1, "float32") / self.steps
            self.present.assign(self.stddev * ops.relu(1.0 - progress))
        return {"instance_noise": ops.convert_to_tensor(self.present)}
