"""Information of known size between images: encoders, and bounds by a critic.

After Lee and Rhee, 2024, "A Benchmark Suite for Evaluating Neural Mutual Information Estimators on
Unstructured Datasets". Ten bits, each a picture of one of two classes, and their partners through a
symmetric channel, in squares of 64x64 pixels. Networks train on ever new pairs of training
pictures; the information is that of pairs of test pictures, which no network has seen. Beside the
information of the bits stands what remains of it where classifiers, which are told the classes and
the places, misread some pictures: a background that is as bright as they are hides them.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from experiments.suites import pixels_data, tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.results import finished
from experiments.suites.selection import selected_pairs
from tfgan_it.datasets.image_information import flip_of, information_of
from tfgan_it.datasets.information_tasks import InformationTask
from tfgan_it.estimators import EncodedInformation
from tfgan_it.estimators.array_training import as_samples, float32_layers, small_network
from tfgan_it.estimators.critic_training import CriticTraining
from tfgan_it.files import replacing
from tfgan_it.layers.pair_critics import SeparableCritic
from tfgan_it.losses import information_bound

LEVELS = (1.4, 2.8, 4.2, 5.5, 6.9)
ENCODERS = "encoders"
TOLD = "told classes"
BOUNDS = ("info_nce", "smile")
_LINES = {ENCODERS: "-", TOLD: ":", "info_nce": "--", "smile": "-."}
SETTINGS = {"steps": 1500, "batch_size": 128, "pairs": 10_000, "repetitions": 3}
QUICK_SETTINGS = {"steps": 20, "batch_size": 32, "pairs": 200, "repetitions": 2}


def run_job(job: Job) -> Record:
    """Estimates the information of one task at one level, once or more often."""
    place = job["task"], job["nats"], job["files_dir"]
    training, test = (pixels_data.task(*place, test=test) for test in (False, True))
    began, processor = time.perf_counter(), time.process_time()
    if job["estimator"] == TOLD:
        found = _told(job)
    else:
        found = (_encoded if job["estimator"] == ENCODERS else _bounded)(job, training, test)
    return {
        "truth": test.mutual_information,
        **found,
        "processor_seconds": round(time.process_time() - processor, 1),
        "estimation_seconds": round(time.perf_counter() - began, 1),
    }


def _encoded(job: Job, training: InformationTask, test: InformationTask) -> Record:
    """One training; the estimates of several draws of test pairs."""
    estimator = EncodedInformation(
        steps=job["steps"], batch_size=job["batch_size"], seed=job["seed"]
    )
    estimator.fit(*test.sample(job["pairs"], seed=1000 + job["seed"]), new_pairs=training.sample)
    results = [estimator.result_]
    for draw in range(1, job["repetitions"]):
        results.append(estimator.of(*test.sample(job["pairs"], seed=2000 * draw + job["seed"])))
    return {
        "estimates": [result.nats for result in results],
        "intervals": [list(result.interval) for result in results],
        "how": results[0].estimator,
        "correlations": estimator.correlations_.round(4).tolist()[: 2 * pixels_data.SOURCES],
        "bound_of_training": float(estimator.history_[-50:].mean()),
    }


def _told(job: Job) -> Record:
    """What is left of the bits if classifiers that are told classes and places read them."""
    shares = [
        pixels_data.misread(
            job["task"], job["files_dir"], side=side, steps=2 * job["steps"], seed=job["seed"]
        )
        for side in (0, 1)
    ]
    flip = flip_of(job["nats"], pixels_data.SOURCES)
    for share in shares:
        flip = flip * (1 - share) + (1 - flip) * share
    return {"estimates": [information_of(flip, pixels_data.SOURCES)], "misread": shares}


def _bounded(job: Job, training: InformationTask, test: InformationTask) -> Record:
    """The same encoders and batches, and a bound of each batch of test pairs, as published."""
    loss = information_bound.get(job["estimator"])
    shape = training.sample(2, seed=0)

    def critic() -> SeparableCritic:
        with float32_layers():
            x, y = (small_network(part.shape[1:], 256) for part in shape)
            same = shape[0].shape == shape[1].shape
            return SeparableCritic((256,), 32, x_network=x, y_network=x if same else y)

    trained = CriticTraining(loss, critic, None, 1e-3, job["seed"])
    random, size = np.random.default_rng(job["seed"]), job["batch_size"]
    for start in range(0, job["steps"], 20):
        count = min(20, job["steps"] - start)
        pairs = training.sample(count * size, seed=int(random.integers(2**31)))
        batches = [as_samples(z).reshape(count, size, *z.shape[1:]) for z in pairs]
        trained.run(*batches)
    held_out = test.sample(job["pairs"], seed=1000 + job["seed"])
    x, y = (as_samples(z) for z in held_out)
    starts = range(0, job["pairs"] - size + 1, size)
    return {"estimates": [trained.estimate(x[i : i + size], y[i : i + size]) for i in starts]}


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and `errors.png` to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of tasks or of estimators, or `TASK/ESTIMATOR`. If None, encoders and
            classifiers on all tasks, and bounds on the first.
        seeds: Seeds, of which the bounds have the first.
        quick: Whether to run a test of few steps at one level.
        workers: Number of parallel runs, or an `Engine`.
        files_dir: Folder of raw files of TensorFlow Datasets.

    Returns:
        The table.

    Raises:
        ValueError: If a name is unknown.
    """
    chosen = selected(names)
    settings = QUICK_SETTINGS if quick else SETTINGS
    todo = [
        {
            "task": task,
            "estimator": estimator,
            "nats": nats,
            "seed": seed,
            "files_dir": files_dir,
            **settings,
        }
        for task, estimator in chosen
        for nats in (LEVELS[1:2] if quick else LEVELS)
        for seed in (seeds if estimator == ENCODERS else seeds[:1])
    ]
    records = completed(todo, run_job, out / "runs.jsonl", workers)
    summary: dict[str, Any] = {
        "suite": "pixels",
        "protocol": {
            **settings,
            "sources": pixels_data.SOURCES,
            "pixels": f"squares of {4 * pixels_data.SIDE}, pictures of {pixels_data.SIDE}, classes "
            "0 and 1",
            "split": "trained on ever new pairs of training pictures; pairs of test pictures",
            "estimates": "encoders: of as many draws of the pairs as repetitions; bounds: of each "
            "batch of the pairs; told classes: of what classifiers of single pictures misread",
            "seeds": list(seeds),
        },
        "systems": summary_of(records),
        "runs": records,
    }
    table = finished(out, summary, markdown_table(summary))
    errors_picture(summary["systems"], out / "errors.png")
    return table


