"""The numbers of a run as curves: which belong together, what they mean, what bounds them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .recorded_run import RecordedRun

_MOST_POINTS = 1000
_KINDS = ("test", "information", "sample_quality")
# Colors by what was measured, and the order of the curves.
_HUES = {"test": 0, "generated": 0, "training": 1, "monitor": 2, "real samples": 3}
_CLUSTERS = ("cluster_accuracy", "purity", "nmi", "ari")
_LOSSES = ("discriminator_loss", "generator_loss")
# The charts of a page, in this order; the rest comes last.
GROUPS = ("Information and divergence", "Losses and labels", "Sample quality")
PROBES, OTHERS = "Measured by networks that are trained for it", "Further quantities"
TITLES = {
    "js_nats": "JS divergence of real and generated samples, at least",
    "information_nats": "L_I of all codes together, at most I(c; x)",
    "information_gap_nats": "H(c) − L_I, of the categorical codes",
    "label_information_nats": "L_I of the label, at most I(y; x)",
    "kl": "KL(real || generated)",
    "reverse_kl": "KL(generated || real)",
    "js": "JS divergence by a new classifier",
    "entropy": "Entropy of the principal components",
    "label_information": "Information of the class in the samples",
    "total_correlation": "Total correlation of the codes, as they are inferred",
    "asked_class_information": "Information of the label that was asked for, at least",
    "frechet_distance": "Fréchet distance",
    "frechet_distance_oas": "Fréchet distance, shrunk covariance",
    "mind": "MIND, sliced Wasserstein distance",
    "nmi": "NMI",
    "ari": "ARI",
    "losses": "Losses of both players",
    "clusters": "Categories against the labels",
}


@dataclasses.dataclass(frozen=True)
class Curve:
    """A quantity over the steps.

    Attributes:
        label: What it was measured on, or whose it is.
        hue: Number of its color, which is the same for what belongs together.
        points: Value by step; None where it was not finite.
        errors: Standard errors by step.
    """

    label: str
    hue: int
    points: dict[int, float | None]
    errors: dict[int, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Chart:
    """Curves of one quantity, or of some that belong together.

    Attributes:
        name: Name of the quantity in the records.
        group: One of `GROUPS`, or `PROBES` or `OTHERS`.
        curves: The curves.
        bounds: What they cannot exceed, or what real samples reach, by its label.
    """

    name: str
    group: str
    curves: list[Curve]
    bounds: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def title(self) -> str:
        """What is drawn, for a reader."""
        return title(self.name)

    @property
    def unit(self) -> str:
        """Unit of the values, or nothing."""
        return "nats" if in_nats(self.name, self.group) else ""


def title(name: str) -> str:
    """Returns what a quantity of the records is, for a reader.

    Example:

    >>> title("information_nats_category"), title("kernel_distance")
    ('L_I of category, at most I(category; x)', 'Kernel distance')
    """
    if name in TITLES:
        return TITLES[name]
    if code := name.partition("information_nats_")[2]:
        return f"L_I of {code}, at most I({code}; x)"
    if code := name.partition("gap_nats_")[2]:
        return f"H({code}) − L_I"
    if code := name.partition("aggregated_entropy_")[2]:
        return f"Entropy of {code}, as it is inferred"
    words = name.removesuffix("_nats").replace("_nats_", " of ").replace("_", " ")
    return words[:1].upper() + words[1:]


def in_nats(name: str, group: str) -> bool:
    """Returns whether a quantity of a group is measured in nats."""
    of_probes = group == PROBES and "accuracy" not in name and "calibration" not in name
    return of_probes or "nats" in name.split("_")


def charts(run: RecordedRun, bounds: Mapping[str, float], *, join: bool = True) -> list[Chart]:
    """Returns the charts of all numbers that a run recorded, in the order of a page.

    Args:
        run: The run.
        bounds: Upper bounds in nats by the names of quantities.
        join: Whether one chart has the losses of both players, and one all scores of categories.
    """
    curves: dict[tuple[str, str], dict[int, float | None]] = {}
    groups: dict[str, str] = {}
    for record in run.records:
        for name, label, group, value in _values(record):
            curves.setdefault((name, label), {})[record["step"]] = value
            groups.setdefault(name, group)
    found: dict[str, Chart] = {}
    for (name, label), points in curves.items():
        if name.endswith("_error") and (name.removesuffix("_error"), label) in curves:
            continue
        errors = curves.get((f"{name}_error", label), {})
        known = {step: error for step, error in errors.items() if error is not None}
        joined = "losses" if name in _LOSSES else "clusters" if name in _CLUSTERS else name
        joined = joined if join else name
        hue = _HUES.get(label, 0)
        if joined != name:
            hue = (_LOSSES if joined == "losses" else _CLUSTERS).index(name)
            label = f"{title(name)}, {label}"
        chart = found.setdefault(joined, Chart(joined, groups[name], []))
        if label == "real samples" and chart.group == GROUPS[2]:  # It is the same at every step.
            known_values = [value for value in points.values() if value is not None]
            chart.bounds.update(dict.fromkeys([label], known_values[-1]) if known_values else {})
        else:
            chart.curves.append(Curve(label, hue, _thinned(points), known))
        if name in bounds:
            chart.bounds[bound_label(name)] = bounds[name]
    for chart in found.values():
        chart.curves.sort(key=lambda curve: (curve.hue, curve.label))
    return _in_order(found.values())


def overlaid(runs: Mapping[str, list[Chart]]) -> list[Chart]:
    """Returns the charts of some runs with a curve for each run.

    A quantity that was measured on several things is that of the test split, or of generated
    samples, where one of the runs measured it at least twice; otherwise that of the training.

    Args:
        runs: Charts that are not joined, by the label of the run.
    """
    order = {label: number for number, label in enumerate(_HUES)}
    found: dict[str, Chart] = {}
    for name in dict.fromkeys(chart.name for each in runs.values() for chart in each):
        alike = {run: c for run, each in runs.items() for c in each if c.name == name}
        lengths = {
            label: max(
                len(c.points) for chart in alike.values() for c in chart.curves if c.label == label
            )
            for label in {curve.label for chart in alike.values() for curve in chart.curves}
        }
        labels = sorted(
            lengths, key=lambda label: (lengths[label] < 2, order.get(label, len(order)))
        )
        overlay = Chart(name, next(iter(alike.values())).group, [])
        for hue, run in enumerate(runs):
            curves = {curve.label: curve for curve in alike[run].curves} if run in alike else {}
            if label := next((label for label in labels if label in curves), None):
                overlay.curves.append(dataclasses.replace(curves[label], label=run, hue=hue))
                overlay.bounds.update(alike[run].bounds)
        found[name] = overlay
    return _in_order(found.values())


def bound_label(name: str) -> str:
    """Returns what bounds a quantity, as a formula."""
    if name in ("js", "js_nats"):
        return "ln 2"
    code = name.partition("information_nats_")[2]
    return "H(y)" if "label" in name or "class" in name else f"H({code or 'c'})"


def _values(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str, float | None]]:
    """Yields name, label, group and value of each number of a record."""
    if "warning" in record:
        return
    if not any(kind in record for kind in _KINDS):
        for name, value in record.items():
            if name not in ("step", "images_per_second") and _is_number(value):
                yield name, "training", _group(name), _finite(value)
        return
    for kind in _KINDS:
        content = record.get(kind)
        for name, value in content.items() if isinstance(content, Mapping) else ():
            if isinstance(value, Mapping):
                label = "real samples" if name == "real" else str(name)
                for inner, number in value.items():
                    if _is_number(number):
                        group = GROUPS[2] if kind == "sample_quality" else PROBES
                        yield inner, label, group, _finite(number)
            elif _is_number(value):
                label = "test" if kind == "test" else "monitor"
                yield name, label, _group(name), _finite(value)


def _group(name: str) -> str:
    if name in (*_LOSSES, *_CLUSTERS):
        return GROUPS[1]
    return GROUPS[0] if "information" in name or name == "js_nats" else OTHERS


def _in_order(found: Iterable[Chart]) -> list[Chart]:
    order = [*GROUPS, PROBES, OTHERS]
    return sorted(found, key=lambda chart: (order.index(chart.group), _rank(chart.name)))


def _rank(name: str) -> tuple[int, str]:
    first = ("js_nats", "label_information_nats", "information_nats")
    if name in first:
        return first.index(name), name
    return (3 if name.startswith("information_nats_") else 4), name


def _thinned(points: dict[int, float | None]) -> dict[int, float | None]:
    """Keeps every k-th of many points, and the last."""
    steps = list(points)
    every = -(-len(steps) // _MOST_POINTS)
    kept = steps[::-every][::-1] if every > 1 else steps
    return {step: points[step] for step in kept}


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
