"""Entropy, information and calibration of rows of probabilities, streaming, in nats."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_base, check_choice, check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.information import shannon_entropy


class ProbabilityMetric(Configurable, keras.metrics.Metric):
    """A metric of rows `(batch, num_classes)` of probabilities, over all rows since the last reset.

    Args:
        num_classes: K, the columns.
        from_logits: Whether rows are logits, of which the softmax is taken.
        base: Base of the logarithm; e gives nats, 2 bits.
        **kwargs: As for `keras.metrics.Metric`.

    Raises:
        ValueError: fewer than two classes, a base not above 1, rows of another width.
    """

    default_name: str

    def __init__(
        self, num_classes: int, from_logits: bool = False, base: float = math.e, **kwargs: Any
    ) -> None:
        super().__init__(**{"name": self.default_name, **kwargs})
        self.num_classes = check_integer(self, "num_classes", num_classes, 2)
        self.base, self.from_logits = check_base(self, base), from_logits
        self.total = self.add_weight(
            shape=(self.num_classes,), initializer="zeros", dtype="float32", name="total"
        )

    def update_state(self, probabilities: Any, sample_weight: Any = None) -> None:
        """Adds rows.

        Args:
            probabilities: `(batch, num_classes)`, each row summing to 1; or logits.
            sample_weight: `(batch,)`, or None.
        """
        rows, weights = self._rows(probabilities, sample_weight)
        self.total.assign(self.total + ops.sum(weights[:, None] * rows, axis=0))

    def _rows(self, probabilities: Any, sample_weight: Any) -> tuple[Any, Any]:
        rows = ops.convert_to_tensor(probabilities, "float32")
        if len(rows.shape) != 2 or rows.shape[1] != self.num_classes:
            raise ValueError(
                f"{type(self).__name__}: rows must be (batch, {self.num_classes}), got "
                f"{tuple(rows.shape)}."
            )
        rows = ops.softmax(rows, axis=-1) if self.from_logits else rows
        if sample_weight is None:
            return rows, ops.ones_like(rows[:, 0])
        return rows, ops.convert_to_tensor(sample_weight, "float32")

    def _mean(self) -> Any:
        """The mean row; zeros where there are none."""
        n = ops.sum(self.total)
        return self.total / ops.where(n > 0, n, 1.0)

    def _entropy(self, rows: Any) -> Any:
        """H of each row."""
        return shannon_entropy(rows) / math.log(self.base)


@keras.saving.register_keras_serializable(package="tfgan_it")
class AggregatedEntropy(ProbabilityMetric):
    """H(mean_i p_i) in nats: the entropy of the mean of all rows p_i since the last reset.

    Of posteriors Q(c|x) it is that of the aggregated posterior: H(c) where all categories are met
    equally often, 0 where one of them is all there is. 0 where there are no rows.

    Args:
        num_classes: K, the columns of a row.
        from_logits: Whether rows are logits, of which the softmax is taken.
        base: Base of the logarithm; e gives nats, 2 bits.
        **kwargs: As for `keras.metrics.Metric`.

    Example:

    >>> metric = AggregatedEntropy(2)
    >>> metric.update_state([[1.0, 0.0], [0.0, 1.0]])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    default_name = "aggregated_entropy"

    def result(self) -> Any:
        """The entropy, a scalar."""
        return self._entropy(self._mean())


@keras.saving.register_keras_serializable(package="tfgan_it")
class LabelInformation(ProbabilityMetric):
    """I(x; y) = H(mean_i p(y|x_i)) - mean_i H(p(y|x_i)) in nats, under a classifier p(y|x).

    Between 0 and ln K: large where each sample is clearly of one class and all classes are there.
    Its exponential is an Inception Score, but for the classifier: a score is that of the Inception
    network only if p(y|x) is. So name the classifier beside the number, and compare numbers of one
    classifier alone. It does not see what happens within a class: one good sample of each reaches
    ln K. 0 where there are no rows.

    Args:
        num_classes: K, the columns of a row.
        from_logits: Whether rows are logits, of which the softmax is taken.
        base: Base of the logarithm; e gives nats, 2 bits.
        **kwargs: As for `keras.metrics.Metric`.

    Source: Salimans et al., 2016, "Improved Techniques for Training GANs", without the exponential;
    Barratt and Sharma, 2018, "A Note on the Inception Score", for I(x; y). Departures: one mean
    over all samples in place of ten splits.

    Example:

    >>> metric = LabelInformation(2)
    >>> metric.update_state([[1.0, 0.0], [0.5, 0.5]])
    >>> round(float(metric.result()), 4)  # H(.75, .25) - ln 2 / 2
    0.2158
    """

    default_name = "label_information"

    def __init__(
        self, num_classes: int, from_logits: bool = False, base: float = math.e, **kwargs: Any
    ) -> None:
        super().__init__(num_classes, from_logits, base, **kwargs)
        self.entropies = self.add_weight(
            shape=(), initializer="zeros", dtype="float32", name="entropies"
        )

    def update_state(self, probabilities: Any, sample_weight: Any = None) -> None:
        """Adds rows.

        Args:
            probabilities: `(batch, num_classes)`, each row summing to 1; or logits.
            sample_weight: `(batch,)`, or None.
        """
        super().update_state(probabilities, sample_weight)
        rows, weights = self._rows(probabilities, sample_weight)
        self.entropies.assign(self.entropies + ops.sum(weights * self._entropy(rows)))

    def result(self) -> Any:
        """The information, a scalar."""
        n = ops.sum(self.total)
        return self._entropy(self._mean()) - self.entropies / ops.where(n > 0, n, 1.0)


