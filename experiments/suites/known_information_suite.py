"""Eighty pairs of known information: the one call, each estimator, and those of other libraries.

Estimators have their default settings. The one call was chosen by the tasks for development; those
to test by are tables of their own.
"""

from __future__ import annotations

import json
import math
import pathlib
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import information_pictures, tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.results import finished
from experiments.suites.selection import selected
from tfgan_it import estimators
from tfgan_it.datasets.information_collection import development_tasks, test_tasks
from tfgan_it.datasets.information_tasks import InformationTask

ONE_CALL = "one call"
SIDES = {"development": development_tasks, "test": test_tasks}
# Of so many pairs, and of neural estimators, one seed is run.
SIZES, N, SLOW = (300, 1000, 3000, 10_000), 3000, 10_000
WITHIN, MOST_MEDIAN, SHARE, COVERAGE = 0.05, 0.02, 0.8, (0.9, 0.98)
CLASSICAL: dict[str, Callable[[], Any]] = {
    "KSG": estimators.KSG,
    "KSG standardised": lambda: estimators.KSG(preprocessing="standardize"),
    "residual KSG": estimators.ResidualKSG,
    "MixtureKSG": estimators.MixtureKSG,
    "CCA of scores": lambda: estimators.CCA("normal_scores"),
    "histogram": estimators.Histogram,
}
# Conditional losses need ln q(y|x): the Gaussian critic.
NEURAL = {
    "info_nce": "separable",
    "nwj": "separable",
    "donsker_varadhan": "separable",
    "smile": "separable",
    "difference_of_entropies": "gaussian",
    "club": "gaussian",
}
# What other libraries estimate, as `experiments/oracles/known_information.py` writes it.
PEERS = pathlib.Path(__file__).parents[1] / "oracles" / "known_information.json"


def work(job: Job) -> Record:
    """Runs one estimator on every task of a side; None where it does not apply."""
    estimates = {}
    for task in SIDES[job["side"]]():
        if task.name in job["tasks"]:
            keras.backend.clear_session()
            estimates[task.name] = estimated(task, job)
    return {"estimates": estimates}


def estimated(task: InformationTask, job: Job) -> dict[str, Any] | None:
    """Returns an estimate with what the one call says of it, and its seconds."""
    x, y = task.sample(job["n"], seed=job["seed"])
    began = time.perf_counter()
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if job["estimator"] == ONE_CALL:
            result = estimators.mutual_information(x, y, seed=job["seed"])
            nats, (low, high) = result.nats, result.interval
            found = {"low": round(low, 5), "high": round(high, 5), "by": result.estimator}
            found["warnings"] = len(result.warnings)
        else:
            value = _of_other(job, x, y)
            if value is None or not math.isfinite(value):
                return None
            nats = value
    seconds = round(time.perf_counter() - began, 2)
    return {"nats": round(nats, 5), **found, "seconds": seconds}


def _of_other(job: Job, x: np.ndarray, y: np.ndarray) -> float | None:
    name = job["estimator"]
    if name == "histogram" and (x.shape[1], y.shape[1]) != (1, 1):
        return None
    if name in CLASSICAL:
        estimator = CLASSICAL[name]()
    else:
        estimator = estimators.NeuralEstimator(
            name, NEURAL[name], seed=job["seed"], **job["settings"]
        )
    try:
        return float(estimator.fit(x, y).estimate())
    except ValueError:  # Of labels, of which it says why it does not take them.
        return None


