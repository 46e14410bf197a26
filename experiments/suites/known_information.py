"""Estimators with their default settings on pairs with known information.

After Czyz et al., 2023, "Beyond Normal: On the Evaluation of Mutual Information Estimators". No
default was tuned on the tasks: those of the neural estimator were tuned on correlated Gaussians.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras

from experiments.suites.jobs import Job, Record
from tfgan_it.datasets.information_tasks import InformationTask, tasks
from tfgan_it.estimators.discrete import Histogram
from tfgan_it.estimators.gaussian import CCA
from tfgan_it.estimators.ksg import KSG
from tfgan_it.estimators.neural import NeuralEstimator
from tfgan_it.estimators.residual_ksg import ResidualKSG

N = 3000
DATASET = "known_information"
CLASSICAL: dict[str, Callable[[], Any]] = {
    "KSG-1": lambda: KSG(variant=1, preprocessing="standardize"),
    "KSG-2": lambda: KSG(variant=2, preprocessing="standardize"),
    "residual KSG": ResidualKSG,
    "CCA": CCA,
    "histogram": Histogram,
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
ONE_DIMENSION = ("histogram",)


def estimate_all(job: Job) -> Record:
    """Runs one estimator on every task of a job; None if it does not apply or is not finite."""
    estimates, seconds = {}, {}
    for task in tasks():
        if task.name not in job["tasks"]:
            continue
        keras.backend.clear_session()
        began = time.perf_counter()
        estimates[task.name] = _estimate(job, task)
        seconds[task.name] = round(time.perf_counter() - began, 2)
    return {"estimates": estimates, "seconds_of_each": seconds}


def _estimate(job: Job, task: InformationTask) -> float | None:
    x, y = task.sample(job["n"], seed=job["seed"])
    name = job["estimator"]
    if name in ONE_DIMENSION and (x.shape[1], y.shape[1]) != (1, 1):
        return None
    if name in CLASSICAL:
        estimator = CLASSICAL[name]()
    else:
        estimator = NeuralEstimator(name, NEURAL[name], seed=job["seed"], **job["settings"])
    value = float(estimator.fit(x, y).estimate())
    return round(value, 5) if math.isfinite(value) else None


def jobs(seeds: Sequence[int], quick: bool) -> list[Job]:
    """Returns jobs of all estimators and seeds; if quick, on every third task for 100 steps."""
    names = [task.name for task in tasks()]
    return [
        {
            "estimator": name,
            "dataset": DATASET,
            "seed": seed,
            "n": N,
            "tasks": names[::3] if quick else names,
            "settings": {"steps": 100} if quick and name in NEURAL else {},
        }
        for name in [*NEURAL, *CLASSICAL]
        for seed in seeds
    ]


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """Computes the errors of each estimator, and the best estimator.

    Returns:
        `truths` by task; `errors`, estimate - truth of each seed by estimator and task; `median`,
        the median absolute error of each estimator over tasks and seeds, with its number of tasks;
        `best`, the best of the estimators that apply to all tasks; `target`, .06 nats, and whether
        it is `reached`.
    """
    truths = {task.name: task.mutual_information for task in tasks()}
    truths = {name: truths[name] for name in records[0]["job"]["tasks"]}
    errors: dict[str, dict[str, list[float | None]]] = {}
    for record in records:
        by_task = errors.setdefault(record["job"]["estimator"], {})
        for name, truth in truths.items():
            value = record["estimates"][name]
            error = None if value is None else round(value - truth, 5)
            by_task.setdefault(name, []).append(error)
    median: dict[str, dict[str, Any]] = {}
    for name, by_task in errors.items():
        of_tasks = {task: [e for e in each if e is not None] for task, each in by_task.items()}
        every = [abs(error) for each in of_tasks.values() for error in each]
        median[name] = {
            "median_absolute_error": statistics.median(every) if every else None,
            "tasks": sum(bool(each) for each in of_tasks.values()),
        }
    complete = [name for name, scores in median.items() if scores["tasks"] == len(truths)]
    best = min(complete, key=lambda name: median[name]["median_absolute_error"])
    return {
        "truths": truths,
        "errors": errors,
        "median": median,
        "best": best,
        "target": 0.06,
        "reached": median[best]["median_absolute_error"] <= 0.06,
    }


def mean_errors(errors: dict[str, list[float | None]]) -> dict[str, float | None]:
    """Returns the mean over seeds for each task, or None without estimates."""
    present = {task: [e for e in each if e is not None] for task, each in errors.items()}
    return {task: statistics.fmean(f) if f else None for task, f in present.items()}
