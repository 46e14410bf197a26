"""Generated samples and discriminator outputs, computed in batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops, tree

from tfgan_it.datasets.images import scale_images
from tfgan_it.layers.nested import mixes_samples


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
