"""Measurement of the quality of a model's samples while it trains."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from keras import tree

from tfgan_it.callbacks.every_steps import OncePerStep
from tfgan_it.callbacks.stopping import check_weights
from tfgan_it.checks import check_integer, check_seed
from tfgan_it.datasets.images import check_images, to_uint8
from tfgan_it.distribution import gather_texts, is_chief, outside_of_scopes
from tfgan_it.metrics.measured_samples import as_arrays, generated_samples
from tfgan_it.metrics.sample_quality import Features, SampleComparison


class SampleQuality(OncePerStep):
    """Measures generated samples against real ones every `every` steps and at the end of training.

    The measures are those of `metrics.compare`. Their values and standard errors, `MEASURE` and
    `MEASURE_error`, are in the logs of the step and of the epoch in which they were measured, where
    callbacks behind this one find them: `StopOnPlateau("-frechet_distance")`, Keras's
    `ModelCheckpoint`, the history. The callback does not affect training: the weights are the same
    with and without it.

    A measurement is a function of (weights, images, arguments): the samples are
    `model.generate(samples, seed)`, rounded if real images are uint8. The features of real samples
    are computed once. With several workers only the chief measures, and the others get its numbers.

    Put it before the callback that saves checkpoints: a run that is killed between the two and then
    resumed repeats its last measurement.

    Args:
        every: Number of generator updates between two measurements. If None, measures after each
            epoch.
        images: Real samples that training does not use, `(m, ...)`; at most `samples` of them, at
            random, are used.
        features: Function from samples to features, such as a `metrics.FeatureNetwork`; by default
            `metrics.Pixels()`.
        measures: Names of measures of `metrics.compare`.
        training: Training samples. With them, each measure gets the floor that real samples reach.
        samples: Number of generated samples.
        seed: Seed of the generated samples and of the choice of real ones.
        conditions: Raw conditions of the images, for a conditional model. Generated samples have
            them in turn.
        record: Function that receives `{"step": ..., "sample_quality": {"generated": {...}, "real":
            {...}}, "protocol": {...}}`, such as `Statistics.append`; `real` are the floors
            with their standard errors, of as many samples, or of `n_floor` where the protocol has
            that.
        print_fn: Function that receives one line for each measurement, such as
            `Statistics.print_line`.
        protocol: Further entries of each record's `protocol`, such as the split.

    Raises:
        ValueError: If a name is unknown or a number too small; when training begins, if images are
            of another shape than the model's, the model has no latent, conditions are missing, or
            there are too few samples for a measure.

    Example:

    >>> from tfgan_it import datasets, recipes
    >>> data = datasets.load("digits")
    >>> model = recipes.dcgan(data.sample_shape, width=4)
    >>> quality = SampleQuality(2, data.test_images, samples=100)
    >>> options = {"batch_size": 16, "steps_per_epoch": 2, "verbose": 0}
    >>> fitted = model.fit(data.train_images, callbacks=[quality], **options)
    >>> fitted.history["frechet_distance"][0] > 10  # Of an untrained generator.
    True
    """

    def __init__(
        self,
        every: int | None,
        images: Any,
        *,
        features: Features | None = None,
        measures: Sequence[str] = ("frechet_distance",),
        training: Any = None,
        samples: int = 5000,
        seed: int = 0,
        conditions: Any = None,
        record: Callable[[dict[str, Any]], None] | None = None,
        print_fn: Callable[[str], None] | None = None,
        protocol: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(every, optional=True)
        self.samples = check_integer(self, "samples", samples, 20)
        self.seed = check_seed(self, seed)
        if isinstance(images, Mapping):
            raise ValueError(
                f"SampleQuality: images have parts, {', '.join(images)}: measures take one array."
            )
        images = np.asarray(images)
        order = np.random.default_rng(seed % 2**64).permutation(len(images))
        rows = np.sort(order[: self.samples])
        self.comparison = SampleComparison(
            images[rows], features=features, measures=measures, training=training
        )
        self.conditions = None
        if conditions is not None:
            self.conditions = tree.map_structure(lambda y: y[rows], as_arrays(conditions))
        self.record, self.print_fn = record, print_fn
        self.protocol = dict(protocol or {})
        self._values: dict[str, float] = {}

    @property
    def measures(self) -> list[str]:
        """Names of the measures."""
        return self.comparison.measures

    def on_train_begin(self, logs=None):
        """Checks model, images and measures, and computes the floors, before training."""
        super().on_train_begin(logs)
        self._check()
        if is_chief(self.model.distribute_strategy):
            outside_of_scopes(lambda: self.comparison.prepare(self.samples))
            for line in self.comparison.incomplete() if self.print_fn else ():
                self.print_fn(line)

    def on_epoch_begin(self, epoch, logs=None):
        """Starts an epoch without measurements."""
        self._values = {}

    def on_epoch_end(self, epoch, logs=None):
        """Measures if `every` is None, and adds what was measured in the epoch to its logs."""
        super().on_epoch_end(epoch, logs)
        if logs is not None:
            logs.update(self._values)

    def measure(self, model: Any) -> dict[str, Any]:
        """Measures a model, and returns the record for `record`."""
        return outside_of_scopes(lambda: self._measured(model))

    def _check(self) -> None:
        model, real = self.model, self.comparison.real
        if model.latent is None:
            raise ValueError(
                f"SampleQuality: {model.name} makes samples of other samples, not of a latent."
            )
        check_images(real, model.sample_shape, minimum=2, value_range=model.value_range)
        if model.conditions is not None and self.conditions is None:
            raise ValueError(
                f"SampleQuality: {model.name} is conditional: give conditions of the images, "
                f"{model.conditions.describe()}."
            )

    def act(self, step: int, logs: dict[str, Any] | None) -> None:
        """Measures."""
        strategy = self.model.distribute_strategy
        check_weights(self.model)
        record = self.measure(self.model) if is_chief(strategy) else None
        # Of the first worker, which is the chief.
        record = json.loads(gather_texts(strategy, json.dumps(record))[0])
        self._values = record["sample_quality"]["generated"]
        if logs is not None:
            logs.update(self._values)
        if self.record:
            self.record(record)
        if self.print_fn:
            self.print_fn(status(record))

    def _measured(self, model: Any) -> dict[str, Any]:
        n, real = self.samples, self.comparison.real
        conditions = None
        if model.conditions is not None:
            conditions = tree.map_structure(
                lambda y: np.resize(y, (n, *y.shape[1:])), self.conditions
            )
        generated = generated_samples(model, model.sample_latents(n, self.seed), conditions)
        if real.dtype == np.uint8:  # As real samples are stored.
            generated = to_uint8(generated, value_range=model.value_range)
        measured = self.comparison(generated)
        values, floors, n_floor = {}, {}, None
        for name, score in measured.items():
            values[name] = score.value
            if score.standard_error is not None:
                values[f"{name}_error"] = score.standard_error
            if score.floor is not None:
                floors[name] = score.floor
                if score.floor_error is not None:
                    floors[f"{name}_error"] = score.floor_error
                n_floor = score.n_floor
        protocol = {
            "features": self.comparison.features.name,
            "n": n,
            "n_real": len(real),
            "seed": self.seed,
            "networks": "last" if model.generator_average is None else "averaged",
        }
        if n_floor not in (None, n):  # There were no more training samples.
            protocol["n_floor"] = n_floor
        return {
            "step": model.trained_steps,
            "sample_quality": {"generated": values, "real": floors},
            "protocol": {**self.protocol, **protocol},
        }


def status(record: Mapping[str, Any]) -> str:
    """Formats a measurement as one line, with the values of real samples in brackets.

    Example:

    >>> quality = {"generated": {"mind": 1.234, "mind_error": 0.1}, "real": {"mind": 0.5}}
    >>> status({"step": 8, "sample_quality": quality})
    'sample quality at step 8 [of real ones]: mind 1.23 [0.5]'
    """
    generated, real = (record["sample_quality"][row] for row in ("generated", "real"))
    parts = [
        f"{name} {value:.3g}" + (f" [{real[name]:.3g}]" if name in real else "")
        for name, value in generated.items()
        if not name.endswith("_error")
    ]
    head = f"sample quality at step {record['step']}" + (" [of real ones]" if real else "")
    return f"{head}: {'  '.join(parts)}"
