"""Adaptive discriminator augmentation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation.augmentation import Augmentation
from tfgan_it.augmentation.diff_augment import uniform_rows
from tfgan_it.components import StepContext


@keras.saving.register_keras_serializable(package="tfgan_it")
class AdaptiveAugmentation(Augmentation):
    """Each transformation with probability p, and p as high as overfitting asks for.

    Overfitting is r = E sign f(x) on real training images. Every `interval` steps

        p <- clip(p + sign(r - target) batch interval / images, 0, 1)

    Transformations, each applied to an image with probability p, of its own: flip, quarter turns,
    translation up to 1/8, scaling (log-normal, .2 octaves), rotation (any angle), brightness
    (N(0, .2)), contrast (log-normal, .5 octaves), saturation (log-normal, 1 octave).

    Args:
        target: Of r.
        interval: Steps between two moves of p.
        images: Real images over which p can go from 0 to 1.
        initial: p at the start.
        geometric: Whether to flip, turn, move and scale; digits change their meaning by that.
        **kwargs: As for `keras.layers.Layer`.

    Source: Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data".
    Departures: bilinear resampling in place of wavelet filters, and no anisotropic scaling, hue or
    luma flip.
    """

    quantities = ("augmentation_p", "augmentation_r")

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
        if not 0 <= initial <= 1:
            raise ValueError(f"AdaptiveAugmentation: initial must be in [0, 1], got {initial}.")
        self.target, self.interval, self.images = target, interval, images
        self.initial, self.geometric = initial, geometric
        self.p = self.memory("p", initial)
        self.signs = self.memory("signs")
        self.updates = self.memory("updates")

    def augment(self, images: Any, draw: Callable[..., Any]) -> Any:
        """Images, each transformed on its own."""
        if self.geometric:
            images = self._geometric(images, draw)
        return self._colour(images, draw)

    def _geometric(self, images: Any, draw: Callable[..., Any]) -> Any:
        height, width = images.shape[1:3]
        # Where the chance says no, each number is that of the identity.
        flip = 1.0 - 2.0 * self._with_chance(draw, lambda u: ops.floor(2 * u))
        quarter = self._with_chance(draw, lambda u: ops.floor(4 * u)) * (math.pi / 2)
        angle = quarter + self._with_chance(draw, lambda u: (2 * u - 1) * math.pi)
        scale = 2.0 ** (0.2 * self._with_chance(draw, _normal))
        shift_x = self._with_chance(draw, lambda u: ops.round((u - 0.5) * width / 4))
        shift_y = self._with_chance(draw, lambda u: ops.round((u - 0.5) * height / 4))
        cosine, sine = ops.cos(angle) / scale, ops.sin(angle) / scale
        centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
        a, b, c, d = flip * cosine, -flip * sine, sine, cosine
        zero = ops.zeros_like(a)
        offset_x = centre_x + shift_x - a * centre_x - b * centre_y
        offset_y = centre_y + shift_y - c * centre_x - d * centre_y
        transform = ops.stack([a, b, offset_x, c, d, offset_y, zero, zero], axis=-1)
        return ops.image.affine_transform(
            images, transform, fill_mode="reflect", data_format="channels_last"
        )

    def _colour(self, images: Any, draw: Callable[..., Any]) -> Any:
        images = images + _column(0.2 * self._with_chance(draw, _normal))
        factor = _column(2.0 ** (0.5 * self._with_chance(draw, _normal)))
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        images = mean + factor * (images - mean)
        factor = _column(2.0 ** self._with_chance(draw, _normal))
        grey = ops.mean(images, axis=-1, keepdims=True)
        return grey + factor * (images - grey)

    def _with_chance(self, draw: Callable[..., Any], number: Callable[[Any], Any]) -> Any:
        """`number` of a uniform one with probability p, else 0, for each image, `(batch,)`."""
        u = draw(uniform_rows(2))
        return ops.where(u[:, 0] < self.p, number(u[:, 1]), 0.0)

    def update(self, context: StepContext) -> dict[str, Any]:
        """Adds this step's r, and moves p at the end of an interval."""
        logits = context.real_outputs["logits"]
        r = context.mean(ops.sign(logits))
        batch = context.rows
        signs, updates = self.signs + r, self.updates + 1.0
        full = ops.cast(updates >= self.interval, "float32")
        move = ops.sign(signs / updates - self.target) * batch * self.interval / self.images
        self.p.assign(ops.clip(self.p + full * move, 0.0, 1.0))
        self.signs.assign((1.0 - full) * signs)
        self.updates.assign((1.0 - full) * updates)
        return {"augmentation_p": ops.convert_to_tensor(self.p), "augmentation_r": r}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        names = ("target", "interval", "images", "initial", "geometric")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _normal(u: Any) -> Any:
    return math.sqrt(2.0) * ops.erfinv(ops.clip(2.0 * u - 1.0, -0.999999, 0.999999))


def _column(x: Any) -> Any:
    return ops.reshape(x, (-1, 1, 1, 1))
