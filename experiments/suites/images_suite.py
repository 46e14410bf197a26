"""Sample grids and losses of every recipe on real images."""

from __future__ import annotations

import inspect
import math
import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from tfgan_it import callbacks, datasets, recipes, visualization
from tfgan_it.files import replace_text, write_json
from trainers.run_directory import provenance

# Steps and settings besides the defaults of a recipe, with which a run takes minutes on two cores.
# On the digits every recipe has its defaults. The three largest networks get fewer steps on MNIST.
DATASETS: dict[str, dict[str, Any]] = {
    "digits": {"steps": 1000, "batch_size": 64, "hyperparameters": {}},
    "mnist": {"steps": 1000, "batch_size": 64, "hyperparameters": {"width": 16}},
}
FEWER_STEPS = {(recipe, "mnist"): 300 for recipe in ("began", "sagan", "sngan")}
SAMPLES, POINTS = 64, 5
NOT_FROM_LATENTS = {
    "cyclegan": "it makes images of images, between two sets of them",
    "pix2pix": "it makes images of images, between two sets of them",
    "cut": "it makes images of images, between two sets of them",
    "text_gan": "it makes words",
    "wave_gan": "it makes sounds",
    "video_gan": "it makes videos",
}


def train_and_draw(job: Job) -> Record:
    """Trains one recipe; returns its losses during training and the variation of its samples."""
    keras.backend.clear_session()
    data = datasets.load(job["dataset"], files_dir=job["files_dir"])
    assert isinstance(data, datasets.ImageDataset)
    options = dict(job["hyperparameters"])
    if job["recipe"] == "adagan":
        options["steps_per_component"] = job["steps"] // 3
    recipe = recipes.get(job["recipe"])
    if "conditions" in inspect.signature(recipe).parameters:
        options["conditions"] = getattr(data, "num_classes", None)
    model = recipe(data.sample_shape, seed=job["seed"], **options)
    labels = (None, None) if model.conditions is None else (data.train_labels, data.test_labels)
    history: list[dict[str, float]] = []
    diverged = None
    for _ in range(POINTS):
        try:
            fitted = model.fit(
                data.train_images,
                labels[0],
                batch_size=job["batch_size"],
                steps_per_epoch=job["steps"] // POINTS,
                verbose=0,
                callbacks=[callbacks.TerminateOnNonFinite()],
            )
        except callbacks.NonFiniteLoss as error:
            diverged = str(error)
            break
        losses = {name: float(values[-1]) for name, values in fitted.history.items()}
        history.append({"step": model.trained_steps, **losses})
    images = np.nan_to_num(model.generate(SAMPLES, seed=job["seed"]))  # Grey where it diverged.
    grid = visualization.grid(images)
    if model.conditions is not None and not diverged:
        grid = visualization.sample_grid(model, SAMPLES, seed=job["seed"])
    picture = visualization.save_picture(grid, pathlib.Path(job["picture"]))
    return {
        "diverged": diverged,
        "history": history,
        "test": {}
        if diverged
        else model.evaluate(data.test_images, labels[1], verbose=0, batch_size=64),
        "deviation_over_samples": float(np.std(images, axis=0).mean()),
        "saturated": float((np.abs(images) > 0.999).mean()),
        "picture": picture.name,
    }


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a picture for each run to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of recipes. If None, all.
        seeds: Seeds, of which only the first is used.
        quick: Whether to run a test with a twentieth of the steps, only on the digits.
        workers: Number of parallel runs.
        files_dir: Folder of raw files of TensorFlow Datasets; without it only the digits are used.

    Returns:
        The table.
    """
    for name in names or ():
        if name in NOT_FROM_LATENTS:
            raise ValueError(f"{name} has no samples to show: {NOT_FROM_LATENTS[name]}.")
    names = names or [name for name in recipes.RECIPES if name not in NOT_FROM_LATENTS]
    chosen = {k: v for k, v in DATASETS.items() if k == "digits" or (files_dir and not quick)}
    todo = [
        {
            **options,
            "recipe": recipes.get(recipe).__name__,
            "dataset": dataset,
            "seed": seeds[0],
            "steps": FEWER_STEPS.get((recipe, dataset), options["steps"]) // (20 if quick else 1),
            "files_dir": files_dir,
            "picture": str(out / f"{dataset}-{recipe}.png"),
        }
        for dataset, options in chosen.items()
        for recipe in names
    ]
    records = completed(todo, train_and_draw, out / "runs.jsonl", workers)
    for record in records:
        record["picture"] = pathlib.Path(record["picture"]).name
        del record["job"]["picture"], record["job"]["files_dir"]
    real = {}
    for dataset in chosen:
        images = datasets.one_set(datasets.load(dataset, files_dir=files_dir)).test_images[:SAMPLES]
        visualization.save_picture(visualization.grid(images), out / f"{dataset}-real.png")
        real[dataset] = float(np.std(datasets.scale_images(images), axis=0).mean())
    summary = {
        "suite": "images",
        "protocol": {
            "networks": "averaged",
            "n": SAMPLES,
            "split": "history: training, means over a fifth of the steps; test: the test split",
            "deviation_over_samples": "of each pixel, mean over pixels",
            "real": {"deviation_over_samples": real},
        },
        "runs": records,
        **provenance(),
    }
    write_json(out / "results.json", summary)
    table = markdown_table(summary)
    replace_text(out / "table.md", table + "\n")
    return table


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats one row for each run."""
    header = ["system", "data", "steps", "diverged", "discriminator loss", "generator loss"]
    header += ["deviation over samples", "seconds"]
    rows = [
        ["real images", dataset, "", "", "", "", f"{deviation:.3f}", ""]
        for dataset, deviation in summary["protocol"]["real"]["deviation_over_samples"].items()
    ]
    for record in summary["runs"]:
        job, last = record["job"], record["history"][-1] if record["history"] else {}
        rows.append(
            [
                job["recipe"],
                job["dataset"],
                str(job["steps"]),
                "yes" if record["diverged"] else "no",
                f"{last.get('discriminator_loss', math.nan):.3f}",
                f"{last.get('generator_loss', math.nan):.3f}",
                f"{record['deviation_over_samples']:.3f}",
                f"{record['seconds']:.0f}",
            ]
        )
    return tables.markdown(header, rows)
