"""All measures of sample quality in one call."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_it.errors import unknown_name
from tfgan_it.estimators import checks
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.metrics.sample_quality.features import Features, Pixels
from tfgan_it.metrics.sample_quality.frechet import check_covariance, frechet_distance
from tfgan_it.metrics.sample_quality.kernel_distance import kernel_distance
from tfgan_it.metrics.sample_quality.manifolds import density_coverage, precision_recall
from tfgan_it.metrics.sample_quality.measurement import (
    Measurement,
    check_number,
    pair_of_features,
)
from tfgan_it.metrics.sample_quality.memorization import data_copying_test, nearest_distance_ratio
from tfgan_it.metrics.sample_quality.sliced_wasserstein import mind
from tfgan_it.metrics.sample_quality.vendi import vendi_score

Measures = dict[str, Measurement]

# Each takes features of real and of generated samples.
MEASURES: dict[str, Callable[[np.ndarray, np.ndarray], Measures]] = {
    "frechet_distance": lambda real, generated: _one(frechet_distance(real, generated)),
    "frechet_distance_oas": lambda real, generated: _one(
        frechet_distance(real, generated, shrinkage="oas")
    ),
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
# Those that are measured only when they are asked for: what they add is for few samples.
_ON_REQUEST = ("frechet_distance_oas",)
# The smallest number of samples of each side, where it is above 2 and known in advance.
_LEAST = {
    "kernel_distance": 3,
    "precision": 4,
    "recall": 4,
    "density": 6,
    "coverage": 6,
    "data_copying": 10,
}


class SampleComparison(CheckedKeywords):
    """Measures generated samples against the same real ones, whose features are computed once.

    Args:
        real: Real samples that no generator was trained on, `(m, ...)`: uint8, or floats in
            [-1, 1].
        features: Function from samples to features, with a name; by default `Pixels()`.
        measures: Names of measures; by default all but `frechet_distance_oas`, of which those that
            cannot be computed of the samples are left out.
        training: Training samples of the generator. With them, each measure gets the floor that
            real samples reach, that of `training` in the place of the generated samples, as many of
            them, if they are enough for it; and memorisation is measured.

    Attributes:
        measures: Names of the measures.
        features: The features.
        left_out: Names of measures that the last call left out, each with the reason.
        without_floor: Names of measures that have no floor, each with the reason.

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
        self.left_out: dict[str, str] = {}
        self.without_floor: dict[str, str] = {}
        self._by_name = measures is not None
        self.real, self.training = real, training
        if training is not None:
            checks.same_scale(real, training, ("real", "training"), scaled=True)
        self._known: dict[str, np.ndarray] = {}
        self._floors: dict[tuple[str, int], Measures] = {}

    def __call__(self, generated: Any) -> Measures:
        """Returns a `Measurement` for each measure; see `compare`."""
        checks.same_scale(self.real, generated, ("real", "generated"), scaled=True)
        x, y = self._features_of("real"), self.features(generated)
        if not self._by_name:
            pair_of_features(x, y)  # Features of which nothing can be computed are an error.
        results: Measures = {}
        self.left_out = {}
        for name in self.measures:
            try:
                if name not in results:
                    results |= self._measured(name, x, y)
            except ValueError as error:
                if self._by_name:
                    raise
                self.left_out[name] = str(error)
        return {
            name: dataclasses.replace(results[name], name=f"{name}[{self.features.name}]")
            for name in self.measures
            if name not in self.left_out
        }

    def prepare(self, n: int) -> None:
        """Computes what does not depend on generated samples, if there will be n of them.

        Raises:
            ValueError: If a measure cannot be computed of so many samples.
        """
        x = self._features_of("real")
        for name in self.measures:
            if name in MEASURES and not (self.training is not None and self._floors_of(name, n)):
                MEASURES[name](x, np.resize(x, (n, x.shape[1])))

    def incomplete(self) -> list[str]:
        """Returns a line of the measures that were left out, and one of those without a floor."""
        without = {n: why for n, why in self.without_floor.items() if n not in self.left_out}
        lines = ("left out", self.left_out), ("without floor", without)
        return [reasons_line(what, reasons) for what, reasons in lines if reasons]

    def _measured(self, name: str, x: np.ndarray, y: np.ndarray) -> Measures:
        if name in _OF_TRAINING:
            return _one(_OF_TRAINING[name](self._features_of("training"), x, y))
        measured = MEASURES[name](x, y)
        if self.training is None:
            return measured
        floors = self._floors_of(name, len(y))
        if not floors:
            return measured
        return {
            key: dataclasses.replace(
                value,
                floor=floors[key].value,
                floor_error=floors[key].standard_error,
                n_floor=floors[key].n,
            )
            for key, value in measured.items()
        }

    def _floors_of(self, name: str, n: int) -> Measures:
        """Returns what a measure gives for n training samples; some measures come in pairs.

        The result is empty if they are too few.
        """
        if (name, n) not in self._floors:
            training = _as_many(self._features_of("training"), n)
            try:
                floors = MEASURES[name](self._features_of("real"), training)
            except ValueError as error:
                # Where the samples stand that are measured, the floor has training samples.
                self.without_floor[name] = str(error).replace(": generated has", ": training has")
                floors = {}
            self._floors |= {(key, n): floors for key in (floors or [name])}
        return self._floors[name, n]

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
        Without `measures`, those that cannot be computed are left out, with a warning; so is the
        floor of a measure for which there are too few training samples.

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
    measured = comparison(generated)
    for line in comparison.incomplete():
        warnings.warn(line, stacklevel=2)
    return measured


def reasons_line(what: str, reasons: Mapping[str, str]) -> str:
    """Formats what happened to measures, each with the reason, as one line.

    Example:

    >>> why = "real has 3 samples."
    >>> reasons_line("left out", {"precision": f"precision: {why}", "recall": why})
    'left out: precision, recall: real has 3 samples.'
    """
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason.removeprefix(f"{name}: "), []).append(name)
    return f"{what}: " + " ".join(f"{', '.join(each)}: {why}" for why, each in names.items())


def check_sample_numbers(measures: Sequence[str], width: int, numbers: Mapping[str, int]) -> None:
    """Checks that there are enough samples for measures, before features are known.

    Args:
        measures: Names of measures.
        width: Number of features.
        numbers: Number of samples by what they are: `real`, `generated` and `training`, which only
            measures of memorisation need.

    Raises:
        ValueError: If there are too few for a measure.

    Example:

    >>> check_sample_numbers(["density"], 128, {"real": 5, "generated": 30})
    Traceback (most recent call last):
    ...
    ValueError: density: real has 5 samples, too few: give at least 6.
    """
    for measure in measures:
        for name, n in numbers.items():
            if name == "training" and measure not in _OF_TRAINING:
                continue  # It has no floor then.
            if measure == "frechet_distance":
                check_covariance(name, n, width)
            check_number(measure, name, n, _LEAST.get(measure, 2))


def check_measures(measures: Sequence[str] | None, with_training: bool = True) -> list[str]:
    """Returns the names of measures, by default of all but those for few samples.

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
    if measures is None:
        return [name for name in known if name not in _ON_REQUEST]
    return list(dict.fromkeys(measures))


def _one(measurement: Measurement) -> Measures:
    return {measurement.name: measurement}


def _as_many(samples: np.ndarray, n: int) -> np.ndarray:
    """Draws n of the samples without replacement, or all of them, with a fixed seed."""
    return samples[np.random.default_rng(0).permutation(len(samples))[:n]]
