"""Streaming entropy, information and calibration of class probabilities, in nats."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_base, check_choice, check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.information import shannon_entropy
from tfgan_it.information.arrays import eager_value
from tfgan_it.losses.probabilities import TOLERANCE, check_rows


class ProbabilityMetric(Configurable, keras.metrics.Metric):
    """A metric of probabilities `(batch, num_classes)`, over all rows since the last reset.

    Args:
        num_classes: Number of classes K.
        from_logits: Whether rows are logits, to which softmax is applied.
        base: Base of the logarithm: e for nats, 2 for bits.
        **kwargs: As for `keras.metrics.Metric`.

    Raises:
        ValueError: If there are fewer than two classes, the base is not above 1, or rows have
            another width.
    """

    default_name: str

    def __init__(
        self, num_classes: int, from_logits: bool = False, base: float = math.e, **kwargs: Any
    ) -> None:
        super().__init__(**{"name": self.default_name, **kwargs})
        self.num_classes = check_integer(self, "num_classes", num_classes, 2)
        self.base, self.from_logits = check_base(self, base), from_logits
        self.total = self.add_weight(
            shape=(self.num_classes,), initializer="zeros", dtype="float64", name="total"
        )

    def update_state(self, probabilities: Any, sample_weight: Any = None) -> None:
        """Adds rows of probabilities.

        Args:
            probabilities: Rows `(batch, num_classes)` that sum to 1; or logits.
            sample_weight: Weights of the rows, `(batch,)`, or None.
        """
        rows, weights = self._rows(probabilities, sample_weight)
        self.total.assign(self.total + ops.sum(weights[:, None] * rows, axis=0))

    def _rows(self, probabilities: Any, sample_weight: Any) -> tuple[Any, Any]:
        rows = ops.convert_to_tensor(probabilities, "float64")
        if len(rows.shape) != 2 or rows.shape[1] != self.num_classes:
            raise ValueError(
                f"{type(self).__name__}: rows must be (batch, {self.num_classes}), got "
                f"{tuple(rows.shape)}."
            )
        check_rows(type(self).__name__, "y_pred", rows, self.from_logits, allow_nan=False)
        rows = ops.softmax(rows, axis=-1) if self.from_logits else rows
        return rows, _weights(self, rows, sample_weight)

    def _mean(self) -> Any:
        """Computes the mean row; zeros without rows."""
        n = ops.sum(self.total)
        return self.total / ops.where(n > 0, n, 1.0)

    def _entropy(self, rows: Any) -> Any:
        """Computes H of each row."""
        return shannon_entropy(rows) / math.log(self.base)


def _weights(metric: keras.metrics.Metric, rows: Any, sample_weight: Any) -> Any:
    """Returns the weight of each row, `(batch,)`: 1 without `sample_weight`."""
    weights = ops.ones_like(rows[:, 0])
    if sample_weight is not None:
        weights = ops.convert_to_tensor(sample_weight, weights.dtype)
    values = eager_value(weights)
    if tuple(weights.shape) != tuple(rows.shape[:1]) or (
        values is not None and not (values >= 0).all()
    ):
        raise ValueError(
            f"{type(metric).__name__}: sample_weight must be numbers of at least 0, one for each "
            f"of {rows.shape[0]} rows, got shape {tuple(weights.shape)}"
            + (f" and a smallest of {values.min():g}." if values is not None else ".")
        )
    return weights


@keras.saving.register_keras_serializable(package="tfgan_it")
class AggregatedEntropy(ProbabilityMetric):
    """H(mean_i p_i) in nats: the entropy of the mean of all rows p_i since the last reset.

    For posteriors Q(c|x) it is the entropy of the aggregated posterior: ln K if all categories are
    equally frequent, 0 if there is only one. It is 0 without rows.

    Args:
        num_classes: Number of classes K.
        from_logits: Whether rows are logits, to which softmax is applied.
        base: Base of the logarithm: e for nats, 2 for bits.
        **kwargs: As for `keras.metrics.Metric`.

    Example:

    >>> metric = AggregatedEntropy(2)
    >>> metric.update_state([[1.0, 0.0], [0.0, 1.0]])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    default_name = "aggregated_entropy"

    def result(self) -> Any:
        """Returns the entropy, a scalar."""
        return self._entropy(self._mean())


