"""Curves of what the runs of a record measured while they trained, as SVG."""

from __future__ import annotations

import io
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from website.records import Record

# Label, steps, values, and what real samples reach.
Line = tuple[str, list[int], list[float], float | None]

# By suite: where a run keeps its measurements, and which of them a curve shows.
_SHOWN = {
    "measured": {"reverse_kl": "reverse KL, nats", "cluster_accuracy": "cluster accuracy"},
    "history": {"information_nats_category": "L_I of the category, nats"},
}


def curves_of(record: Record, system: str) -> tuple[str, list[Line]]:
    """Returns what the curves of a system show, and a line for each run that recorded it."""
    lines: list[Line] = []
    name = ""
    for run in record.runs:
        job = run["job"]
        if job.get("system", job.get("recipe")) not in (system, f"small_{system}"):
            continue
        for place, shown in _SHOWN.items():
            points = run.get(place) or []
            for quantity, title in shown.items():
                found = [p for p in points if isinstance(p.get(quantity), (int, float))]
                if len(found) > 1:
                    label = f"{job.get('dataset', '')}, seed {job.get('seed', 0)}"
                    steps = [p["step"] for p in found]
                    values = [p[quantity] for p in found]
                    lines.append((label, steps, values, found[0].get("floor")))
                    name = title
    return name, lines


def svg(name: str, lines: list[Line]) -> bytes:
    """Draws the lines of `curves_of`; the dashed lines are what real samples reach."""
    colors = {label.partition(",")[0]: f"C{i}" for i, label in enumerate(_sets(lines))}
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes: Any = figure.subplots()
    seen: set[str] = set()
    for label, steps, values, floor in lines:
        data = label.partition(",")[0]
        axes.plot(steps, values, color=colors[data], label=None if data in seen else data)
        if floor is not None and data not in seen:
            axes.axhline(floor, color=colors[data], linestyle="--", linewidth=1)
        seen.add(data)
    axes.set(xlabel="step", ylabel=name)
    if "KL" in name:
        axes.set_yscale("log")
    if any(seen):
        axes.legend(frameon=False)
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "tfgan_it"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _sets(lines: list[Line]) -> list[str]:
    return sorted({label.partition(",")[0] for label, *_ in lines})