def jobs(seeds: Sequence[int], quick: bool) -> list[Job]:
    """Returns the jobs: the one call at every size, others at one, neural ones of one seed."""
    found = []
    for side, of_side in SIDES.items():
        names = [task.name for task in of_side()]
        names = names[::6] if quick else names

        def job(
            estimator: str, n: int, seed: int, side: str = side, names: list[str] = names
        ) -> Job:
            settings = {"steps": 50} if quick and estimator in NEURAL else {}
            own = {"estimator": estimator, "dataset": f"{side} {n}", "side": side, "n": n}
            return {**own, "seed": seed, "tasks": names, "settings": settings}

        sizes = SIZES[:1] if quick else SIZES
        found += [
            job(ONE_CALL, n, seed) for n in sizes for seed in (seeds if n < SLOW else seeds[:1])
        ]
        n = sizes[0] if quick else N
        found += [job(name, n, seed) for name in CLASSICAL for seed in seeds]
        found += [job(name, n, seeds[0]) for name in NEURAL]
    # What takes longest comes last.
    return sorted(
        found,
        key=lambda job: (job["n"] > N, job["estimator"] in NEURAL, job["estimator"] in CLASSICAL),
    )


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a picture of each side to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of estimators; by default all.
        seeds: Seeds of the samples.
        quick: Whether to run a test on every sixth task, of 300 pairs.
        workers: Number of parallel jobs, or an `Engine`.

    Returns:
        The tables.

    Raises:
        ValueError: If a name is no estimator.
    """
    chosen = selected(names, (ONE_CALL, *CLASSICAL, *NEURAL), "estimator")
    todo = [job for job in jobs(seeds, quick) if job["estimator"] in chosen]
    records = completed(todo, work, out / "runs.jsonl", workers)
    peers = json.loads(PEERS.read_text())
    records += peers["records"]
    truths = {
        side: {task.name: task.mutual_information for task in of_side()}
        for side, of_side in SIDES.items()
    }
    scores = {side: scores_of(records, side, of_side) for side, of_side in truths.items()}
    summary = {
        "suite": "known_information",
        "protocol": {
            "seeds": list(seeds),
            "one seed": f"of {SLOW} pairs, and of {', '.join(NEURAL)}",
            "settings": "defaults" if not quick else "defaults, but neural ones of 50 steps",
            "sides": "the one call was chosen by the tasks for development alone",
            "interval": "95 %; coverage is the share of tasks and seeds whose truth is inside",
            "quick": quick,
            "versions of other libraries": peers["versions"],
        },
        "targets": {"median": MOST_MEDIAN, "within_0.05": SHARE, "coverage": list(COVERAGE)},
        "truths": truths,
        "scores": scores,
        "runs": records,
    }
    table = finished(out, summary, markdown_tables(scores))
    size = SIZES[0] if quick else N
    for side, of_side in truths.items():
        errors = mean_errors(records, side, size, of_side)
        present = {task: of_side[task] for task in next(iter(errors.values()))}
        information_pictures.draw_errors(errors, present, out / f"{side}.png")
    return table


def scores_of(
    records: Sequence[Record], side: str, truths: dict[str, float]
) -> dict[str, dict[str, Any]]:
    """Returns the errors of each estimator and size on a side: their median, coverage, seconds."""
    found: dict[str, dict[str, Any]] = {}
    groups = dict.fromkeys((r["job"]["estimator"], r["job"]["n"]) for r in records)
    for estimator, n in groups:
        every = [
            (task, estimate)
            for record in records
            if (record["job"]["estimator"], record["job"]["n"]) == (estimator, n)
            and record["job"]["side"] == side
            for task, estimate in record["estimates"].items()
        ]
        present = [(truths[task], estimate) for task, estimate in every if estimate is not None]
        if not present:
            continue
        errors = np.array([abs(estimate["nats"] - truth) for truth, estimate in present])
        scores = {
            "tasks": len({task for task, estimate in every if estimate is not None}),
            "median_absolute_error": round(float(np.median(errors)), 5),
            "within_0.05": round(float(np.mean(errors <= WITHIN)), 4),
            "most_seconds": max(estimate.get("seconds", 0.0) for _, estimate in present),
        }
        if "low" in present[0][1]:
            inside = [e["low"] <= truth <= e["high"] for truth, e in present]
            scores["coverage"] = round(float(np.mean(inside)), 4)
        found[f"{estimator}, n = {n}"] = scores
    return found


def mean_errors(
    records: Sequence[Record], side: str, n: int, truths: dict[str, float]
) -> dict[str, dict[str, float | None]]:
    """Returns the mean error over seeds of each estimator on each task of a side."""
    found: dict[str, dict[str, list[float]]] = {}
    for record in records:
        if (record["job"]["side"], record["job"]["n"]) != (side, n):
            continue
        by_task = found.setdefault(record["job"]["estimator"], {})
        for task, estimate in record["estimates"].items():
            errors = by_task.setdefault(task, [])
            if estimate is not None:
                errors.append(estimate["nats"] - truths[task])
    return {
        estimator: {task: float(np.mean(e)) if e else None for task, e in by_task.items()}
        for estimator, by_task in found.items()
    }


def markdown_tables(scores: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Formats a table for each side, with a row for each estimator and size."""
    header = ["estimator", "tasks", "median absolute error", "within .05", "coverage", "most s"]
    parts = []
    for side, by_estimator in scores.items():
        rows = [
            [
                name,
                f"{score['tasks']}",
                f"{score['median_absolute_error']:.3f}",
                f"{score['within_0.05']:.0%}",
                f"{score['coverage']:.0%}" if "coverage" in score else "",
                f"{score['most_seconds']:.1f}",
            ]
            for name, score in by_estimator.items()
        ]
        parts.append(f"{side}\n\n{tables.markdown(header, rows)}\n")
    return "\n".join(parts)
