"""All measures of sample quality in one call."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfgan_it.errors import unknown_name
from tfgan_it.estimators import checks
from tfgan_it.metrics.sample_quality.features import Features, Pixels
from tfgan_it.metrics.sample_quality.frechet import frechet_distance
from tfgan_it.metrics.sample_quality.kernel_distance import kernel_distance
from tfgan_it.metrics.sample_quality.manifolds import density_coverage, precision_recall
from tfgan_it.metrics.sample_quality.measurement import Measurement
from tfgan_it.metrics.sample_quality.memorization import data_copying_test, nearest_distance_ratio
from tfgan_it.metrics.sample_quality.sliced_wasserstein import mind
from tfgan_it.metrics.sample_quality.vendi import vendi_score

Measures = dict[str, Measurement]

# Each takes features of real and of generated samples.
MEASURES: dict[str, Callable[[np.ndarray, np.ndarray], Measures]] = {
    "frechet_distance": lambda real, generated: _one(frechet_distance(real, generated)),
    "kernel_distance": lambda real, generated: _one(kernel_distance(real, generated)),
    "mind": lambda real, generated: _one(mind(real, generated)),
    "precision": lambda real, generated: precision_recall(real, generated),
    "recall": lambda real, generated: precision_recall(real, generated),
    "density": lambda real, generated: density_coverage(real, generated),
    "coverage": lambda real, generated: density_coverage(real, generated),
    "vendi_score": lambda real, generated: _one(vendi_score(generated)),
}
# Each takes features of training, of test and of generated samples.
_OF_TRAINING: dict[str, Callable[[Any, Any, Any], Measurement]] = {
    "nearest_distance_ratio": nearest_distance_ratio,
    "data_copying": data_copying_test,
}


def compare(
    real: Any,
    generated: Any,
    *,
    features: Features | None = None,
    measures: Sequence[str] | None = None,
    training: Any = None,
) -> Measures:
    """Measures generated samples against real ones.

    Args:
        real: Real samples that no generator was trained on, `(m, ...)`: uint8, or floats in
            [-1, 1].
        generated: Generated samples, `(n, ...)`.
        features: Function from samples to features, with a name; by default `Pixels()`.
        measures: Names of measures; by default all that can be measured.
        training: Training samples of the generator. With them, each measure gets the floor that
            real samples reach, that of `training` in the place of the generated samples, as many of
            them; and memorisation is measured.

    Returns:
        A `Measurement` for each measure, by its name without features; `Measurement.name` has them.

    Raises:
        ValueError: If a name is unknown, a measure of memorisation is asked for without `training`,
            or samples are invalid.

    Example:

    >>> random = np.random.default_rng(0)
    >>> real, training, generated = random.normal(size=(3, 200, 2))
    >>> scores = compare(real, generated, measures=["frechet_distance", "coverage"])
    >>> scores["coverage"].value > 0.9
    True
    >>> scores["coverage"].name
    'coverage[pixels]'
    """
    features = Pixels() if features is None else features
    known = [*MEASURES, *(_OF_TRAINING if training is not None else ())]
    asked = known if measures is None else list(measures)
    for name in asked:
        if name in _OF_TRAINING and training is None:
            raise ValueError(f"{name} compares with the training samples: give training=.")
        if name not in known:
            raise unknown_name("measure", name, known)
    for name, others in {"generated": generated, "training": training}.items():
        if others is not None:
            checks.same_scale(real, others, ("real", name), scaled=True)
    x, y = features(real), features(generated)
    t = None if training is None else features(training)
    results: Measures = {}
    for name in asked:
        if name in results:
            continue
        if name in _OF_TRAINING:
            results |= _one(_OF_TRAINING[name](t, x, y))
            continue
        measured = MEASURES[name](x, y)
        if t is not None:
            floors = MEASURES[name](x, _as_many(t, len(y)))
            measured = {
                key: dataclasses.replace(value, floor=floors[key].value)
                for key, value in measured.items()
            }
        results |= measured
    return {
        name: dataclasses.replace(results[name], name=f"{results[name].name}[{features.name}]")
        for name in asked
    }


def _one(measurement: Measurement) -> Measures:
    return {measurement.name: measurement}


def _as_many(samples: np.ndarray, n: int) -> np.ndarray:
    """Draws n of the samples without replacement, or all of them, with a fixed seed."""
    return samples[np.random.default_rng(0).permutation(len(samples))[:n]]
