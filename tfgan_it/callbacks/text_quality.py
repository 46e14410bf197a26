"""Measures of generated texts while a model trains."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tfgan_it.callbacks.every_steps import OncePerStep
from tfgan_it.callbacks.stopping import check_weights
from tfgan_it.checks import check_integer, check_seed
from tfgan_it.distribution import gather_texts, is_chief, outside_of_scopes
from tfgan_it.metrics.texts import text_scores

_SHOWN = 16  # Texts in a record.


class TextQuality(OncePerStep):
    """Reads generated texts and measures them, every `every` steps and at the end of training.

    Put it before the callback that saves checkpoints: a run that is killed in between and resumed
    then repeats its last measurement.

    Args:
        every: Number of generator updates between two measurements.
        training: Training texts.
        held_out: Texts that are not trained on.
        record: Function that is called with `{"step": ..., "texts": {...}}`: `metrics.text_scores`
            and `samples`, the first texts.
        samples: Number of texts to generate; no more than there are training texts.
        seed: Seed of the latents.

    Raises:
        ValueError: When training begins, if the model has no vocabulary.
    """

    def __init__(
        self,
        every: int,
        training: Sequence[str],
        held_out: Sequence[str],
        *,
        record: Callable[[dict[str, Any]], None],
        samples: int = 2000,
        seed: int = 0,
    ) -> None:
        super().__init__(every)
        self.training, self.held_out, self.record = training, held_out, record
        self.samples = min(check_integer(self, "samples", samples, 1), len(training))
        self.seed = check_seed(self, seed)

    def on_train_begin(self, logs=None):
        """Checks that the model has a vocabulary."""
        super().on_train_begin(logs)
        if self.model.vocabulary is None:
            raise ValueError(
                f"TextQuality: {self.model.name} has no vocabulary: its generator must end in "
                "layers.TokenSampling(..., vocabulary=...)."
            )

    def measure(self, model: Any) -> dict[str, Any]:
        """Measures a model, and returns the record for `record`."""
        return outside_of_scopes(lambda: self._measured(model))

    def _measured(self, model: Any) -> dict[str, Any]:
        texts = model.vocabulary.decode(model.generate(self.samples, seed=self.seed))
        scores = text_scores(texts, self.training, self.held_out, seed=self.seed)
        return {"step": model.trained_steps, "texts": {**scores, "samples": texts[:_SHOWN]}}

    def act(self, step: int, logs: dict[str, Any] | None) -> None:
        """Measures."""
        strategy = self.model.distribute_strategy
        check_weights(self.model)
        record = self.measure(self.model) if is_chief(strategy) else None
        self.record(json.loads(gather_texts(strategy, json.dumps(record))[0]))
