"""Pictures of estimates of mutual information: curves over a staircase, and errors by task."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from experiments.suites.jobs import Record
from tfgan_it.files import replacing

_BLUE, _ORANGE, _GREY = "#1e46be", "#f5a03c", "#888888"
_COLUMNS = 5


def draw_staircase(records: Sequence[Record], path: pathlib.Path) -> None:
    """Draws one panel for each loss: its estimates over the steps, the truth, and ln of the batch.

    Args:
        records: Records of one kind of pairs; those of one loss share a panel.
        path: Path of the PNG.
    """
    losses = list(dict.fromkeys(record["job"]["loss"] for record in records))
    rows = -(-len(losses) // _COLUMNS)
    figure = Figure(figsize=(2.9 * _COLUMNS, 2.5 * rows), layout="constrained")
    panels = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, loss in zip(panels, losses, strict=False):
        of_loss = [record for record in records if record["job"]["loss"] == loss]
        for record in of_loss:
            color = _ORANGE if record["job"]["critic"] == "concatenated" else _BLUE
            values = [_number(v) for level in record["levels"] for v in level["curve"]]
            steps = record["job"]["steps"] * len(record["levels"])
            at = (np.arange(len(values)) + 0.5) * steps / len(values)
            axes.plot(at, values, color=color, linewidth=1.2, label=record["job"]["critic"])
        job, bound = of_loss[0]["job"], of_loss[0]["bound"]
        truth = [level["information"] for level in of_loss[0]["levels"]]
        edges = job["steps"] * np.arange(len(truth) + 1)
        axes.stairs(truth, edges, color="black", linewidth=1.0, baseline=None, label="truth")
        axes.axhline(math.log(job["batch_size"]), color=_GREY, linestyle="--", linewidth=0.8)
        axes.set_title(f"{loss} ({bound or 'no'} bound)", fontsize=9)
        axes.set_ylim(0, 1.4 * max(truth))
        axes.grid(alpha=0.3)
        axes.legend(fontsize=6.5, loc="upper left")
        last = of_loss[-1]["levels"][-1]["mean"]
        if not 0 <= _number(last) <= 1.4 * max(truth):  # The curve may be outside the panel.
            note = "ends at infinity" if last is None else f"ends at {last:.3g}"
            axes.text(0.97, 0.05, note, ha="right", fontsize=7, transform=axes.transAxes)
    for axes in panels[len(losses) :]:
        axes.axis("off")
    for axes in panels[::_COLUMNS]:
        axes.set_ylabel("nats")
    for axes in panels[: len(losses)][-_COLUMNS:]:
        axes.set_xlabel("step")
        axes.tick_params(labelbottom=True)
    batch = records[0]["job"]["batch_size"]
    figure.suptitle(
        f"{records[0]['job']['dataset']} pairs; dashed: ln {batch}; each point the mean of "
        f"{records[0]['job']['steps'] // len(records[0]['levels'][0]['curve'])} steps",
        fontsize=10,
    )
    with replacing(path) as partial:
        figure.savefig(partial, dpi=110)


def draw_errors(
    errors: dict[str, dict[str, float | None]], truths: dict[str, float], path: pathlib.Path
) -> None:
    """Draws estimate - truth as a table: a row for each task, a column for each estimator.

    Args:
        errors: Errors by estimator and task, nats; None if the estimator does not apply.
        truths: Mutual information by task, nats.
        path: Path of the PNG.
    """
    estimators, tasks = list(errors), list(truths)
    values = np.array([[_number(errors[e].get(t)) for e in estimators] for t in tasks])
    size = (1.6 + 0.62 * len(estimators), 1.4 + 0.3 * len(tasks))
    figure = Figure(figsize=(max(6.0, size[0] + 1.5), max(3.0, size[1])), layout="constrained")
    axes = figure.subplots()
    shown = axes.imshow(values, cmap="RdBu", vmin=-0.5, vmax=0.5, aspect="auto")
    for row, column in np.ndindex(*values.shape):
        value = values[row, column]
        text = f"{value:+.2f}" if np.isfinite(value) else "-"
        color = "white" if abs(value) > 0.35 else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=7, color=color)
    axes.set_xticks(range(len(estimators)), estimators, rotation=40, ha="right", fontsize=8)
    names = [f"{task}  {truth:.2f}" for task, truth in truths.items()]
    axes.set_yticks(range(len(tasks)), names, fontsize=8)
    figure.colorbar(shown, ax=axes, label="estimate - truth, nats", shrink=0.8, extend="both")
    with replacing(path) as partial:
        figure.savefig(partial, dpi=120)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
