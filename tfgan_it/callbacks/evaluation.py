"""Evaluation of a model on the test split while it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import tree

from tfgan_it.callbacks.every_steps import OncePerStep
from tfgan_it.metrics import category_scores


def measure(
    model: Any, samples: Any, labels: Any = None, conditions: Any = None
) -> dict[str, float]:
    """Evaluates a model on unseen samples, and its categorical code against their labels.

    Labels are only compared with the category of each sample, and train nothing. A model with
    several categorical codes is scored by the first.

    Args:
        model: A compiled `GAN`.
        samples: `(n, ...)` as for `GAN.evaluate`, or a dict of such.
        labels: Integers `(n,)`, or None for no clustering scores.
        conditions: Raw conditions of the samples, if the model takes them. If None, the labels.

    Returns:
        The model's `evaluation_metric_names`; with labels and a categorical code also
        `cluster_accuracy`, `purity`, `nmi`, `ari`.
    """
    if model.conditions is not None and conditions is None:
        conditions = labels
    n = min(len(part) for part in tree.flatten(samples))
    measured = model.evaluate(samples, conditions, batch_size=min(n, 256), verbose=0)
    if labels is not None:
        measured.update(category_scores(model, samples, labels, conditions=conditions))
    return {name: float(value) for name, value in measured.items()}


class Evaluation(OncePerStep):
    """Calls `measure` every `every` steps and at the end of training.

    Put it before the callback that saves checkpoints: a run that is killed in between and resumed
    then repeats its last measurement.

    Args:
        samples: Unseen samples.
        labels: Labels of the samples, or None.
        every: Number of generator updates between two measurements.
        record: Function that is called with `{"step": ..., "test": {...}}`.
        conditions: As for `measure`.

    Raises:
        ValueError: When training begins, if samples, conditions or labels are unsuitable.
    """

    def __init__(
        self,
        samples: Any,
        labels: Any,
        *,
        every: int,
        record: Callable[[dict[str, Any]], None],
        conditions: Any = None,
    ) -> None:
        super().__init__(every)
        self.samples, self.labels, self.conditions = samples, labels, conditions
        self.record = record

    def on_train_begin(self, logs=None):
        """Checks samples, conditions and labels before training."""
        super().on_train_begin(logs)
        n = min(map(len, tree.flatten(self.samples)))
        if self.labels is not None and len(self.labels) != n:
            raise ValueError(f"Evaluation: {len(self.labels)} labels given for {n} samples.")
        conditions = self.labels if self.conditions is None else self.conditions
        self.model.check_samples(self.samples, conditions)

    def act(self, step: int, logs: dict[str, Any] | None) -> None:
        """Measures."""
        measured = measure(self.model, self.samples, self.labels, self.conditions)
        self.record({"step": step, "test": measured})
