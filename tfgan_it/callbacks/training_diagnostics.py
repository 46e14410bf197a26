"""Plain warnings where a run shows a known failure mode, each with what to try."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import tree

from tfgan_it.callbacks.failure_modes import FAILURE_MODES, Diagnosis, Snapshot, deviation
from tfgan_it.checks import check_integer
from tfgan_it.datasets.images import check_images, scale_images
from tfgan_it.distribution import is_chief


class TrainingDiagnostics(keras.callbacks.Callback):
    """Warns in plain words where a run shows a known failure mode, and says what to try.

    Every so many steps it looks, at what `fit` reports and at a few samples of one seed:

        discriminator_saturated   js_nats > .95 ln 2, where logits are log-odds
        mode_collapse             deviation of generated samples < .1 of that of real ones
        category_collapse         H(mean of Q(c|x)) < .5 H(c)
        code_ignored              L_I(c) < .05 H(c), in the second half of the run
        scale_at_floor            mean sigma < 1.05 minimum_scale
        augmentation_at_limit     p >= .99
        balance_stuck             min(k, 1 - k) <= lambda_k
        loss_scale_collapsed      loss scale < 1

    But for the last, none is one in the first tenth of the run, and none at all before `start`.
    What is seen at `patience` successive looks is said once; again only after it was not seen at
    as many. Training is not touched: a run is the same with it and without.

    A resumed run that is given its `previous_records` does not repeat what it said before; the
    count of successive looks starts anew.

    Args:
        every: Generator updates between two looks.
        images: Real samples of any shape or a dict of such, of which `samples` are compared with
            generated ones; None compares none.
        record: Called with `{"step": ..., "warning": NAME, "value": ..., "text": ...}`.
        print_fn: Called with the line to print, by the chief of several workers alone.
        steps: Generator updates of the whole run; those that `fit` is told of where None.
        samples: Generated at each look.
        patience: Successive looks at which a failure mode is seen before it is reported.
        start: Generator updates before the first look: what has learned nothing makes one image.
        seed: Seed of the samples.
        previous_records: Records of the run that is resumed, such as `read_records(folder)`.
        conditions: Raw conditions, one for each of `images`, of which generated samples have some;
            needed where the model's have no prior to draw them from.

    Raises:
        ValueError: `every`, `samples`, `patience` or `start` that are too small; images of another
            shape than the model's or missing conditions, as training begins.

    Example:

    >>> from tfgan_it import datasets, recipes
    >>> images = datasets.load("digits").train_images
    >>> model = recipes.dcgan(images.shape[1:], width=4)
    >>> found = []
    >>> options = {"record": found.append, "print_fn": lambda line: None, "start": 0, "patience": 1}
    >>> diagnostics = TrainingDiagnostics(every=1, images=images, **options)
    >>> _ = model.fit(images, batch_size=16, steps_per_epoch=1, verbose=0, callbacks=[diagnostics])
    >>> found[0]["warning"]  # Before it has learned anything, it makes one image.
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
        conditions: Any = None,
    ) -> None:
        super().__init__()
        self.every = check_integer(self, "every", every, 1)
        self.samples = check_integer(self, "samples", samples, 2)
        self.patience = check_integer(self, "patience", patience, 1)
        self.start, self.seed = check_integer(self, "start", start, 0), seed
        self.images = (
            images if images is None or isinstance(images, Mapping) else np.asarray(images)
        )
        self.conditions = conditions
        self.record, self.print_fn, self.steps, self.previous_records = (
            record,
            print_fn,
            steps,
            previous_records,
        )
        self.present: set[str] = set()
        self._looks: dict[str, int] = {}
        self._latents: Any = None
        self._given: Any = None

    def on_train_begin(self, logs=None):
        """Recalls what was said earlier, and sees how much real samples deviate."""
        step = self.model.trained_steps
        told = (self.params or {}).get("steps") or 0
        self._last = self.steps or step + told * ((self.params or {}).get("epochs") or 1)
        said = [record for record in self.previous_records if record["step"] <= step]
        self.present |= {record["warning"] for record in said if "warning" in record}
        self.previous_records = ()  # Another `fit` goes on from here.
        self._real_deviation = None
        if self.images is not None:
            check_images(self.images, self.model.sample_shape, minimum=2)
            rows = tree.map_structure(
                lambda x: scale_images(x[:: -(-len(x) // self.samples)]), self.images
            )
            self._real_deviation = deviation(rows)
        self._given = self._conditions_of_samples()

    def on_train_batch_end(self, batch, logs=None):
        """Looks where `every` says so."""
        step = self.model.trained_steps
        if step % self.every == 0 and step >= self.start:
            self._look({name: float(value) for name, value in logs.items()})

    def _look(self, metric_names: dict[str, float]) -> None:
        step = self.model.trained_steps
        if self._latents is None and self.model.latent is not None:
            self._latents = self.model.sample_latents(self.samples, self.seed)
        snapshot = Snapshot(
            self.model, metric_names, self._latents, self._real_deviation, self._given
        )
        found = {
            "_".join(filter(None, (failure_mode.name, diagnosis.subject))): (
                failure_mode.kind,
                diagnosis,
            )
            for failure_mode in FAILURE_MODES
            if step >= failure_mode.after * self._last
            for diagnosis in failure_mode.detect(snapshot)
        }
        for name in dict.fromkeys([*found, *self._looks, *self.present]):
            changed = (name in found) != (name in self.present)
            self._looks[name] = self._looks.get(name, 0) + 1 if changed else 0
            if self._looks[name] < self.patience:
                continue
            self._looks[name] = 0
            if name in found:
                self.present.add(name)
                self._warn(step, name, *found[name])
            else:
                self.present.discard(name)

    def _conditions_of_samples(self) -> Any:
        """Raw conditions of the generated samples; None where the model takes none."""
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

        def taken(values: Any) -> np.ndarray:
            values = np.asarray(values)
            return values[np.arange(self.samples) * len(values) // self.samples]

        return condition.given(tree.map_structure(taken, self.conditions), self.samples)

    def _warn(self, step: int, name: str, kind: str, diagnosis: Diagnosis) -> None:
        text = f"{diagnosis.text}; try {diagnosis.remedy}"
        if self.record:
            self.record({"step": step, "warning": name, "value": diagnosis.value, "text": text})
        if is_chief(self.model.distribute_strategy):
            self.print_fn(f"{kind} at step {step}: {text}")
