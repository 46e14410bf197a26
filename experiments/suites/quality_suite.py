"""Quality of the samples of every image recipe, at one budget, by all measures.

Each run trains for the steps that its recipe takes in about ten processor minutes. Half of the test
images choose the best checkpoint, by the Fréchet distance of 2,000 samples; the other half measure
that and the last one. Recipes that show little with their published defaults have a variant beside
them, which says what held them back. The recipes that are best on the first data set are run again,
on the second and with the other seeds.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.suites import quality_jobs, quality_runs, tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.quality_pictures import rank_correlations, ranks_picture
from experiments.suites.results import features_file, finished
from tfgan_it import recipes

_ZERO = 1e-12


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
    precision: str = quality_jobs.PRECISION,
) -> str:
    """Runs the suite; writes `results.json`, `table.md`, `ranks.png` and grids to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of recipes and of variants. If None, all of images.
        seeds: Seeds; the first is that of all recipes, the others those of the best.
        quick: Whether to run a test with a hundredth of the steps, on the digits.
        workers: Number of parallel runs, or an `Engine`.
        files_dir: Folder of raw files of TensorFlow Datasets.
        precision: Keras dtype policy of the trained models.

    Returns:
        The table.

    Raises:
        ValueError: If a recipe has no images to measure.
    """
    for name in names or ():
        if name in quality_jobs.LEFT_OUT:
            raise ValueError(f"{name} has no samples to measure: {quality_jobs.LEFT_OUT[name]}.")
    names = [
        name if name in quality_jobs.VARIANTS else recipes.get(name).__name__
        for name in names or [*recipes.RECIPES, *quality_jobs.VARIANTS]
        if name not in quality_jobs.LEFT_OUT
    ]
    used = quality_jobs.QUICK_DATASETS if quick else quality_jobs.DATASETS
    first, real, work = used[0], quality_runs.REAL, quality_runs.run_job
    steps = quality_jobs.FEATURE_STEPS // (quality_jobs.QUICK_LESS if quick else 1)
    features = {
        name: features_file(out, name, lambda each: quality_runs.loaded(each, files_dir), steps)
        for name in used
    }

    def of(name: str, dataset: str, seed: int) -> Job:
        job = quality_jobs.job(name, dataset, seed, quick, out, files_dir, features[dataset])
        return {**job, "precision": precision}

    todo = [of(real, first, seeds[0]), *(of(name, first, seeds[0]) for name in names)]
    records = completed(todo, work, out / "runs.jsonl", workers)
    values = best_values(records, first, seeds[0])
    best = ranked(values, "frechet_distance")[: quality_jobs.BEST]
    more = []
    for seed in seeds:
        for dataset in used[1:]:
            more += [
                of(name, dataset, seed) for name in ([real] if seed == seeds[0] else []) + best
            ]
        more += [of(name, first, seed) for name in best if seed != seeds[0]]
    records += completed(more, work, out / "runs.jsonl", workers)
    summary = {
        "suite": "quality",
        "protocol": {
            **(quality_jobs.QUICK_SETTINGS if quick else quality_jobs.SETTINGS),
            "precision": precision,
            "split": "trained on the training split; every second test image chooses the best "
            "checkpoint, the others measure",
            "chosen_by": f"least {quality_runs.SELECTED_BY} of {quality_runs.WATCHED} samples at "
            "one of so many measurements",
            "networks": "averaged where the recipe has averages",
            "real images": "floors: training images in the place of the samples; memorisation, "
            "classes and divergences: the test images that choose",
            "classifier": "metrics.normalized_network, seed 0, trained on the training split",
            "features": {name: quality_jobs.features_name(path) for name, path in features.items()},
            "left_out": quality_jobs.LEFT_OUT,
            "variants": quality_jobs.VARIANTS,
            "seeds": list(seeds),
        },
        "systems": {name: systems_of(records, name, used) for name in [real, *names]},
        "ranks": {},
        "runs": records,
    }
    if len(values) > 1:
        summary["ranks"] = rank_correlations(values)
        ranks_picture(values, out / "ranks.png")
    return finished(out, summary, markdown_table(summary))


def best_values(records: Sequence[Record], dataset: str, seed: int) -> dict[str, dict[str, float]]:
    """Returns the measures of each recipe's best checkpoint, by name, of one data set and seed.

    Variants of recipes are left out.
    """
    return {
        job["recipe"]: {name: score["value"] for name, score in record["best"]["measures"].items()}
        for record in records
        for job in [record["job"]]
        if "best" in record
        and (job["dataset"], job["seed"]) == (dataset, seed)
        and "variant" not in job
    }


def ranked(values: Mapping[str, Mapping[str, float]], measure: str) -> list[str]:
    """Returns the systems from the least value of a measure to the largest.

    Example:

    >>> ranked({"a": {"mind": 2.0}, "b": {"mind": 1.0}}, "mind")
    ['b', 'a']
    """
    return sorted(values, key=lambda name: values[name][measure])


def systems_of(records: Sequence[Record], name: str, used: Sequence[str]) -> dict[str, Any]:
    """Returns each measure of a system by data set and checkpoint: values, errors, floors."""
    by_dataset: dict[str, Any] = {}
    for dataset in used:
        found = [
            record
            for record in records
            for job in [record["job"]]
            if (job.get("variant", job["recipe"]), job["dataset"]) == (name, dataset)
        ]
        for checkpoint in ("real", "last", "best"):
            measured = [record[checkpoint] for record in found if checkpoint in record]
            if measured:
                by_dataset.setdefault(dataset, {})[checkpoint] = _of_seeds(measured)
    return by_dataset


def _of_seeds(measured: Sequence[dict[str, Any]]) -> dict[str, Any]:
    scores: dict[str, Any] = {
        name: {
            part: [each["measures"][name][part] for each in measured]
            for part in ("value", "standard_error", "floor")
        }
        for name in measured[0]["measures"]
    }
    if "information_nats" in measured[0].get("test", {}):
        values = [each["test"]["information_nats"] for each in measured]
        scores["information_nats"] = {"value": values}
    if "step" in measured[0]:
        scores["step"] = {"value": [each["step"] for each in measured]}
    return scores


COLUMNS = {
    "frechet_distance": "Fréchet",
    "kernel_distance": "kernel",
    "mind": "MIND",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "vendi_score": "Vendi",
    "inception_score": "e^I",
    "nearest_distance_ratio": "nearest",
    "data_copying": "C_T",
    "gilbo": "GILBO",
    "js": "JS",
    "kl": "KL",
    "reverse_kl": "reverse KL",
    "information_nats": "L_I",
}


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats a row for each system, data set and checkpoint; ± is a standard error or deviation.

    Where the last checkpoint is the best one, both have one row.

    The first number of a Fréchet distance is followed by its ratio to that of real images.
    """
    header = ["system", "data", "checkpoint", "step", *COLUMNS.values(), "Fréchet / real"]
    rows = []
    for name, by_dataset in summary["systems"].items():
        for dataset, by_checkpoint in by_dataset.items():
            for checkpoint, scores in _distinct(by_checkpoint).items():
                real = checkpoint == "real"
                cells = [_cell(scores.get(column), real) for column in COLUMNS]
                steps = scores.get("step", {"value": []})["value"]
                distance = scores["frechet_distance"]
                ratio = np.mean(distance["value"]) / np.mean(distance["floor"])
                rows.append(
                    [
                        name,
                        dataset,
                        "" if real else checkpoint,
                        f"{np.mean(steps):.0f}" if steps else "",
                        *cells,
                        "1" if real else f"{ratio:.1f}",
                    ]
                )
    return tables.markdown(header, rows)


def _distinct(by_checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Returns the checkpoints, of which the last and the best are one where they are the same."""
    if "best" in by_checkpoint and by_checkpoint.get("last") == by_checkpoint["best"]:
        return {"last = best": by_checkpoint["last"]}
    return by_checkpoint


def _cell(score: dict[str, Any] | None, floor: bool) -> str:
    """Formats a measure: of real images its floor, of several seeds their mean and deviation."""
    if score is None:
        return ""
    # The information of a constant classifier is 0 but for its last digits.
    values = [0.0 if abs(value) < _ZERO else value for value in score["value"]]
    errors = score.get("standard_error", [None])
    if floor and score["floor"][0] is not None:
        return f"{score['floor'][0]:.3g}"
    if len(values) > 1:
        return f"{np.mean(values):.3g} ± {np.std(values, ddof=1):.1g}"
    error = errors[0] if values[0] else None
    return f"{values[0]:.3g}" + ("" if error is None else f" ± {error:.1g}")
