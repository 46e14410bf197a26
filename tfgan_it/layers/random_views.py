"""Random transformations of images that leave what they show what it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.augmentation import geometry, transformations
from tfgan_it.checks import check_at_least, check_finite, check_in_range, check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Draw, Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class RandomViews(Configurable, keras.layers.Layer):
    """Each image mirrored, enlarged, turned, moved and re-lit at random: another view of the same.

        t(x) = clip(b + m + k (x' - m), -1, 1),   m the mean of x', x' = x under an affine map

    In order: mirroring with probability 1/2, a zoom by U(1 - zoom, 1 + zoom), a turn around the
    centre by U(-rotation, rotation), a shift by U(-shift, shift) of each side, a contrast k of
    U(1 - contrast, 1 + contrast), a brightness b of U(-brightness, brightness), a rectangle erased.
    Images are read bilinearly; the numbers of one transformation do not depend on which others are
    in use. Where neither contrast nor brightness is in use nothing is clipped.

    As a layer of a network it transforms in training only. The result is differentiable with
    respect to the images, twice.

    Args:
        shift: Largest shift as a share of a side, in [0, 1].
        rotation: Largest turn in degrees, in [0, 180].
        zoom: Largest enlargement or reduction, in [0, 1).
        mirror: Whether left and right may be exchanged; digits and letters do not survive it.
        brightness: Largest offset; images are in [-1, 1].
        contrast: Largest change of the distance from the mean, in [0, 1].
        erase: Sides of a rectangle that is erased anywhere, as a share of the image's, in [0, 1]: a
            part of a thing is the thing.
        fill: What comes in at the borders and where something is erased, -1 for a dark background;
            None for the image mirrored at its borders, which is slower, and -1 where it is erased.
        seed: Seed of `call`; None draws one, as Keras's layers do. `transform` does not use it.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: an amount outside its range.

    Source: the transformations that keep an image's identity of Ojha et al., 2020,
    "Elastic-InfoGAN: Unsupervised Disentangled Representation Learning in Class-Imbalanced Data".

    Example:

    >>> images = ops.reshape(ops.arange(4, dtype="float32") / 4, (1, 2, 2, 1))
    >>> still = RandomViews(shift=0, rotation=0, zoom=0)
    >>> bool(ops.all(still(images, training=True) == images))
    True
    >>> moved = RandomViews(seed=0)(images, training=True)
    >>> tuple(moved.shape), bool(ops.all(moved == images))
    ((1, 2, 2, 1), False)
    """

    def __init__(
        self,
        shift: float = 0.1,
        rotation: float = 15.0,
        zoom: float = 0.12,
        mirror: bool = False,
        brightness: float = 0.0,
        contrast: float = 0.0,
        erase: float = 0.0,
        fill: float | None = -1.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_in_range(self, "shift", shift, 0, 1)
        check_in_range(self, "rotation", rotation, 0, 180)
        check_in_range(self, "zoom", zoom, 0, 1, "[)")
        check_at_least(self, "brightness", brightness, 0)
        check_in_range(self, "contrast", contrast, 0, 1)
        check_in_range(self, "erase", erase, 0, 1)
        check_finite(self, "fill", fill, optional=True)
        check_integer(self, "seed", seed, optional=True)
        self.shift, self.rotation, self.zoom, self.mirror = shift, rotation, zoom, mirror
        self.brightness, self.contrast, self.erase = brightness, contrast, erase
        self.fill, self.seed = fill, seed

    def build(self, input_shape: Shape) -> None:
        """Makes the seed of `call`: what only calls `transform` has no state."""
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Images `(batch, height, width, channels)`; transformed in training, else as they are."""
        if not training:
            return images
        rows = ops.shape(images)[0]
        return self.transform(images, lambda function: function(rows, seed=self.seed_generator))

    def transform(self, images: Tensor, draw: Draw) -> Tensor:
        """Images, each transformed on its own.

        Args:
            images: `(batch, height, width, channels)` in [-1, 1].
            draw: `draw(function)` is the rows of `function(rows, seed=...)` for this batch, such as
                `Runtime.draw`.

        Returns:
            Like `images`.
        """
        u = draw(lambda rows, seed: keras.random.uniform((rows, 7), -1.0, 1.0, seed=seed))
        u = ops.unstack(ops.cast(u, "float32"), 7, axis=1)
        transformed = ops.cast(images, "float32")
        if self.mirror or self.zoom or self.rotation or self.shift:
            transformed = _mapped(transformed, self.maps(u, images.shape), self.fill)
        if self.contrast:
            transformed = transformations.contrast_about_mean(
                transformed, 1.0 + self.contrast * u[5]
            )
        if self.brightness:
            transformed = transformations.brightness(transformed, self.brightness * u[6])
        if self.contrast or self.brightness:
            transformed = ops.clip(transformed, -1.0, 1.0)
        if self.erase:
            v = draw(lambda rows, seed: keras.random.uniform((rows, 2), seed=seed))
            fill = -1.0 if self.fill is None else self.fill
            transformed = transformations.cutout(transformed, v[:, 0], v[:, 1], self.erase, fill)
        return ops.cast(transformed, images.dtype)

    def maps(self, u: Tensor, shape: Shape) -> Tensor:
        """The affine maps of `augmentation.geometry`, `(batch, 3, 3)`.

        Args:
            u: Numbers in [-1, 1), each `(batch,)`: of mirroring, zoom, turn, shifts to the right
                and downwards.
            shape: `(batch, height, width, channels)`.
        """
        factor = 1.0 + self.zoom * u[1]
        mirrored = ops.sign(u[0]) * factor if self.mirror else factor
        maps = geometry.scaling(mirrored, factor)
        if self.rotation:
            maps @= geometry.rotation(self.rotation * math.pi / 180 * u[2])
        if self.shift:
            height, width = shape[1:3]
            maps @= geometry.shift(self.shift * width * u[3], self.shift * height * u[4])
        return maps

    def save_own_variables(self, store: Any) -> None:
        """Saves how far `call` has drawn, which Keras does not."""
        if self.built:
            store["seed"] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store: Any) -> None:
        """Loads what `save_own_variables` saved."""
        if "seed" in store:
            self.seed_generator.state.assign(store["seed"])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """That of the images."""
        return input_shape


def _mapped(images: Tensor, maps: Tensor, fill: float | None) -> Tensor:
    """`geometry.mapped`, where the border is filled by the kernel that TensorFlow has for it.

    It is twice to three times as fast, but its gradient is that of the inverse map, which is not
    the gradient. So that is taken from `geometry.mapped`.
    """
    if fill is None:
        return geometry.mapped(images, maps)

    @tf.custom_gradient
    def read(images: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        def gradient(upstream: Tensor) -> Tensor:
            with tf.GradientTape() as tape:
                tape.watch(images)
                slow = geometry.mapped(images, maps, fill)
            return tape.gradient(slow, images, upstream)

        return _projected(images, maps, fill), gradient

    return read(images)


def _projected(images: Tensor, maps: Tensor, fill: float) -> Tensor:
    height, width = images.shape[1:3]
    centre = ops.convert_to_tensor([(width - 1) / 2, (height - 1) / 2], "float32")
    # The kernel counts from the corner, not from the centre.
    offset = maps[:, :2, 2] + centre - ops.matmul(maps[:, :2, :2], centre)
    affine = ops.reshape(ops.concatenate([maps[:, :2, :2], offset[:, :, None]], -1), (-1, 6))
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.pad(affine, [[0, 0], [0, 2]]),
        output_shape=[height, width],
        fill_value=fill,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
