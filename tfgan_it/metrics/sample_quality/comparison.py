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


class SampleComparison:
    """Measures generated samples against the same real ones, whose features are computed once.

    Args:
        real: Real samples that no generator was trained on, `(m, ...)`: uint8, or floats in
            [-1, 1].
        features: Function from samples to features, with a name; by default `Pixels()`.
        measures: Names of measures; by default all that can be measured.
        training: Training samples of the generator. With them, each measure gets the floor that
            real samples reach, that of `training` in the place of the generated samples, as many of
            them; and memorisation is measured.

    Attributes:
        measures: Names of the measures.
        features: The features.

    Raises:
        ValueError: If a name is unknown, a measure of memorisation is asked for without `training`,
            or samples are invalid.

    Example:

    >>> random = np.random.default_rng(0)
    >>> comparison = SampleComparison(random.normal(size=(200, 2)), measures=["coverage"])
    >>> for scale in (1.0, 0.1):
    ...     print(comparison(scale * random.normal(size=(200, 2)))["coverage"].value > 0.9)
    True
    False
    """

    def __init__(
        self,
        real: Any,
        *,
        features: Features | None = None,
        measures: Sequence[str] | None = None,
        training: Any = None,
    ) -> None:
        self.features: Features = Pixels() if features is None else features
        self.measures = check_measures(measures, training is not None)
        self.real, self.training = real, training
        if training is not None:
            checks.same_scale(real, training, ("real", "training"), scaled=True)
        self._known: dict[str, np.ndarray] = {}
        self._floors: dict[tuple[str, int], dict[str, float]] = {}

    def __call__(self, generated: Any) -> Measures:
        """Returns a `Measurement` for each measure; see `compare`."""
        checks.same_scale(self.real, generated, ("real", "generated"), scaled=True)
        x, y = self._features_of("real"), self.features(generated)
        results: Measures = {}
        for name in self.measures:
            if name not in results:
                results |= self._measured(name, x, y)
        return {
            name: dataclasses.replace(results[name], name=f"{name}[{self.features.name}]")
            for name in self.measures
        }

    def prepare(self, n: int) -> None:
        """Computes what does not depend on generated samples, if there will be n of them.

        Raises:
            ValueError: If a measure cannot be computed of so many samples.
        """
        if self.training is not None:
            for name in self.measures:
                self._floors_of(name, n)
            return
        x = self._features_of("real")
        for name in self.measures:
            MEASURES[name](x, np.resize(x, (n, x.shape[1])))

    def _measured(self, name: str, x: np.ndarray, y: np.ndarray) -> Measures:
        if name in _OF_TRAINING:
            return _one(_OF_TRAINING[name](self._features_of("training"), x, y))
        measured = MEASURES[name](x, y)
        if self.training is None:
            return measured
        floors = self._floors_of(name, len(y))
        return {
            key: dataclasses.replace(value, floor=floors[key]) for key, value in measured.items()
        }

    def _floors_of(self, name: str, n: int) -> dict[str, float]:
        """Returns what a measure gives for n training samples; some measures come in pairs."""
        if (name, n) not in self._floors and name in MEASURES:
            training = _as_many(self._features_of("training"), n)
            measured = MEASURES[name](self._features_of("real"), training)
            floors = {key: floor.value for key, floor in measured.items()}
            self._floors |= {(key, n): floors for key in floors}
        return self._floors.get((name, n), {})

    def _features_of(self, source: str) -> np.ndarray:
        if source not in self._known:
            self._known[source] = self.features(getattr(self, source))
        return self._known[source]


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
        real: As for `SampleComparison`.
        generated: Generated samples, `(n, ...)`.
        features: As for `SampleComparison`.
        measures: As for `SampleComparison`.
        training: As for `SampleComparison`.

    Returns:
        A `Measurement` for each measure, by its name without features; `Measurement.name` has them.

    Raises:
        ValueError: As for `SampleComparison`.

    Example:

    >>> random = np.random.default_rng(0)
    >>> real, training, generated = random.normal(size=(3, 200, 2))
    >>> scores = compare(real, generated, measures=["frechet_distance", "coverage"])
    >>> scores["coverage"].value > 0.9
    True
    >>> scores["coverage"].name
    'coverage[pixels]'
    """
    comparison = SampleComparison(real, features=features, measures=measures, training=training)
    return comparison(generated)


def check_measures(measures: Sequence[str] | None, with_training: bool = True) -> list[str]:
    """Returns the names of measures, by default of all that can be measured.

    Args:
        measures: Names, or None.
        with_training: Whether there are training samples.

    Raises:
        ValueError: If a name is unknown, or a measure of memorisation is asked for without training
            samples.
    """
    known = [*MEASURES, *(_OF_TRAINING if with_training else ())]
    for name in measures or ():
        if name in _OF_TRAINING and not with_training:
            raise ValueError(f"{name} compares with the training samples: give training=.")
        if name not in known:
            raise unknown_name("measure", name, known)
    return known if measures is None else list(dict.fromkeys(measures))


def _one(measurement: Measurement) -> Measures:
    return {measurement.name: measurement}


def _as_many(samples: np.ndarray, n: int) -> np.ndarray:
    """Draws n of the samples without replacement, or all of them, with a fixed seed."""
    return samples[np.random.default_rng(0).permutation(len(samples))[:n]]
