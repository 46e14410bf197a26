"""Differentiable augmentation by a fixed policy."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import keras

from tfgan_it.augmentation import transformations
from tfgan_it.augmentation.augmentation import Augmentation

# Each transformation with the uniform numbers that it takes for an image.
_POLICIES = {
    "color": [
        (transformations.brightness, 1),
        (transformations.saturation, 1),
        (transformations.contrast, 1),
    ],
    "translation": [(transformations.translation, 2)],
    "cutout": [(transformations.cutout, 2)],
}


@keras.saving.register_keras_serializable(package="tfgan_it")
class DiffAugment(Augmentation):
    """Colour, translation up to 1/8 and cutout of 1/2, always applied, real and generated alike.

    Args:
        policy: Names of `color`, `translation` and `cutout`, joined by commas.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: an unknown policy, with the nearest.

    Source: Zhao et al., 2020, "Differentiable Augmentation for Data-Efficient GAN Training".
    """

    def __init__(self, policy: str = "color,translation,cutout", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in policy.split(","):
            if name not in _POLICIES:
                near = difflib.get_close_matches(name, _POLICIES, n=1, cutoff=0)[0]
                raise ValueError(
                    f"Unknown policy {name!r}: use {', '.join(_POLICIES)}, joined by commas "
                    f"(nearest: {near})."
                )
        self.policy = policy

    def augment(self, images: Any, draw: Callable[..., Any]) -> Any:
        """Images, each transformed on its own."""
        for name in self.policy.split(","):
            for transformation, numbers in _POLICIES[name]:
                u = draw(uniform_rows(numbers))
                images = transformation(images, u)
        return images

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "policy": self.policy}


@keras.saving.register_keras_serializable(package="tfgan_it")
class InstanceNoise(Augmentation):
    """x + stddev e, e ~ N(0, I): makes the supports of data and generator overlap.

    Args:
        stddev: Of the noise, at the first step.
        steps: Over so many steps it falls linearly to 0; None keeps it.
        **kwargs: As for `keras.layers.Layer`.

    Source: Sonderby et al., 2017, "Amortised MAP Inference for Image Super-resolution".
    """

    quantities = ("instance_noise",)

    def __init__(self, stddev: float = 0.1, steps: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if stddev < 0:
            raise ValueError(f"InstanceNoise: stddev must be at least 0, got {stddev}.")
        self.stddev, self.steps = stddev, steps
        self.present = self.memory("present", stddev)

    def augment(self, images: Any, draw: Callable[..., Any]) -> Any:
        """Images, each with noise of its own."""
        shape = tuple(images.shape[1:])
        noise = draw(lambda rows, seed: keras.random.normal((rows, *shape), seed=seed))
        return images + self.present * noise

    def update(self, context: Any) -> dict[str, Any]:
        """Lowers the noise for the next step."""
        present = keras.ops.convert_to_tensor(self.present)
        if self.steps is not None:
            done = keras.ops.cast(context.step + 1, "float32") / self.steps
            self.present.assign(self.stddev * keras.ops.relu(1.0 - done))
        return {"instance_noise": present}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "stddev": self.stddev, "steps": self.steps}


def uniform_rows(numbers: int) -> Callable[..., Any]:
    """A function that draws `(rows, numbers)` uniform numbers from a seed."""
    return lambda rows, seed: keras.random.uniform((rows, numbers), seed=seed)
