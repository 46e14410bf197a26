"""Errors of every information loss on a staircase of Gaussian pairs of known information.

Each loss trains a critic on new samples in each step. What estimators do to a given sample is
measured by the suite `known_information`.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

from experiments.suites import information_pictures, staircase, tables
from experiments.suites.jobs import Workers, completed
from experiments.suites.results import finished


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and two pictures to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Must be None: the suite has no recipes, and compares all losses.
        seeds: Seeds, of which the first is used.
        quick: Whether to run a test with a twentieth of the steps.
        workers: Number of parallel runs.

    Returns:
        The tables.

    Raises:
        ValueError: If names of recipes are given.
    """
    if names:
        raise ValueError(
            f"The suite mutual_information compares losses and has no recipes, got "
            f"--recipes={','.join(names)}: leave it out."
        )
    steps = staircase.STEPS // 20 if quick else staircase.STEPS
    todo = staircase.jobs(seeds[0], steps)
    records = completed(todo, staircase.evaluate_staircase, out / "runs.jsonl", workers)
    summary = {
        "suite": "mutual_information",
        "protocol": {
            "pairs": f"Gaussian, {staircase.DIMENSION} dimensions; cubed: y^3 in place of y",
            "levels_nats": list(staircase.LEVELS),
            "steps_of_a_level": steps,
            "batch_size": staircase.BATCH_SIZE,
            "samples": "fresh at every step",
            "critic": "2 hidden layers of 256, ReLU, Adam 5e-4, one for all levels",
            "numbers": f"of the last {max(1, steps // staircase.LAST)} steps of a level, each "
            "the estimate on one batch before the step on it",
            "seed": seeds[0],
            "concatenated": {name: list(of) for name, of in staircase.CONCATENATED.items()},
            "quick": quick,
        },
        "requirements": staircase.requirements(records),
        "staircase": records,
        "seconds_of_all_runs": round(sum(record["seconds"] for record in records), 1),
    }
    table = finished(out, summary, markdown_tables(summary))
    for dataset in staircase.DATASETS:
        of_dataset = [record for record in records if record["job"]["dataset"] == dataset]
        information_pictures.draw_staircase(of_dataset, out / f"staircase_{dataset}.png")
    return table


def markdown_tables(summary: dict[str, Any]) -> str:
    """Formats the staircase, plain and cubed."""
    parts = []
    for dataset in staircase.DATASETS:
        of_dataset = [r for r in summary["staircase"] if r["job"]["dataset"] == dataset]
        header = ["loss (critic)", "bound"]
        header += [f"I = {level['information']:g}" for level in of_dataset[0]["levels"]]
        rows = [
            [
                record["job"]["estimator"],
                record["bound"] or "none",
                *(_cell(level) for level in record["levels"]),
            ]
            for record in of_dataset
        ]
        parts.append(f"{dataset} pairs, nats: mean (bias, variance, mean squared error)\n")
        parts.append(tables.markdown(header, rows) + "\n")
    return "\n".join(parts)


def _cell(level: dict[str, Any]) -> str:
    values = [level[name] for name in ("mean", "bias", "variance", "mse")]
    mean, *rest = ("not finite" if value is None else f"{value:.3g}" for value in values)
    return f"{mean} ({', '.join(rest)})"
