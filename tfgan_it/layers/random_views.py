"""Random transformations of images that keep their content."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.augmentation import geometry, transformations
from tfgan_it.checks import check_at_least, check_finite, check_in_range, check_seed
from tfgan_it.configuration import Configurable
from tfgan_it.seed_numbers import keras_seed
from tfgan_it.typing import Draw, Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class RandomViews(Configurable, keras.layers.Layer):
    """Mirrors, zooms, rotates, shifts and relights each image at random: a view of its content.

        t(x) = clip(b + m + k (x' - m), -1, 1),   m the mean of x', x' = x under an affine map

    In order: mirroring with probability 1/2, a zoom by U(1 - zoom, 1 + zoom), a rotation around the
    centre by U(-rotation, rotation), a shift by U(-shift, shift) of each side, a contrast k of
    U(1 - contrast, 1 + contrast), a brightness b of U(-brightness, brightness), an erased
    rectangle. Interpolation is bilinear. The random numbers of a transformation do not depend on
    the others in use. Clipping needs contrast or brightness.

    As a layer of a network it transforms in training only. The result is twice differentiable with
    respect to the images.

    Args:
        shift: Largest shift as a share of a side, in [0, 1].
        rotation: Largest angle in degrees, in [0, 180].
        zoom: Largest enlargement or reduction, in [0, 1).
        mirror: Whether to exchange left and right at random; not for digits and letters.
        brightness: Largest offset; images are in [-1, 1].
        contrast: Largest change of the distance from the mean, in [0, 1].
        erase: Sides of a rectangle that is erased at a random place, as a share of the image's, in
            [0, 1].
        fill: Value of pixels beyond the borders and of erased ones, -1 for a dark background. None
            mirrors the image at its borders, which is slower, and erases with -1.
        seed: Seed of `call`; None draws one, as Keras's layers do. `transform` does not use it.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If an amount is outside its range.

    Source: the transformations that keep an image's identity of Ojha et al., 2020,
    "Elastic-InfoGAN: Unsupervised Disentangled Representation Learning in Class-Imbalanced Data".

    Example:

    >>> images = ops.reshape(ops.arange(4, dtype="float32") / 4, (1, 2, 2, 1))
    >>> identity = RandomViews(shift=0, rotation=0, zoom=0)
    >>> bool(ops.all(identity(images, training=True) == images))
    True
    >>> views = RandomViews(seed=0)(images, training=True)
    >>> tuple(views.shape), bool(ops.all(views == images))
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
        seed = check_seed(self, seed, optional=True)
        self.shift, self.rotation, self.zoom, self.mirror = shift, rotation, zoom, mirror
        self.brightness, self.contrast, self.erase = brightness, contrast, erase
        self.fill, self.seed = fill, seed

    def build(self, input_shape: Shape) -> None:
        """Creates the seed of `call`; `transform` needs no state."""
        self.seed_generator = keras.random.SeedGenerator(keras_seed(self.seed))

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Transforms images `(batch, height, width, channels)` in training, else returns them."""
        if not training:
            return images
        n = ops.shape(images)[0]
        return self.transform(images, lambda function: function(n, seed=self.seed_generator))

    def transform(self, images: Tensor, draw: Draw) -> Tensor:
        """Transforms each image independently.

        Args:
            images: Images in [-1, 1], `(batch, height, width, channels)`.
            draw: As for `Runtime.draw`.

        Returns:
            The transformed images, of the shape and dtype of `images`.
        """
        u = draw(lambda n, seed: keras.random.uniform((n, 7), -1.0, 1.0, seed=seed))
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
            v = draw(lambda n, seed: keras.random.uniform((n, 2), seed=seed))
            fill = -1.0 if self.fill is None else self.fill
            transformed = transformations.cutout(transformed, v[:, 0], v[:, 1], self.erase, fill)
        return ops.cast(transformed, images.dtype)

    def maps(self, u: Tensor, shape: Shape) -> Tensor:
        """Returns the affine maps of `augmentation.geometry`, `(batch, 3, 3)`.

        Args:
            u: Numbers in [-1, 1), each `(batch,)`, for mirroring, zoom, rotation, shifts to the
                right and downwards.
            shape: Shape of the images, `(batch, height, width, channels)`.
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
        """Saves the state of the random generator, which Keras does not."""
        if self.built:
            store["seed"] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store: Any) -> None:
        """Loads what `save_own_variables` saved."""
        if "seed" in store:
            self.seed_generator.state.assign(store["seed"])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the images."""
        return input_shape


def _mapped(images: Tensor, maps: Tensor, fill: float | None) -> Tensor:
    """Computes `geometry.mapped` by a kernel of TensorFlow if the border is filled.

    The kernel is two to three times as fast, but its gradient is that of the inverse map, which is
    wrong. The gradient therefore comes from `geometry.mapped`.
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
    # The kernel's origin is the corner, not the centre.
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
