"""The final numbers of a run: last and best, with interval and with what bounds them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any

from .curves import bound_label, title
from .recorded_run import RecordedRun

_Z = 1.959964  # Of 95 % of a normal distribution.
# Where the best of all measurements is the largest or the smallest. Not of js_nats: that a bad
# discriminator sees no difference is no success.
HIGHER = ("cluster_accuracy", "purity", "nmi", "ari", "precision", "recall", "coverage")
HIGHER += ("asked_class_accuracy", "asked_class_information")
LOWER = ("frechet_distance", "frechet_distance_oas", "kernel_distance", "mind", "js")
_OF_PROBES = ("js", "label_information", "asked_class_information", "asked_class_accuracy")
_OF_LOSSES = ("generator_loss", "discriminator_loss")


@dataclasses.dataclass(frozen=True)
class Measure:
    """The last value of a quantity and the best.

    Attributes:
        name: Name of the quantity in the records.
        step: Step of the last value.
        value: The last value; None if it was not finite.
        error: Its standard error, or None.
        protocol: What it was measured on.
        reference: What bounds it, or what real samples reach; None without either.
        reference_label: What the reference is.
        ratio: The value relative to the reference; None if that would say nothing.
        best: Step and value of the best of all measurements; None where none is better.
    """

    name: str
    step: int
    value: float | None
    error: float | None
    protocol: str
    reference: float | None = None
    reference_label: str = ""
    ratio: float | None = None
    best: tuple[int, float] | None = None

    @property
    def title(self) -> str:
        """What was measured, for a reader."""
        return title(self.name)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the value; None without a standard error."""
        if self.value is None or self.error is None:
            return None
        return self.value - _Z * self.error, self.value + _Z * self.error


def measures(run: RecordedRun, bounds: Mapping[str, float]) -> list[Measure]:
    """Returns the final numbers of a run, in the order of a page.

    Args:
        run: The run.
        bounds: Upper bounds in nats by the names of quantities.
    """
    found: list[Measure] = []
    for kind, part in (
        ("test", None),
        ("information", "generated"),
        ("sample_quality", "generated"),
    ):
        records = run.of_kind(kind)
        if not records:
            continue
        last = records[-1]
        values = _part(last[kind], part)
        real = _part(last[kind], "real") if part else {}
        protocol = _protocol(run, last, kind)
        for name in _names(kind, values):
            value, error = _number(values.get(name)), _number(values.get(f"{name}_error"))
            floor, floor_error = _number(real.get(name)), _number(real.get(f"{name}_error"))
            series = [
                (record["step"], _number(_part(record[kind], part).get(name))) for record in records
            ]
            measure = Measure(name, last["step"], value, error, protocol, best=_best(name, series))
            if name in bounds:
                ratio = value / bounds[name] if value is not None and bounds[name] > 0 else None
                measure = dataclasses.replace(
                    measure, reference=bounds[name], reference_label=bound_label(name), ratio=ratio
                )
            elif floor is not None:
                ratio = None
                if value is not None and floor > 2 * (
                    floor_error or 0.0
                ):  # As `Measurement.ratio`.
                    ratio = value / floor
                measure = dataclasses.replace(
                    measure, reference=floor, reference_label="real samples", ratio=ratio
                )
            found.append(measure)
    return found


def _names(kind: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name in values:
        if name in _OF_LOSSES or name.endswith("_error") or "gap_nats" in name:
            continue
        if kind != "information" or name in _OF_PROBES:
            yield name


def _best(name: str, series: list[tuple[int, float | None]]) -> tuple[int, float] | None:
    known = [(step, value) for step, value in series if value is not None]
    higher = name in HIGHER or name.startswith(("information_nats", "label_information"))
    if not known or not (higher or name in LOWER):
        return None
    return (max if higher else min)(known, key=lambda pair: pair[1])


def _protocol(run: RecordedRun, record: Mapping[str, Any], kind: str) -> str:
    """Returns on what a record was measured, as text."""
    known = {**((run.summary or {}).get("protocol") or {})} if kind == "test" else {}
    known |= record.get("protocol") or {}
    parts = [f"n = {known['n']}"] if "n" in known else []
    parts += [f"features {known['features']}"] if "features" in known else []
    parts += [f"{known['networks']} weights"] if "networks" in known else []
    source = {"test": "test split", "information": "new classifier"}.get(kind, "test split")
    return ", ".join([source, *parts])


def _part(values: Any, part: str | None) -> dict[str, Any]:
    found = values.get(part, {}) if part else values
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
