"""The end of training where a measure no longer improves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from tfgan_it.checks import check_integer
from tfgan_it.distribution import is_chief
from tfgan_it.keywords import CheckedKeywords


class StopOnPlateau(CheckedKeywords, keras.callbacks.Callback):
    """Ends training when a measure has not improved by more than its standard error for a while.

    After each measurement it compares the value v, whose standard error is e, with the best b so
    far: there is an improvement if v is better than b by more than e, and b is then v. Small
    improvements add up, as b is unchanged until they exceed e. Values that are not finite are no
    improvement.

    It finds measurements in the logs of steps and epochs: those of callbacks before it, such as
    `SampleQuality`, whose standard error is `MONITOR_error`, and at the end of an epoch also
    `val_` metrics, without one. Training metrics in the logs of steps are not measurements.

    Put it before the callback that saves checkpoints, and give these its `state`: a resumed run
    then ends at the step at which it would have ended.

    Args:
        monitor: Name of a measure whose highest value is best; with a minus before the name, its
            lowest, such as `-frechet_distance`.
        patience: Number of successive measurements without an improvement before training ends.
        print_fn: Function that receives one line when training ends.
        state: What `state` was at the step from which the run resumes, or None.

    Raises:
        ValueError: If `patience` is below 1; when training begins, if nothing measures `monitor`.

    Example: the value falls, and then no longer by more than its standard error.

    >>> stop = StopOnPlateau("-frechet_distance", patience=2)
    >>> for value in (9.0, 5.0, 4.9, 4.8):
    ...     stop.observe(value, standard_error=0.3)
    >>> stop.state
    {'best': 5.0, 'since': 2}
    >>> stop.reached
    True
    """

    def __init__(
        self,
        monitor: str,
        patience: int = 5,
        *,
        print_fn: Callable[[str], None] | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.monitor, self.print_fn = monitor, print_fn
        self.patience = check_integer(self, "patience", patience, 1)
        self._best: float | None = state["best"] if state else None
        self._since: int = state["since"] if state else 0
        self._observed = False

    @property
    def name(self) -> str:
        """Name of the measure, without a sign."""
        return self.monitor.removeprefix("-")

    @property
    def state(self) -> dict[str, Any]:
        """The best value so far, and the number of measurements since without an improvement."""
        return {"best": self._best, "since": self._since}

    @property
    def reached(self) -> bool:
        """Whether the last `patience` measurements were no improvement."""
        return self._since >= self.patience

    def observe(self, value: float, standard_error: float = 0.0) -> None:
        """Counts a measurement."""
        sign = -1 if self.monitor.startswith("-") else 1
        best = -float("inf") if self._best is None else sign * self._best
        if sign * value > best + standard_error:
            self._best, self._since = value, 0
        else:
            self._since += 1

    def on_epoch_begin(self, epoch, logs=None):
        """Starts an epoch without measurements."""
        self._observed = False

    def on_train_batch_end(self, batch, logs=None):
        """Counts a measurement of this step."""
        if self.name not in self.model.metric_names:
            self._look(logs)

    def on_epoch_end(self, epoch, logs=None):
        """Counts a measurement of the end of the epoch."""
        if not self._observed:
            self._look(logs)

    def _look(self, logs: Mapping[str, float] | None) -> None:
        if not logs or self.name not in logs:
            return
        self._observed = True
        self.observe(float(logs[self.name]), float(logs.get(f"{self.name}_error", 0.0)))
        if self.reached:
            self.model.stop_training = True
            if self.print_fn and is_chief(self.model.distribute_strategy):
                self.print_fn(
                    f"stopped at step {self.model.trained_steps}: {self.name} has not improved by "
                    f"more than its standard error in {self.patience} measurements"
                )
