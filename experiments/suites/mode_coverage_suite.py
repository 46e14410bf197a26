"""Mode coverage of each recipe on two mixtures of Gaussians with known modes.

The protocol is that of Srivastava et al., 2017 (VEEGAN) and Lin et al., 2018 (PacGAN): a ring of 8
and a grid of 25 modes, and 2,500 generated points, which are good within 3 standard deviations of
their mode. Networks, batch, steps and rates are the same for all systems, except where a system
defines them.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.results import finished
from tfgan_it import datasets, metrics, recipes, visualization

# Settings of all systems, and exceptions of single ones from the published defaults, which are for
# images. Two critic steps instead of five save time.
COMMON = {
    "latent": "normal",
    "latent_dimension": 2,
    "width": 128,
    "depth": 3,
    "learning_rate": 3e-3,
    "schedule": "linear",
}
OWN: dict[str, dict[str, Any]] = {
    "adagan": {"components": 4},
    "meg": {"discriminator_steps": 2},
    "r3gan": {"gamma": 0.1},
    "sngan": {"discriminator_steps": 2},
    "wgan": {"learning_rate": 5e-5, "discriminator_steps": 2},
    "wgan_gp": {"lambda_": 0.1, "discriminator_steps": 2},
}
STEPS, BATCH_SIZE, POINTS, MEASUREMENTS = 20_000, 128, 2_500, 10
NOT_FOR_POINTS = {
    "cyclegan": "it translates images",
    "pix2pix": "it translates images",
    "cut": "it translates images",
    "text_gan": "it makes words",
    "wave_gan": "it makes sounds",
    "video_gan": "it makes videos",
    "text_to_image": "it makes images of texts",
    "began": "its autoencoder has nothing to compress in a point of two numbers",
    "dcgan_ada": "its augmentations are of images",
    "ibgan": "its networks are of images",
    "infomax_gan": "it compares positions of images",
    "infogan": "its networks are of images",
    "multimodal_infogan": "its networks are of images",
    "sagan": "its attention is over the positions of an image",
    "attention_infogan": "its attention is over the positions of an image",
    "infogan_cr": "its networks are of images",
    "invariant_infogan": "its networks are of images",
    "regularized_infogan": "its networks are of images",
    "variational_infogan": "its networks are of images",
    "wasserstein_infogan": "its networks are of images",
}
CONDITIONAL = dict.fromkeys(
    ("acgan", "conditional_gan", "projection_gan"), "it is told labels, which points have not"
)
LEFT_OUT = NOT_FOR_POINTS | CONDITIONAL
_STEPS_PER_EXECUTION = 50


def hyperparameters(recipe: str, steps: int) -> dict[str, Any]:
    """Returns the arguments of a recipe."""
    arguments = {**COMMON, "decay_steps": steps, **OWN.get(recipe, {})}
    if "components" in arguments:  # The components share the steps.
        share = steps // arguments["components"]
        arguments.update(steps_per_component=share, decay_steps=share)
    return arguments


def train_and_measure(job: Job) -> Record:
    """Trains one recipe with one seed; measures it ten times during training, on new points."""
    keras.backend.clear_session()
    data = datasets.points(job["dataset"])
    model = recipes.get(job["recipe"])(
        data.sample_shape,
        seed=job["seed"],
        steps_per_execution=_STEPS_PER_EXECUTION,
        **job["hyperparameters"],
    )
    measured = []
    steps = job["steps"] // job["measurements"]
    for index in range(job["measurements"]):
        model.fit(data.train_images, batch_size=job["batch_size"], steps_per_epoch=steps, verbose=0)
        points = model.generate(job["points"], seed=index, batch_size=job["points"])
        coverage = metrics.mode_coverage(points, data.mixture)
        measured.append({"step": model.trained_steps, **coverage})
    return {"measured": measured, "samples": points[:2000].round(4).tolist()}


def jobs(names: Sequence[str], seeds: Sequence[int], steps: int) -> list[Job]:
    """Returns jobs of every recipe on both mixtures with each seed; the slowest come first."""
    return [
        {
            "recipe": recipe,
            "dataset": dataset,
            "seed": seed,
            "steps": steps,
            "batch_size": BATCH_SIZE,
            "points": POINTS,
            "measurements": MEASUREMENTS,
            "hyperparameters": hyperparameters(recipe, steps),
        }
        for recipe in sorted(names, key=_slowness)
        for dataset in datasets.MIXTURES
        for seed in seeds
    ]


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
) -> str:
    """Runs the suite; writes `results.json`, `table.md`, `ring.png` and `grid.png` to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of recipes. If None, all recipes of points.
        seeds: Seeds, at least one.
        quick: Whether to run a test with a twentieth of the steps.
        workers: Number of parallel runs.

    Returns:
        The table.
    """
    applicable = [name for name in recipes.RECIPES if name not in LEFT_OUT]
    for name in names or ():
        recipes.get(name)
        if name in LEFT_OUT:
            raise ValueError(f"{name} is not for points: {LEFT_OUT[name]}.")
    steps = STEPS // 20 if quick else STEPS
    todo = jobs(names or applicable, seeds, steps)
    records = completed(todo, train_and_measure, out / "runs.jsonl", workers)
    by_system = {
        name: {d: _of(records, name, d) for d in datasets.MIXTURES} for name in names or applicable
    }
    rows = {"real samples": _real(seeds), **by_system}
    summary = {
        "suite": "mode_coverage",
        "protocol": {
            "steps": steps,
            "batch_size": BATCH_SIZE,
            "n": POINTS,
            "seeds": list(seeds),
            "networks": "averaged",
            "features": "the points themselves",
            "good": "within 3 standard deviations of the nearest centre",
            "reverse_kl": "nats, of the histogram over nearest centres against uniform",
            "best": "the measurement of least reverse_kl among those with most modes, of each run",
            "not_for_points": LEFT_OUT,
        },
        "seconds_of_all_runs": round(sum(record["seconds"] for record in records), 1),
        "systems": {
            name: {dataset: _summary(found) for dataset, found in by_dataset.items()}
            for name, by_dataset in rows.items()
        },
        "runs": [{k: v for k, v in record.items() if k != "samples"} for record in records],
    }
    table = finished(out, summary, markdown_table(summary))
    for dataset in datasets.MIXTURES:
        visualization.save_picture(_picture(by_system, dataset), out / f"{dataset}.png")
    return table


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats the last measurements, a row for each system, real samples and published results."""
    header = ["system"]
    for dataset in datasets.MIXTURES:
        total = len(datasets.MIXTURES[dataset]().centres)
        header += [f"{dataset}: modes of {total}", "high quality", "reverse KL, nats", "best: KL"]
    rows = []
    for name, by_dataset in summary["systems"].items():
        row = [name]
        for measures in by_dataset.values():
            last, best = measures["last"], measures["best"]
            row += [
                tables.mean_and_deviation(last["modes"], 1),
                tables.mean_and_deviation([100 * x for x in last["high_quality"]], 1) + " %",
                tables.mean_and_deviation(last["reverse_kl"], 4),
                tables.mean_and_deviation(best["reverse_kl"], 4),
            ]
        rows.append(row)
    for name, ring, grid in PUBLISHED:
        rows.append([f"*{name}*", *ring, "", *grid, ""])
    return tables.markdown(header, rows)


