"""Latent inversion: the latent of an image, and what the generator loses of it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from tfgan_it.checks import check_above, check_integer, check_seed
from tfgan_it.datasets.images import check_images, scale_images
from tfgan_it.estimators.array_training import ArrayTraining
from tfgan_it.information import gaussian_log_prob
from tfgan_it.latents import Latent, Normal, Product, Uniform
from tfgan_it.metrics.sample_quality.measurement import Measurement


@dataclasses.dataclass(frozen=True)
class Inversion:
    """Latents of images, and what is lost.

    Attributes:
        latents: The latent of each image, `(n, latent.dimension)`.
        samples: What the generator makes of them, `(n, ...)`.
        squared_errors: Mean squared difference of each sample and its image, float64 `(n,)`.
        nats: -ln N(x; G(z), noise_std^2 I) of each image, float64 `(n,)`; None without noise.
    """

    latents: np.ndarray
    samples: np.ndarray
    squared_errors: np.ndarray
    nats: np.ndarray | None = None

    @property
    def mean_squared_error(self) -> Measurement:
        """Mean of `squared_errors`, named `inversion_error`."""
        return _mean("inversion_error", self.squared_errors)

    @property
    def mean_nats(self) -> Measurement | None:
        """Mean of `nats`, named `inversion_nats`; None without noise."""
        return None if self.nats is None else _mean("inversion_nats", self.nats)


def invert_generator(
    model: Any,
    images: Any,
    *,
    conditions: Any = None,
    starts: int = 4,
    steps: int = 300,
    learning_rate: float = 0.05,
    noise_std: float | None = None,
    batch_size: int = 32,
    seed: int = 0,
    first: np.ndarray | None = None,
) -> Inversion:
    """Finds the latent whose sample is nearest to each image, by gradient descent.

        min_z |x - G(z)|^2

    Adam descends from `starts` latents of the prior, in float32, and the best end is kept; so the
    error is an upper bound on that of the nearest sample. Uniform latents are reflected at the ends
    of their interval. Categorical columns keep the category of their start. Test images that are
    lost, where training images are not, are memorised; a large error of both is mode loss.

    Args:
        model: A `GAN` with a latent; its averaged weights are used if it has them.
        images: Images `(n, ...)`, uint8, or floats in the model's range.
        conditions: Raw conditions of the images, for a conditional model.
        starts: Number of starts for each image.
        steps: Number of steps. The learning rate falls to a tenth at the end.
        learning_rate: First learning rate of Adam, in units of the latent.
        noise_std: Standard deviation s of Gaussian noise that the generator is stated to have, in
            units of the values of images. With it, the loss is also in nats:
            d/2 ln(2 pi s^2) + |x - G(z)|^2 / (2 s^2), d the number of values of an image.
        batch_size: Number of images whose latents are searched at once.
        seed: Seed of the starts; the latents of an image do not depend on the number of images.
        first: Other starts, `(n * starts, latent.dimension)`, those of an image one behind the
            other; None for latents of the prior.

    Raises:
        ValueError: If the model has no latent, images are of another shape than its samples, there
            are no conditions for a conditional model, or a number is invalid.

    Source: Creswell and Bharath, 2018, "Inverting the Generator of a Generative Adversarial
    Network"; Lipton and Tripathi, 2017, "Precise Recovery of Latent Vectors from Generative
    Adversarial Networks". Departures: Adam, several starts, reflection for stochastic clipping.

    Example: a generator that doubles its latent.

    >>> from tfgan_it import latents, models
    >>> doubled = keras.Sequential([keras.Input((2,)), keras.layers.Rescaling(2.0)])
    >>> critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model = models.GAN(doubled, critic, latents.Normal(2))
    >>> found = invert_generator(model, np.array([[1.0, -2.0]], "float32"))
    >>> found.latents.round(2).tolist(), round(found.mean_squared_error.value, 4)
    ([[0.5, -1.0]], 0.0)
    """
    name = "invert_generator"
    if model.latent is None:
        raise ValueError(f"{name}: the model has no latent; it makes samples of other samples.")
    if isinstance(model.sample_shape, dict):
        raise ValueError(f"{name} takes samples of one array, got {', '.join(model.sample_shape)}.")
    starts, steps = check_integer(name, "starts", starts, 1), check_integer(name, "steps", steps, 1)
    batch_size = check_integer(name, "batch_size", batch_size, 1)
    check_above(name, "noise_std", noise_std, 0, optional=True)
    check_images(images, model.sample_shape, value_range=model.value_range)
    real = ops.convert_to_numpy(scale_images(np.asarray(images), value_range=model.value_range))
    n, size = len(real), min(batch_size, len(real))
    given = None
    if model.conditions is not None:
        if conditions is None:
            raise ValueError(f"{name}: {model.name} is conditional: give conditions of the images.")
        given = model.conditions.broadcast(conditions, n)
    seed = check_seed(name, seed)
    if first is None:
        first = model.sample_latents(n * starts, seed)
    first = np.asarray(first, "float32")
    if first.shape != (n * starts, model.latent.dimension):
        raise ValueError(
            f"{name}: first must be ({n * starts}, {model.latent.dimension}), {starts} latents for "
            f"each image, got the shape {first.shape}."
        )
    search = _Search(model, size * starts, given, learning_rate)
    found = []
    for begin in range(0, n, size):
        # The last batch is filled up with the last images, as the search has one size.
        rows = np.minimum(np.arange(begin, begin + size), n - 1).repeat(starts)
        places = rows * starts + np.tile(np.arange(starts), size)
        z, samples = search(real[rows], first[places], _rows_of(given, rows), steps)
        errors = _squared_errors(real[rows], samples).reshape(size, starts)
        best = np.arange(size) * starts + errors.argmin(axis=1)
        kept = best[: n - begin]
        found.append((z[kept], samples[kept]))
    latents, samples = (np.concatenate(part) for part in zip(*found, strict=True))
    nats = None
    if noise_std is not None:
        flat, means = (part.reshape(n, -1).astype("float64") for part in (real, samples))
        nats = -gaussian_log_prob(flat, means, np.float64(noise_std))
    return Inversion(latents, samples, _squared_errors(real, samples), nats)


class _Search:
    """Gradient descent over the latents of a batch."""

    def __init__(self, model: Any, rows: int, conditions: Any, learning_rate: float) -> None:
        def build() -> keras.Model:
            generate = functools.partial(_samples, model)
            self.layer = _Difference(generate, rows, model, conditions)
            inputs = keras.Input((1,))
            return keras.Model(inputs, self.layer(inputs))

        # Of the sum, as Adam's epsilon would count beside the gradients of a mean.
        self.training = ArrayTraining(build, _sum_of_squares, learning_rate)
        self.learning_rate = learning_rate

    def __call__(
        self, images: np.ndarray, first: np.ndarray, conditions: Any, steps: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the latents and their samples."""
        self.training.restart()
        self.layer.begin(images, first, conditions)
        nothing = np.zeros((1, 1), "float32")
        for rate, share in ((1.0, 0.6), (0.3, 0.3), (0.1, 0.1)):
            self.training.optimizer.learning_rate = self.learning_rate * rate
            order = np.zeros((max(1, round(share * steps)), 1), "int32")
            self.training.run(nothing, nothing[:, 0], order)
        difference = self.training.outputs(nothing)
        return ops.convert_to_numpy(self.layer.latents()), difference + images


