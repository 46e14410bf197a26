"""Measurement of a model's information while it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tfgan_it.callbacks.every_steps import OncePerStep
from tfgan_it.callbacks.information_measurement import InformationMeasurement, status
from tfgan_it.callbacks.stopping import check_weights
from tfgan_it.distribution import is_chief


class InformationMonitor(OncePerStep):
    """Measures the information of a model every `every` steps and at the end of training.

    See `InformationMeasurement` for the quantities. The callback does not affect training: the
    weights are the same with and without it. With several workers only the chief measures; the
    others wait for it at their next step.

    Put it before the callback that saves checkpoints: a run that is killed between the two and
    then resumed repeats its last measurement.

    Args:
        every: Number of generator updates between two measurements.
        images: Real samples that training does not use.
        record: Function that receives
            `{"step": ..., "information": {...}, "protocol": {...}}`, such as `Statistics.append`.
        print_fn: Function that receives one line for each measurement, such as
            `Statistics.print_line`; or None.
        protocol: Further entries of each record's `protocol`, such as the split.
        **options: As for `InformationMeasurement`.

    Raises:
        ValueError: If `every` is below 1 or an option is invalid; when training begins, if images
            are too few or of another shape than the model's.

    Example:

    >>> from tfgan_it import datasets, estimators, recipes
    >>> data = datasets.load("digits")
    >>> model = recipes.dcgan(data.sample_shape, width=4)
    >>> records = []
    >>> probe = estimators.DensityRatioEstimator(steps=20)
    >>> monitor = InformationMonitor(2, data.test_images, record=records.append, probe=probe)
    >>> options = {"batch_size": 16, "steps_per_epoch": 3, "verbose": 0}
    >>> _ = model.fit(data.train_images, callbacks=[monitor], **options)
    >>> [record["step"] for record in records], records[0]["protocol"]["n"]
    ([2, 3], 360)
    """

    def __init__(
        self,
        every: int,
        images: Any,
        *,
        record: Callable[[dict[str, Any]], None],
        print_fn: Callable[[str], None] | None = None,
        protocol: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(every)
        self.record, self.print_fn = record, print_fn
        self.protocol = dict(protocol or {})
        self.measurement = InformationMeasurement(images, **options)

    def on_train_begin(self, logs=None):
        """Checks the images before training."""
        super().on_train_begin(logs)
        self.measurement.check(self.model)

    def act(self, step: int, logs: dict[str, Any] | None) -> None:
        """Measures, if this is the chief."""
        if not is_chief(self.model.distribute_strategy):
            return
        check_weights(self.model)
        record = self.measure(self.model)
        self.record(record)
        if self.print_fn:
            self.print_fn(status(record))

    def measure(self, model: Any) -> dict[str, Any]:
        """Measures a compiled model, and returns the record for `record`."""
        measured = self.measurement(model)
        return {**measured, "protocol": {**self.protocol, **measured["protocol"]}}