@keras.saving.register_keras_serializable(package="tfgan_it")
class LabelInformation(ProbabilityMetric):
    """I(x; y) = H(mean_i p(y|x_i)) - mean_i H(p(y|x_i)) in nats, under a classifier p(y|x).

    It is between 0 and ln K, and large if each sample is clearly of one class and all classes are
    frequent. With the Inception network as classifier, its exponential is the Inception Score.
    Report the classifier as well, and compare only values of the same classifier. It does not
    measure the variety within a class: one good sample of each class reaches ln K. It is 0 without
    rows.

    Args:
        num_classes: Number of classes K.
        from_logits: Whether rows are logits, to which softmax is applied.
        base: Base of the logarithm: e for nats, 2 for bits.
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
            shape=(), initializer="zeros", dtype="float64", name="entropies"
        )

    def update_state(self, probabilities: Any, sample_weight: Any = None) -> None:
        """Adds rows of probabilities.

        Args:
            probabilities: Rows `(batch, num_classes)` that sum to 1; or logits.
            sample_weight: Weights of the rows, `(batch,)`, or None.
        """
        super().update_state(probabilities, sample_weight)
        rows, weights = self._rows(probabilities, sample_weight)
        self.entropies.assign(self.entropies + ops.sum(weights * self._entropy(rows)))

    def result(self) -> Any:
        """Returns the information, a scalar."""
        n = ops.sum(self.total)
        return self._entropy(self._mean()) - self.entropies / ops.where(n > 0, n, 1.0)


@keras.saving.register_keras_serializable(package="tfgan_it")
class CalibrationError(Configurable, keras.metrics.Metric):
    """Expected calibration error: sum_b w_b |accuracy in b - mean confidence in b|, in [0, 1].

    For probabilities `(batch, K)` the confidence is the largest of a row, and the accuracy is the
    fraction of rows whose largest is at the label. For probabilities `(batch,)` of an event the
    confidence is the probability, and the accuracy is the frequency of the event. w_b is the
    fraction of rows in bin b.

    `strategy="width"` divides [0, 1] into bins of equal width, [k / n, (k + 1) / n). `"mass"` gives
    each bin approximately the same number of rows, by merging `cells` cells of equal width; it
    suits many bins and confidences near 1.

    The error of a perfectly calibrated classifier is above 0, about .8 sqrt(p(1 - p) / m) with m
    rows in a bin. It is 0 without rows.

    Args:
        num_bins: Number of bins.
        strategy: `width` or `mass`.
        cells: Number of cells of `mass`, at least `num_bins`.
        **kwargs: As for `keras.metrics.Metric`.

    Raises:
        ValueError: If the strategy is unknown, or there are fewer than one bin or fewer cells than
            bins.

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
        # The weight of each cell, and the weighted sum of accuracy - confidence in it.
        self.table = self.add_weight(
            shape=(rows, 2), initializer="zeros", dtype="float32", name="table"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds rows of probabilities.

        Args:
            y_true: Integer labels, or 0 and 1 for an event, `(batch,)`.
            y_pred: Probabilities, `(batch, K)`, or `(batch,)` of an event.
            sample_weight: Weights of the rows, `(batch,)`, or None.
        """
        confidence = ops.convert_to_tensor(y_pred, "float32")
        accuracy = ops.reshape(ops.cast(y_true, "float32"), (-1,))
        if len(confidence.shape) == 2 and confidence.shape[1] == 1:
            confidence = confidence[:, 0]  # Of an event, as a sigmoid gives it.
        self._check(accuracy, confidence)
        if len(confidence.shape) == 2:
            predicted = ops.cast(ops.argmax(confidence, -1), "float32")
            accuracy = ops.cast(accuracy == predicted, "float32")
            confidence = ops.max(confidence, axis=-1)
        weights = _weights(self, confidence[:, None], sample_weight)
        rows = self.table.shape[0]
        cell = ops.clip(ops.cast(confidence * rows, "int32"), 0, rows - 1)
        values = ops.stack([weights, weights * (accuracy - confidence)], axis=-1)
        self.table.assign(self.table + ops.segment_sum(values, cell, num_segments=rows))

    def _check(self, labels: Any, probabilities: Any) -> None:
        name, counts = type(self).__name__, (labels.shape[0], probabilities.shape[0])
        if len(probabilities.shape) > 2 or (None not in counts and counts[0] != counts[1]):
            raise ValueError(
                f"{name}: y_pred must be (batch,) or (batch, K) with as many rows as y_true, got "
                f"{tuple(probabilities.shape)} for {counts[0]} labels."
            )
        values, truth = eager_value(probabilities), eager_value(labels)
        if values is None or truth is None:
            return
        if not ((values >= 0) & (values <= 1 + TOLERANCE)).all():
            raise ValueError(
                f"{name}: y_pred must be probabilities in [0, 1], got a smallest of "
                f"{values.min():g} and a largest of {values.max():g}: apply softmax or a sigmoid."
            )
        last = values.shape[1] - 1 if values.ndim == 2 else 1
        if not ((truth >= 0) & (truth <= last)).all():
            raise ValueError(
                f"{name}: y_true must be in 0..{last}, got a smallest of {truth.min():g} and a "
                f"largest of {truth.max():g}."
            )

    def result(self) -> Any:
        """Returns the error, a scalar."""
        table = self.table
        n = ops.sum(table[:, 0])
        n = ops.where(n > 0, n, 1.0)
        if self.strategy == "mass":
            middle = (ops.cumsum(table[:, 0]) - table[:, 0] / 2) / n
            bins = ops.clip(ops.cast(middle * self.num_bins, "int32"), 0, self.num_bins - 1)
            table = ops.segment_sum(ops.convert_to_tensor(table), bins, num_segments=self.num_bins)
        return ops.sum(ops.abs(table[:, 1])) / n
