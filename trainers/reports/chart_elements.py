"""Charts and information planes as places of a page, and what its program draws in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plane import plane_points, plane_quantity
from .curves import OTHERS, PROBES, Chart, bound_label, title
from .elements import Element, element, number, section
from .recorded_run import RecordedRun

_FOLDED = (PROBES, OTHERS)
_DASHED = ("training", "real samples")  # Beside what is measured on test or generated samples.


def chart_data(charts: Sequence[Chart]) -> list[dict[str, Any]]:
    """Returns what the program of a page draws of each chart."""
    return [
        {
            "title": chart.title,
            "unit": chart.unit,
            "curves": [
                {
                    "label": curve.label,
                    "hue": curve.hue,
                    "dashed": curve.label.rpartition(", ")[2] in _DASHED,
                    "steps": list(curve.points),
                    "values": list(curve.points.values()),
                    "errors": [curve.errors.get(step) for step in curve.points]
                    if curve.errors
                    else None,
                }
                for curve in chart.curves
            ],
            "bounds": [{"label": label, "value": value} for label, value in chart.bounds.items()],
        }
        for chart in charts
    ]


def chart_sections(charts: Sequence[Chart]) -> list[Element]:
    """Returns a place for each chart, below the headings of their groups; some are folded."""
    groups: dict[str, list[Element]] = {}
    for index, chart in enumerate(charts):
        groups.setdefault(chart.group, []).append(_place(chart, index))
    made = []
    for group, places in groups.items():
        box = element("div", *places, class_="charts")
        if group in _FOLDED and len(groups) > 1:
            summary = element("summary", element("h3", f"{group} ({len(places)})"))
            made.append(element("details", summary, box))
        else:
            made += [element("h3", group), box]
    return made


def _place(chart: Chart, index: int) -> Element:
    unit = f" ({chart.unit})" if chart.unit else ""
    heading = element("h4", f"{chart.title}{unit}", id=f"chart-title-{index}")
    plot = element("div", class_="plot", data_chart=index, tabindex="0", role="group")
    plot.set("aria-labelledby", f"chart-title-{index}")
    plot.set("aria-describedby", f"chart-text-{index}")
    text = element("figcaption", _in_words(chart), id=f"chart-text-{index}")
    return element("figure", heading, plot, text, class_="chart")


def _in_words(chart: Chart) -> str:
    """Returns the last values and the bounds, for those who do not see the curves."""
    parts = []
    for curve in chart.curves:
        known = [(step, value) for step, value in curve.points.items() if value is not None]
        if known:
            step, value = known[-1]
            parts.append(f"{curve.label} {number(value)} at step {step}")
    parts += [f"{label} = {number(value)}" for label, value in chart.bounds.items()]
    return "; ".join(parts)


def plane_data(
    runs: Mapping[str, RecordedRun], bounds: Mapping[str, Mapping[str, float]]
) -> dict[str, Any] | None:
    """Returns the information plane of some runs: information against JS, at each test.

    Args:
        runs: Runs by their labels.
        bounds: The upper bounds of each, by the same labels.

    Returns:
        Its curves and bounds; None if no run has information that its test measured.
    """
    tests = {label: run.of_kind("test") for label, run in runs.items()}
    names = (plane_quantity(tests[label], bounds[label]) for label in runs)
    name = next(filter(None, names), None)
    if name is None:
        return None
    curves = []
    for label in runs:
        if points := plane_points(tests[label], name):
            steps, divergence, information = map(list, zip(*points, strict=True))
            curves.append({"label": label, "steps": steps, "x": divergence, "y": information})
    if not curves:
        return None
    height = next((known[name] for known in bounds.values() if name in known), None)
    return {
        "title": title(name),
        "curves": curves,
        "right": bounds[next(iter(runs))].get("js_nats"),
        "top": height,
        "topLabel": bound_label(name),
    }


def plane_section(plane: Mapping[str, Any]) -> Element:
    """Returns the section of an information plane."""
    heading = element("h3", f"{plane['title']}, against JS (nats)", id="plane-title")
    plot = element("div", class_="plot", data_plane="0", tabindex="0", role="group")
    plot.set("aria-labelledby", "plane-title")
    plot.set("aria-describedby", "plane-text")
    parts = []
    for curve in plane["curves"]:
        last = f"{number(curve['y'][-1])} at a JS divergence of {number(curve['x'][-1])}"
        name = f"{curve['label']}: " if len(plane["curves"]) > 1 else ""
        parts.append(f"{name}{last} at step {curve['steps'][-1]}")
    if plane["top"] is not None:
        parts.append(f"{plane['topLabel']} = {number(plane['top'])}")
    text = element("figcaption", "; ".join(parts), id="plane-text")
    figure = element("figure", heading, plot, text, class_="chart")
    return section("plane", "Information plane", element("div", figure, class_="charts"))
