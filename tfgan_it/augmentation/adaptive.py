"""Adaptive discriminator augmentation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation import geometry, transformations
from tfgan_it.augmentation.augmentation import Augmentation
from tfgan_it.checks import check_in_range, check_integer
from tfgan_it.step import Step
from tfgan_it.typing import Draw, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class AdaptiveAugmentation(Augmentation):
    """Applies each transformation with probability p, and adapts p to the overfitting.

    The measure of overfitting is r = E sign f(x) on real training images, over `interval`
    discriminator updates. After them

        p <- clip(p + sign(r - target) batch interval / images, 0, 1)

    If a sample has several logits, f is their mean (see `tfgan_it.logits`).

    The transformations, in order: mirroring, quarter turns, translation by whole pixels up to 1/8,
    scaling (log-normal, .2 octaves), rotation (any angle), stretching (log-normal, .2 octaves),
    rotation, translation (N(0, .125^2) of a side), brightness (N(0, .2^2)), contrast (log-normal,
    .5 octaves), luma flip, and for three channels hue rotation (any angle) and saturation
    (log-normal, 1 octave). At least one rotation occurs with probability p.

    Args:
        target: Target value of r.
        interval: Number of discriminator updates between two updates of p.
        images: Number of real images over which p can rise from 0 to 1.
        initial: Initial p.
        geometric: Whether to mirror, rotate, move and scale, which changes the class of digits.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If a number is outside its range.

    Source: Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data", and
    the authors' code. Departures: bilinear resampling in place of wavelet filters; a separate
    probability for each direction of a translation.

    Example:

    >>> AdaptiveAugmentation(target=0.5, geometric=False)
    AdaptiveAugmentation(target=0.5, geometric=False)
    """

    needs_images = True
    metric_names = ("augmentation_p", "augmentation_r")

    def __init__(
        self,
        target: float = 0.6,
        interval: int = 4,
        images: int = 500_000,
        initial: float = 0.0,
        geometric: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_in_range(self, "initial", initial, 0, 1)
        check_in_range(self, "target", target, -1, 1)
        check_integer(self, "interval", interval, 1)
        check_integer(self, "images", images, 1)
        self.target, self.interval, self.images = target, interval, images
        self.initial, self.geometric = initial, geometric
        self.p = self.add_state("p", initial)
        self.signs = self.add_state("signs")
        self.updates = self.add_state("updates")

    def augment(self, images: Tensor, draw: Draw) -> Tensor:
        """Transforms each image independently."""
        u = draw(lambda n, seed: keras.random.uniform((n, 2, 15), seed=seed))
        columns = iter(range(15))

        def chance(number: Callable[[Tensor], Tensor], p: Tensor = self.p) -> Tensor:
            """Draws `number(uniform)` with probability p, else 0, for each image `(batch,)`."""
            column = next(columns)
            return ops.where(u[:, 0, column] < p, number(u[:, 1, column]), 0.0)

        if self.geometric:
            images = self._geometric(images, chance)
        return self._colour(images, chance)

    def _geometric(self, images: Tensor, chance: Callable[..., Tensor]) -> Tensor:
        height, width = images.shape[1:3]
        one_of_two = 1.0 - ops.sqrt(1.0 - self.p)
        mirror = 1.0 - 2.0 * chance(_below(2))
        maps = geometry.scaling(mirror, ops.ones_like(mirror))
        maps @= geometry.rotation(chance(_below(4)) * (math.pi / 2))
        maps @= geometry.shift(
            ops.round(chance(_between(-width / 8, width / 8))),
            ops.round(chance(_between(-height / 8, height / 8))),
        )
        scale = 2.0 ** (0.2 * chance(_normal))
        maps @= geometry.scaling(scale, scale)
        maps @= geometry.rotation(chance(_between(-math.pi, math.pi), one_of_two))
        stretch = 2.0 ** (0.2 * chance(_normal))
        maps @= geometry.scaling(stretch, 1.0 / stretch)
        maps @= geometry.rotation(chance(_between(-math.pi, math.pi), one_of_two))
        maps @= geometry.shift(width / 8 * chance(_normal), height / 8 * chance(_normal))
        return geometry.mapped(images, maps)

    def _colour(self, images: Tensor, chance: Callable[..., Tensor]) -> Tensor:
        images = transformations.brightness(images, 0.2 * chance(_normal))
        images = transformations.contrast(images, 2.0 ** (0.5 * chance(_normal)))
        images = transformations.luma_flip(images, chance(_below(2)))
        if images.shape[-1] == 3:
            images = transformations.hue(images, chance(_between(-math.pi, math.pi)))
            images = transformations.saturation(images, 2.0 ** chance(_normal))
        return images

    def update(self, step: Step) -> dict[str, Tensor]:
        """Adds this update's r, and updates p at the end of an interval."""
        r = step.runtime.mean(ops.sign(step.outputs.real_scores))
        signs, updates = self.signs + r, self.updates + 1.0
        due = ops.cast(updates >= self.interval, "float32")
        move = (
            ops.sign(signs / updates - self.target)
            * step.runtime.global_batch_size
            * self.interval
            / self.images
        )
        self.p.assign(ops.clip(self.p + due * move, 0.0, 1.0))
        self.signs.assign((1.0 - due) * signs)
        self.updates.assign((1.0 - due) * updates)
        return {"augmentation_p": ops.convert_to_tensor(self.p), "augmentation_r": r}


# Maps of a uniform number in [0, 1).


def _below(n: int) -> Callable[[Tensor], Tensor]:
    return lambda u: ops.floor(n * u)


def _between(low: float, high: float) -> Callable[[Tensor], Tensor]:
    return lambda u: low + (high - low) * u


def _normal(u: Tensor) -> Tensor:
    return math.sqrt(2.0) * ops.erfinv(ops.clip(2.0 * u - 1.0, -0.999999, 0.999999))
