"""Samples of a model that are measured beside real ones, computed in batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops, tree

from tfgan_it.datasets.images import check_images, scale_images, to_uint8
from tfgan_it.layers.nested import mixes_samples


@dataclasses.dataclass(frozen=True, eq=False)
class MeasuredSamples:
    """Real samples, as many generated ones, and what the discriminator gives for both.

    Attributes:
        real: Real samples, `(n, ...)` or a dict of such.
        generated: Generated samples, uint8 where the real ones are.
        latents: Latents of the generated samples, `(n, latent.dimension)`.
        conditions: Raw conditions of both; None for a model without.
        real_outputs: `logits` and `codes` of the real samples; empty if a layer mixes samples.
        generated_outputs: The same of the generated samples.
    """

    real: Any
    generated: Any
    latents: np.ndarray
    conditions: Any
    real_outputs: dict[str, Any]
    generated_outputs: dict[str, Any]

    @classmethod
    def of(cls, model: Any, images: Any, conditions: Any, seed: int) -> MeasuredSamples:
        """Generates a sample beside each of the images, on its condition if the model takes any.

        Generated samples are rounded where the images are uint8: a classifier would otherwise
        detect the rounding.
        """
        real = parts_of(images, model.sample_shape)
        conditions = conditions if model.conditions is not None else None
        latents = model.sample_latents(count_of(real), seed)
        generated = tree.map_structure(
            lambda x, y: to_uint8(y, value_range=model.value_range) if x.dtype == np.uint8 else y,
            real,
            generated_samples(model, latents, conditions),
        )
        outputs = [discriminator_outputs(model, part, conditions) for part in (real, generated)]
        return cls(real, generated, latents, conditions, *outputs)

    @property
    def n(self) -> int:
        """Number of samples of each side."""
        return count_of(self.real)


def thinned(samples: int, *values: Any) -> list[Any]:
    """Returns at most `samples` of images, and of what belongs to them, at equal distances."""
    arrays = [as_arrays(each) for each in values]
    every = max(1, -(-count_of(arrays[0]) // samples))
    return [
        None if each is None else tree.map_structure(lambda x: x[::every], each) for each in arrays
    ]


def check_measurable(name: str, model: Any, images: Any, conditions: Any) -> None:
    """Checks that generated samples of a model can be measured beside images.

    Raises:
        ValueError: If the model has no latent, images are too few or of another shape, or a
            conditional model lacks their conditions.
    """
    if model.latent is None:
        raise ValueError(f"{name}: {model.name} makes samples of other samples, not of a latent.")
    check_images(images, model.sample_shape, minimum=20, value_range=model.value_range)
    if model.conditions is None:
        return
    if conditions is None:
        raise ValueError(
            f"{name}: {model.name} is conditional: give conditions of the images, "
            f"{model.conditions.describe()}."
        )
    model.conditions.check(conditions, count_of(images))


def halves(samples: Any, seed: int) -> list[Any]:
    """Divides samples at random: one half against the other is the floor of a divergence."""
    order = np.random.default_rng([seed % 2**64, 0]).permutation(count_of(samples))
    return [
        tree.map_structure(lambda x, rows=rows: x[rows], samples)
        for rows in np.array_split(order, 2)
    ]


@dataclasses.dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """The leading principal components of real samples, in which all samples are compared.

    Attributes:
        mean: Mean of the real samples, `(values,)`.
        directions: `(values, components)`.
    """

    mean: np.ndarray
    directions: np.ndarray

    @classmethod
    def of(cls, samples: Any, components: int) -> PrincipalComponents:
        """Computes at most `components`, of vectors of all values of a sample."""
        values = flat(samples)
        mean = values.mean(axis=0)
        directions = np.linalg.svd(values - mean, full_matrices=False)[2]
        return cls(mean, directions[: min(components, len(values) - 1)].T)

    def __call__(self, samples: Any, seed: int) -> np.ndarray:
        """Returns `(n, components)`; on uint8, of values with noise of the size of rounding."""
        values = flat(samples, noise=np.random.default_rng([seed % 2**64, 1]))
        return (values - self.mean) @ self.directions


def generated_samples(model: Any, latents: np.ndarray, conditions: Any = None) -> Any:
    """Generates samples, float32, with averaged weights if the model has them.

    Args:
        model: A `GAN`.
        latents: `(n, latent.dimension)`.
        conditions: Raw conditions of the n samples, if the model takes them.
    """
    parts = []
    for rows in _slices(len(latents)):
        inputs = latents[rows]
        if conditions is not None:
            inputs = inputs, _rows_of(conditions, rows)
        parts.append(tree.map_structure(ops.convert_to_numpy, model(inputs)))
    return tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def discriminator_outputs(model: Any, samples: Any, conditions: Any = None) -> dict[str, Any]:
    """Computes `logits` and `codes` of samples; empty if a layer mixes samples.

    Args:
        model: A `GAN`.
        samples: uint8, or float, `(n, ...)` or a dict of such.
        conditions: Raw conditions of the n samples, if the model takes them.
    """
    if mixes_samples(model.discriminator):
        return {}
    samples, parts = parts_of(samples, model.sample_shape), []
    for rows in _slices(count_of(samples)):
        inputs = [model.scale(_rows_of(samples, rows))]
        if conditions is not None:
            inputs.append(model.conditions.prepare(_rows_of(conditions, rows)))
        outputs = model.discriminate(*inputs)
        parts.append({name: outputs[name] for name in ("logits", "codes") if name in outputs})
    return tree.map_structure(lambda *arrays: ops.concatenate(arrays), *parts)


def parts_of(samples: Any, shape: Any) -> Any:
    """Returns the parts of a dict of samples that occur in `shape`; other samples unchanged."""
    return {name: samples[name] for name in shape} if isinstance(shape, Mapping) else samples


def as_arrays(values: Any) -> Any:
    """Converts samples or conditions, or each part of a dict of them, to arrays; None to None."""
    if values is None:
        return None
    if isinstance(values, Mapping):
        return tree.map_structure(np.asarray, values)
    return np.asarray(values)


def count_of(samples: Any) -> int:
    """Returns the number of samples."""
    return len(tree.flatten(samples)[0])


def flat(samples: Any, noise: np.random.Generator | None = None) -> np.ndarray:
    """Flattens each sample to a vector of all its values, float64 `(n, values)`.

    Args:
        samples: uint8, which is scaled to [-1, 1], or float, `(n, ...)` or a dict of such.
        noise: Generator of uniform noise of the size of the rounding of uint8; None adds none.
    """
    parts = []
    for part in tree.flatten(samples):
        values = ops.convert_to_numpy(scale_images(part)).reshape(len(part), -1).astype("float64")
        if noise is not None and part.dtype == np.uint8:
            values = values + noise.uniform(-1, 1, values.shape) / 255
        parts.append(values)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def as_array(samples: Any) -> np.ndarray:
    """Returns samples unchanged, or flattened to float32 `(n, values)` if they are a dict."""
    return flat(samples).astype("float32") if isinstance(samples, Mapping) else samples


def _rows_of(values: Any, rows: slice) -> Any:
    return tree.map_structure(lambda x: x[rows], values)


def _slices(count: int, size: int = 256) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]
