"""Measuring a model on the test split while it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tfgan_it.metrics import category_scores


def measure(model: Any, images: Any, labels: Any = None) -> dict[str, float]:
    """`model.evaluate` on unseen images, and how the categorical code agrees with their labels.

    Labels are compared with the finished assignment and shown to nothing that learns. A model with
    several categorical codes is scored by the first.

    Args:
        model: A compiled `GAN` or `InfoGAN`.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        labels: Integers `(n,)`, or None for no clustering scores.

    Returns:
        The model's `metric_names`; with labels and a categorical code also `cluster_accuracy`,
        `purity`, `nmi`, `ari`.
    """
    measured = model.evaluate(images, batch_size=min(len(images), 256), verbose=0)
    if labels is not None:
        measured.update(category_scores(model, images, labels))
    return {name: float(value) for name, value in measured.items()}


class Evaluation(keras.callbacks.Callback):
    """Measures every so many steps and at the end, and hands each record on.

    Args:
        images: Unseen images.
        labels: Their labels, or None.
        every: Generator updates between two measurements.
        record: Called with `{"step": ..., "test": {...}}`.
    """

    def __init__(
        self, images: Any, labels: Any, *, every: int, record: Callable[[dict[str, Any]], None]
    ) -> None:
        super().__init__()
        self.images, self.labels = images, labels
        self.every, self.record = every, record
        self.measured_at = -1

    def on_train_batch_end(self, batch, logs=None):
        """Measures where `every` says so."""
        if self.model.trained_steps % self.every == 0:
            self._measure()

    def on_train_end(self, logs=None):
        """Measures the end, unless it is measured already or training was stopped."""
        if not self.model.stop_training:
            self._measure()

    def _measure(self) -> None:
        step = self.model.trained_steps
        if step == self.measured_at:
            return
        self.measured_at = step
        self.record({"step": step, "test": measure(self.model, self.images, self.labels)})