class _Difference(keras.layers.Layer):
    """G(z) - x of a batch, where z is what is trained; the input counts for nothing."""

    def __init__(
        self, generate: Callable[[Any, Any], Any], rows: int, model: Any, conditions: Any
    ) -> None:
        super().__init__()
        # A function, whose weights are not those of this layer.
        self.generate = generate
        self.moves, self.low, self.high = _columns_of(model.latent)
        shape = (rows, model.latent.dimension)
        self.free = self.add_weight(shape=shape, initializer="zeros", name="free")
        self.fixed = self._constant(shape, "float32", "fixed")
        self.images = self._constant((rows, *model.sample_shape), "float32", "images")
        self.conditions = None
        if conditions is not None:
            self.conditions = tree.map_structure(
                lambda y: self._constant((rows, *y.shape[1:]), str(y.dtype), "condition"),
                conditions,
            )

    def _constant(self, shape: tuple[int, ...], dtype: str, name: str) -> keras.Variable:
        return self.add_weight(
            shape=shape, initializer="zeros", dtype=dtype, trainable=False, name=name
        )

    def begin(self, images: np.ndarray, first: np.ndarray, conditions: Any) -> None:
        """Sets the images, the first latents and the conditions."""
        self.images.assign(images)
        self.free.assign(first)
        self.fixed.assign(first)
        if conditions is not None:
            tree.map_structure(lambda y, value: y.assign(value), self.conditions, conditions)

    def latents(self) -> Any:
        """Returns the latents: reflected where they are bounded, unmoved where categorical."""
        width = self.high - self.low
        inside = ops.mod(self.free - self.low, 2 * width)
        reflected = self.low + ops.minimum(inside, 2 * width - inside)
        return ops.where(self.moves, reflected, self.fixed)

    def call(self, inputs: Any) -> Any:
        """Returns the differences, `(rows, ...)`."""
        return self.generate(self.latents(), self.conditions) - self.images

    def compute_output_shape(self, input_shape: Any) -> tuple[int, ...]:
        """Returns the shape of the images."""
        return tuple(self.images.shape)


# Bounds of a Gaussian latent, beyond which there are no samples of it in float32.
_FAR = 100.0


def _columns_of(latent: Latent) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns which columns can move, `(dimension,)`, and their bounds."""
    parts = latent.parts.values() if isinstance(latent, Product) else [latent]
    moves, low, high = [], [], []
    for part in parts:
        moves += [isinstance(part, Normal | Uniform)] * part.dimension
        far = _FAR * getattr(part, "scale", 1.0)
        low += [getattr(part, "low", -far)] * part.dimension
        high += [getattr(part, "high", far)] * part.dimension
    return np.array(moves), np.array(low, "float32"), np.array(high, "float32")


def _samples(model: Any, latents: Any, conditions: Any) -> Any:
    inputs = latents if conditions is None else (latents, conditions)
    return model(inputs, training=False)


def _sum_of_squares(labels: Any, differences: Any) -> Any:
    return ops.sum(ops.square(differences)) / 2


def _rows_of(values: Any, rows: np.ndarray) -> Any:
    return None if values is None else tree.map_structure(lambda y: y[rows], values)


def _squared_errors(images: np.ndarray, samples: np.ndarray) -> np.ndarray:
    differences = (images.astype("float64") - samples).reshape(len(images), -1)
    return np.mean(differences**2, axis=1)


def _mean(name: str, values: np.ndarray) -> Measurement:
    n = len(values)
    error = float(np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else None
    return Measurement(name, float(np.mean(values)), error, n)
