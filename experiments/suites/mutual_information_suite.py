"""Errors of every estimator of a mutual information on pairs with known information.

There are two parts: the staircase of Gaussian pairs, where each loss trains a critic on new samples
in each step, and non-Gaussian tasks, where each estimator gets 3,000 pairs.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

from experiments.suites import information_pictures, known_information, staircase, tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.results import finished


def work(job: Job) -> Record:
    """Runs a job of either part."""
    return (known_information.estimate_all if "tasks" in job else staircase.evaluate_staircase)(job)


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and three pictures to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Must be None: the suite has no recipes, and compares all estimators.
        seeds: Seeds of the tasks; the staircase uses the first.
        quick: Whether to run a test with a twentieth of the steps, one task in three, and at most
            100 steps of a neural estimator.
        workers: Number of parallel runs.

    Returns:
        The tables.

    Raises:
        ValueError: If names of recipes are given.
    """
    if names:
        raise ValueError(
            f"The suite mutual_information compares estimators and has no recipes, got "
            f"--recipes={','.join(names)}: leave it out."
        )
    steps = staircase.STEPS // 20 if quick else staircase.STEPS
    todo = staircase.jobs(seeds[0], steps) + known_information.jobs(seeds, quick)
    records = completed(todo, work, out / "runs.jsonl", workers)
    climbed = [record for record in records if "levels" in record]
    estimated = [record for record in records if "estimates" in record]
    known = known_information.summary(estimated)
    summary = {
        "suite": "mutual_information",
        "protocol": {
            "staircase": {
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
            },
            "known_information": {
                "n": known_information.N,
                "seeds": list(seeds),
                "settings": "defaults" if not quick else "defaults but for 100 steps",
                "split": "neural: 60 % to train, 20 % to stop, 20 % for the estimate; others: all",
                "chosen_on": "no task; the neural defaults on correlated Gaussians",
            },
            "quick": quick,
        },
        "requirements": {
            **staircase.requirements(climbed),
            "best_on_tasks": known["best"],
            "best_on_tasks_within_0.06": known["reached"],
        },
        "known_information": known,
        "staircase": climbed,
        "seconds_of_all_runs": round(sum(record["seconds"] for record in records), 1),
        "runs_of_tasks": estimated,
    }
    table = finished(out, summary, markdown_tables(summary))
    for dataset in staircase.DATASETS:
        of_dataset = [record for record in climbed if record["job"]["dataset"] == dataset]
        information_pictures.draw_staircase(of_dataset, out / f"staircase_{dataset}.png")
    errors = {name: known_information.mean_errors(each) for name, each in known["errors"].items()}
    information_pictures.draw_errors(errors, known["truths"], out / "known_information.png")
    return table


def markdown_tables(summary: dict[str, Any]) -> str:
    """Formats the staircase, plain and cubed, and the errors on the tasks."""
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
    known = summary["known_information"]
    parts.append("estimate - truth, nats, mean ± deviation over seeds\n")
    rows = [
        [
            task,
            f"{truth:.3f}",
            *(_errors(by_task[task]) for by_task in known["errors"].values()),
        ]
        for task, truth in known["truths"].items()
    ]
    medians = [found["median_absolute_error"] for found in known["median"].values()]
    rows.append(
        ["*median absolute error*", "", *("-" if m is None else f"{m:.3f}" for m in medians)]
    )
    parts.append(tables.markdown(["task", "truth", *known["errors"]], rows))
    return "\n".join(parts)


def _cell(level: dict[str, Any]) -> str:
    values = [level[name] for name in ("mean", "bias", "variance", "mse")]
    mean, *rest = ("not finite" if value is None else f"{value:.3g}" for value in values)
    return f"{mean} ({', '.join(rest)})"


def _errors(errors: list[float | None]) -> str:
    present = [error for error in errors if error is not None]
    return tables.mean_and_deviation(present, 3) if present else "-"