@keras.saving.register_keras_serializable(package="tfgan_it")
class CalibrationError(Configurable, keras.metrics.Metric):
    """Expected calibration error: sum_b w_b |accuracy in b - mean confidence in b|, in [0, 1].

    Of `(batch, K)` probabilities the confidence is the largest of a row, and accuracy the share of
    rows where it stands at the label; of `(batch,)` probabilities of an event the confidence is the
    probability itself, and accuracy the share of rows where the event came. w_b is the share of
    rows in bin b.

    `strategy="width"` cuts [0, 1] into bins of equal width, [k / n, (k + 1) / n). `"mass"` gives
    each bin the same share of rows, as far as that is known of a stream: rows are counted in
    `cells` cells of equal width, which are never taken apart, and goes with many bins and
    confidences that crowd at 1.

    A perfectly calibrated classifier has an error above 0 too, about .8 sqrt(p(1 - p) / m) with m
    rows in a bin. 0 where there are no rows.

    Args:
        num_bins: As many.
        strategy: `width` or `mass`.
        cells: Cells of `mass`; at least `num_bins`.
        **kwargs: As for `keras.metrics.Metric`.

    Raises:
        ValueError: an unknown strategy, fewer than one bin, fewer cells than bins.

    Source: Guo et al., 2017, "On Calibration of Modern Neural Networks", whose bins are (a, b].

    Example:

    >>> metric = CalibrationError(2)
    >>> metric.update_state([1, 0, 1, 1], [0.25, 0.25, 0.75, 0.75])
    >>> round(float(metric.result()), 4)
    0.25
    """

    def __init__(
        self, num_bins: int = 15, strategy: str = "width", cells: int = 4096, **kwargs: Any
    ) -> None:
        super().__init__(**{"name": "calibration_error", **kwargs})
        self.strategy = check_choice("strategy of CalibrationError", strategy, ("width", "mass"))
        self.cells = check_integer(self, "cells", cells, 1)
        self.num_bins = check_integer(self, "num_bins", num_bins, 1)
        if num_bins > cells:
            raise ValueError(
                f"CalibrationError: num_bins must be from 1 to the {cells} cells, got {num_bins}."
            )
        rows = self.num_bins if strategy == "width" else self.cells
        # Of each cell: its weight, and the sum of accuracy - confidence in it.
        self.table = self.add_weight(
            shape=(rows, 2), initializer="zeros", dtype="float32", name="table"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds rows.

        Args:
            y_true: Integer labels, or 0 and 1 for an event, `(batch,)`.
            y_pred: Probabilities, `(batch, K)`, or `(batch,)` of an event.
            sample_weight: `(batch,)`, or None.
        """
        confidence = ops.convert_to_tensor(y_pred, "float32")
        right = ops.reshape(ops.cast(y_true, "float32"), (-1,))
        if len(confidence.shape) == 2:
            right = ops.cast(right == ops.cast(ops.argmax(confidence, -1), "float32"), "float32")
            confidence = ops.max(confidence, axis=-1)
        weights = ops.ones_like(confidence)
        if sample_weight is not None:
            weights = ops.convert_to_tensor(sample_weight, "float32")
        rows = self.table.shape[0]
        cell = ops.clip(ops.cast(confidence * rows, "int32"), 0, rows - 1)
        values = ops.stack([weights, weights * (right - confidence)], axis=-1)
        self.table.assign(self.table + ops.segment_sum(values, cell, num_segments=rows))

    def result(self) -> Any:
        """The error, a scalar."""
        table = self.table
        n = ops.sum(table[:, 0])
        n = ops.where(n > 0, n, 1.0)
        if self.strategy == "mass":
            middle = (ops.cumsum(table[:, 0]) - table[:, 0] / 2) / n
            bins = ops.clip(ops.cast(middle * self.num_bins, "int32"), 0, self.num_bins - 1)
            table = ops.segment_sum(ops.convert_to_tensor(table), bins, num_segments=self.num_bins)
        return ops.sum(ops.abs(table[:, 1])) / n