# From tables of Srivastava et al., 2017 and Lin et al., 2018, with longer training and other
# networks.
PUBLISHED = [
    ("published, best of ring and grid", ["7.9", "", "0.07"], ["24.8", "93.6 %", "0.04"]),
]


def _slowness(recipe: str) -> int:
    return -OWN.get(recipe, {}).get("discriminator_steps", 1)


def _of(records: list[Record], recipe: str, dataset: str) -> list[Record]:
    runs = [r for r in records if (r["job"]["recipe"], r["job"]["dataset"]) == (recipe, dataset)]
    return sorted(runs, key=lambda record: record["job"]["seed"])


def _real(seeds: Sequence[int]) -> dict[str, list[Record]]:
    """Measures samples of the mixtures themselves, once for each seed."""
    return {
        name: [
            {"measured": [metrics.mode_coverage(mixture.sample(POINTS, seed=seed), mixture)]}
            for seed in seeds
        ]
        for name, mixture in ((name, make()) for name, make in datasets.MIXTURES.items())
    }


def _summary(records: list[Record]) -> dict[str, dict[str, list[float]]]:
    """Returns each measure at the last and at the best measurement of each run."""
    last = [record["measured"][-1] for record in records]
    best = [
        min(record["measured"], key=lambda m: (-m["modes"], m["reverse_kl"])) for record in records
    ]
    names = ("modes", "high_quality", "reverse_kl", "floor")
    return {
        when: {name: [m[name] for m in measured] for name in names}
        for when, measured in (("last", last), ("best", best))
    }


def _picture(by_system: dict[str, dict[str, list[Record]]], dataset: str) -> np.ndarray:
    """Draws points of the first seed of each system in blue, over those of the data."""
    mixture = datasets.MIXTURES[dataset]()
    real = mixture.sample(2000)
    limit = 1.2 * float(np.abs(mixture.centres).max())
    shown = {"real": visualization.scatter(real, limit)}
    for name, by_dataset in by_system.items():
        points = np.array(by_dataset[dataset][0]["samples"])
        shown[name] = visualization.scatter(points, limit, reference=real)
    return visualization.montage(shown, columns=5)