def selected(names: Sequence[str] | None) -> list[tuple[str, str]]:
    """Returns the pairs (task, estimator) of these names.

    Example:

    >>> selected(["image_sound/encoders"])
    [('image_sound', 'encoders')]
    >>> len(selected(None))
    14
    """
    every = [(task, name) for task in pixels_data.TASKS for name in (ENCODERS, TOLD, *BOUNDS)]
    if not names:
        first = next(iter(pixels_data.TASKS))
        return [(task, name) for task, name in every if name in (ENCODERS, TOLD) or task == first]
    return selected_pairs(names, every, "task or estimator")


def summary_of(records: Sequence[Record]) -> dict[str, dict[str, dict[str, float]]]:
    """Returns mean, mean absolute error, deviation and coverage by system and level."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for record in records:
        job = record["job"]
        name = f"{job['task']}/{job['estimator']}"
        level = found.setdefault(name, {}).setdefault(f"{job['nats']}", {})
        level.setdefault("values", []).extend(record["estimates"])  # type: ignore[attr-defined, arg-type]
        level.setdefault("covered", []).extend(  # type: ignore[attr-defined, arg-type]
            low <= record["truth"] <= high for low, high in record.get("intervals", [])
        )
        level["truth"] = record["truth"]
    return {
        name: {level: _of_level(values) for level, values in levels.items()}
        for name, levels in found.items()
    }


def _of_level(level: dict[str, Any]) -> dict[str, float]:
    values = np.array(level["values"])
    scores = {
        "truth": level["truth"],
        "mean": float(values.mean()),
        "absolute_error": float(np.abs(values - level["truth"]).mean()),
        "deviation": float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        "n": len(values),
    }
    if level["covered"]:
        scores["coverage"] = float(np.mean(level["covered"]))
    return scores


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats one row for each system: mean ± deviation at each level, and the mean error."""
    levels = list(dict.fromkeys(level for by in summary["systems"].values() for level in by))
    header = ["pictures", "estimator", *(f"{level} nats" for level in levels), "mean error"]
    rows = []
    for name, by_level in summary["systems"].items():
        cells = [
            f"{by_level[level]['mean']:.2f} ± {by_level[level]['deviation']:.2f}"
            if level in by_level
            else ""
            for level in levels
        ]
        error = np.mean([scores["absolute_error"] for scores in by_level.values()])
        rows.append([*name.split("/"), *cells, f"{error:.3f}"])
    return tables.markdown(header, rows)


def errors_picture(systems: dict[str, Any], path: pathlib.Path) -> None:
    """Draws mean and deviation of each system over the truth; a PNG file."""
    figure = Figure(figsize=(6.4, 4.8), dpi=120)
    axes = figure.add_subplot()
    for name, by_level in systems.items():
        truth, mean, deviation = (
            [scores[key] for scores in by_level.values()] for key in ("truth", "mean", "deviation")
        )
        task, estimator = name.split("/")
        axes.errorbar(
            truth,
            mean,
            deviation,
            color=f"C{list(pixels_data.TASKS).index(task)}",
            linestyle=_LINES[estimator],
            marker="o",
            markersize=4,
            capsize=3,
            label=name.replace("_", " ").replace("/", ", "),
        )
    ends = [0, 7.2]
    axes.plot(ends, ends, color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel("information, nats")
    axes.set_ylabel("estimate, nats")
    axes.set_ylim(0, 8)
    axes.legend(fontsize=8)
    figure.tight_layout()
    with replacing(path) as partial:
        figure.savefig(partial, format="png")
