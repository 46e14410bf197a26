"""Warnings about known failure modes of training, each with what to try."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from keras import tree

from tfgan_it.callbacks.every_steps import EverySteps
from tfgan_it.callbacks.failure_modes import FAILURE_MODES, Diagnosis, Snapshot, sample_std
from tfgan_it.checks import check_integer, check_seed
from tfgan_it.datasets.images import check_images
from tfgan_it.distribution import is_chief


class TrainingDiagnostics(EverySteps):
    """Warns if training shows a known failure mode, and suggests what to try.

    Every `every` steps it checks the metrics of `fit` and samples from the same latents:

        discriminator_saturated   js_nats > .95 ln 2, if logits are log-odds
        mode_collapse             standard deviation of generated samples < .1 of that of real ones
        category_collapse         H(mean of Q(c|x)) < .5 H(c)
        code_ignored              L_I(c) < .05 H(c), in the second half of the run
        scale_at_floor            mean sigma < 1.05 minimum_scale
        augmentation_at_limit     p >= .99
        balance_stuck             min(k, 1 - k) <= lambda_k
        loss_scale_collapsed      loss scale < 1

    It checks nothing before step `start`, and only `loss_scale_collapsed` in the first tenth of the
    run. A failure mode is reported when `patience` successive checks find it, and again only after
    as many successive checks have not found it. The callback does not affect training: the weights
    are the same with and without it.

    A resumed run with the `state` of its checkpoint warns as if it had not ended. With only its
    `previous_records`, it does not repeat their warnings, and the count of successive checks
    starts from 0.

    Args:
        every: Number of generator updates between two checks.
        images: Real samples of any shape, or a dict of arrays; `samples` of them are compared with
            generated ones. None disables the comparison.
        record: Function that receives `{"step": ..., "warning": NAME, "value": ..., "text": ...}`.
        print_fn: Function that receives the line to print; with several workers, only on the chief.
        steps: Number of generator updates of the whole run. If None, those of `fit`.
        samples: Number of generated samples in a check.
        patience: Number of successive checks before a warning.
        start: Number of generator updates before the first check, as the samples of an untrained
            generator are nearly equal.
        seed: Seed of the samples.
        previous_records: Records of the resumed run, such as `read_records(folder)`.
        state: What `state` was at the step from which the run resumes, or None.
        conditions: Raw conditions, one for each of `images`, which generated samples use; required
            if the model's conditions have no prior.

    Raises:
        ValueError: If `every`, `samples`, `patience` or `start` are too small; when training
            begins, if images are of another shape than the model's or conditions are missing.

    Example:

    >>> from tfgan_it import datasets, recipes
    >>> images = datasets.load("digits").train_images
    >>> model = recipes.dcgan(images.shape[1:], width=4)
    >>> records = []
    >>> options = {"start": 0, "patience": 1, "print_fn": lambda line: None}
    >>> diagnostics = TrainingDiagnostics(1, images, record=records.append, **options)
    >>> _ = model.fit(images, batch_size=16, steps_per_epoch=1, verbose=0, callbacks=[diagnostics])
    >>> records[0]["warning"]  # The samples of an untrained generator are nearly equal.
    'mode_collapse'
    """

    def __init__(
        self,
        every: int,
        images: Any = None,
        *,
        record: Callable[[dict[str, Any]], None] | None = None,
        print_fn: Callable[[str], None] = print,
        steps: int | None = None,
        samples: int = 64,
        patience: int = 3,
        start: int = 300,
        seed: int = 0,
        previous_records: Sequence[Mapping[str, Any]] = (),
        state: Mapping[str, Any] | None = None,
        conditions: Any = None,
    ) -> None:
        super().__init__(every)
        self.samples = check_integer(self, "samples", samples, 2)
        self.patience = check_integer(self, "patience", patience, 1)
        self.start, self.seed = check_integer(self, "start", start, 0), check_seed(self, seed)
        self.images = (
            images if images is None or isinstance(images, Mapping) else np.asarray(images)
        )
        self.conditions = conditions
        self.record, self.print_fn, self.steps = record, print_fn, steps
        self.previous_records = () if state else previous_records
        self.present: set[str] = set(state["present"] if state else ())
        self._changed_checks: dict[str, int] = dict(state["changed_checks"] if state else ())
        self._latents: Any = None
        self._raw_conditions: Any = None

    @property
    def state(self) -> dict[str, Any]:
        """Failure modes that are reported, and the successive checks that differ from that."""
        changed = {name: count for name, count in self._changed_checks.items() if count}
        return {"present": sorted(self.present), "changed_checks": changed}

    def on_train_begin(self, logs=None):
        """Reads earlier warnings, and computes the standard deviation of real samples."""
        super().on_train_begin(logs)
        step = self.model.trained_steps
        steps_per_epoch = (self.params or {}).get("steps") or 0
        self._last = self.steps or step + steps_per_epoch * ((self.params or {}).get("epochs") or 1)
        past = [record for record in self.previous_records if record["step"] <= step]
        self.present |= {record["warning"] for record in past if "warning" in record}
        self.previous_records = ()  # The next `fit` continues from `present`.
        self._real_std = None
        if self.images is not None:
            model = self.model
            check_images(self.images, model.sample_shape, minimum=2, value_range=model.value_range)
            real = model.scale(
                tree.map_structure(lambda x: x[:: -(-len(x) // self.samples)], self.images)
            )
            self._real_std = sample_std(real)
        self._raw_conditions = self._conditions_of_samples()

    def on_train_batch_end(self, batch, logs=None):
        """Checks every `every` steps."""
        if self.is_due() and self.model.trained_steps >= self.start:
            self._check({name: float(value) for name, value in logs.items()})

    def _check(self, metrics: dict[str, float]) -> None:
        step = self.model.trained_steps
        if self._latents is None and self.model.latent is not None:
            self._latents = self.model.sample_latents(self.samples, self.seed)
        snapshot = Snapshot(
            self.model, metrics, self._latents, self._real_std, self._raw_conditions
        )
        diagnoses = {
            "_".join(filter(None, (failure_mode.name, diagnosis.subject))): (
                failure_mode.kind,
                diagnosis,
            )
            for failure_mode in FAILURE_MODES
            if step >= failure_mode.after * self._last
            for diagnosis in failure_mode.detect(snapshot)
        }
        checks = self._changed_checks
        for name in dict.fromkeys([*diagnoses, *checks, *self.present]):
            changed = (name in diagnoses) != (name in self.present)
            checks[name] = checks.get(name, 0) + 1 if changed else 0
            if checks[name] < self.patience:
                continue
            checks[name] = 0
            if name in diagnoses:
                self.present.add(name)
                self._warn(step, name, *diagnoses[name])
            else:
                self.present.discard(name)

    def _conditions_of_samples(self) -> Any:
        """Returns raw conditions of the generated samples, or None if the model takes none."""
        condition = self.model.conditions
        if condition is None:
            return None
        if self.conditions is None:
            if not condition.has_prior:
                raise ValueError(
                    f"TrainingDiagnostics: {self.model.name} needs conditions, "
                    f"{condition.describe()}: they have no prior to draw them from."
                )
            return self.model.sample_conditions(self.samples, self.seed)

        def evenly_spaced(values: Any) -> np.ndarray:
            values = np.asarray(values)
            return values[np.arange(self.samples) * len(values) // self.samples]

        return condition.broadcast(tree.map_structure(evenly_spaced, self.conditions), self.samples)

    def _warn(self, step: int, name: str, kind: str, diagnosis: Diagnosis) -> None:
        text = f"{diagnosis.text}; try {diagnosis.remedy}"
        if self.record:
            self.record({"step": step, "warning": name, "value": diagnosis.value, "text": text})
        if is_chief(self.model.distribute_strategy):
            self.print_fn(f"{kind} at step {step}: {text}")
