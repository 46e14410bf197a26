"""A training that is measured on the way, and shows its best step and its last."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras

from experiments.suites.jobs import Record

JUDGED_BY = "information_nats"  # The step with the most of it is the best.


def trained_and_measured(
    fit: Callable[[int], keras.callbacks.History],
    measure: Callable[[], dict[str, Any]],
    show: Callable[[str], dict[str, Any]],
    *,
    steps: int,
    every: int,
) -> Record:
    """Trains, measures every so many steps, and shows the step of the most `information_nats`.

    Args:
        fit: Function that trains for a number of steps.
        measure: Function that returns the scores of the model as it is.
        show: Function of `best` or `last` that draws the model as it is, and returns what further
            scores there are. It is called with `best` whenever a step is the best so far, and with
            `last` at the end.
        steps: Number of steps of the training.
        every: Number of steps between measurements, which divides it.

    Returns:
        All scores as `measured`, those of the `best` and of the `last` step, and the seconds of
        training.

    Raises:
        ValueError: If the steps are no multiple of those between measurements.
    """
    if steps < 1 or steps % every:
        raise ValueError(f"steps must be a multiple of every, {every}, got {steps}.")
    measured: list[dict[str, Any]] = []
    seconds, processor, best = 0.0, 0.0, 0
    for step in range(every, steps + 1, every):
        began, used = time.perf_counter(), time.process_time()
        history = fit(every).history
        seconds += time.perf_counter() - began
        processor += time.process_time() - used
        training = {name: float(values[-1]) for name, values in history.items()}
        measured.append({"step": step, **measure(), "training": training})
        if measured[-1][JUDGED_BY] > measured[best][JUDGED_BY] or len(measured) == 1:
            best = len(measured) - 1
            measured[-1] |= show("best")
    measured[-1] |= show("last")
    return {
        "measured": measured,
        "best": measured[best],
        "last": measured[-1],
        "training_seconds": round(seconds, 1),
        "processor_seconds": round(processor, 1),
    }
