"""Agreement of unsupervised categories with classes, over several seeds of a recipe.

Each run is trained only on the training images. Ten times during training its category is compared
with the labels of the test images, and its view information is measured on training images. The
best step is that of most view information, so labels neither train nor select.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.results import finished
from tfgan_it import datasets, metrics, recipes, visualization
from tfgan_it.errors import unknown_name
from tfgan_it.models import GAN
from tfgan_it.recipes.infogan import PRIORS

# Transformations that preserve the class of a garment, but not of a digit: mirroring, and changes
# of light. Neighbours are then found by features, since pixels depend on the light.
_GARMENTS = {
    "mirror": True,
    "brightness": 0.3,
    "contrast": 0.5,
    "rotation": 10.0,
    "zoom": 0.15,
    "neighbors": "features",
    "search_steps": 1500,
}
# Settings of each system besides the defaults of its recipe, some for one data set only.
SYSTEMS: dict[str, dict[str, Any]] = {
    "infogan": {"recipe": "infogan", "steps": 5000, "batch_size": 128},
    "invariant_infogan": {
        "recipe": "invariant_infogan",
        "steps": 3000,
        "batch_size": 256,
        "of_dataset": {"fashion_mnist": _GARMENTS},
    },
}
# The family at one budget, with small networks, so that each run takes minutes.
_SMALL = {"width": 32, "features": 256}
SYSTEMS |= {
    name: {"recipe": recipe, "steps": 2000, "batch_size": 64, "hyperparameters": hyperparameters}
    for name, recipe, hyperparameters in (
        ("small_infogan", "infogan", _SMALL),
        ("variational_infogan", "variational_infogan", _SMALL),
        ("wasserstein_infogan", "wasserstein_infogan", _SMALL),
        ("regularized_infogan", "regularized_infogan", _SMALL),
        ("infogan_cr", "infogan_cr", _SMALL | {"categories": 10, "continuous": 2}),
        ("attention_infogan", "attention_infogan", {"width": 32}),
    )
}
# Elastic-InfoGAN: transformed views of real images keep classes apart, whatever their frequency.
_ELASTIC: dict[str, Any] = _SMALL | {"gradient_matching": 0.0, "gradient_product_matching": 0.0}
_ELASTIC |= {"neighbor_embedding": 0.0, "lambda_information": {"category": 1.0, "style": 0.04}}
SYSTEMS |= {
    f"elastic_infogan_{prior}": {
        "recipe": "regularized_infogan",
        "steps": 2000,
        "batch_size": 64,
        "hyperparameters": _ELASTIC | {"prior": prior},
    }
    for prior in PRIORS
}
# Fewer steps, since unequal class shares leave fewer images.
SYSTEMS |= {
    f"invariant_infogan_{prior}": {
        "recipe": "invariant_infogan",
        "steps": 2000,
        "batch_size": 256,
        "hyperparameters": {"prior": prior},
    }
    for prior in ("uniform", "learned")
}
DEFAULT = ("infogan", "invariant_infogan")
DEFAULT_IMBALANCED = ("invariant_infogan_uniform", "invariant_infogan_learned")
SCORES = ("cluster_accuracy", "purity", "nmi", "ari")
PRECISION, MEASUREMENTS, SCORED_IMAGES = "mixed_bfloat16", 10, 10_000


def train_and_measure(job: Job) -> Record:
    """Trains one system with one seed, and measures it ten times during training."""
    keras.backend.clear_session()
    keras.config.set_dtype_policy(job["precision"])
    data = _dataset(job)
    model = recipes.get(job["recipe"])(
        data.sample_shape, seed=job["seed"], **job["hyperparameters"]
    )
    measured, training, steps = [], 0.0, job["steps"] // job["measurements"]
    began = time.process_time()
    for _ in range(job["measurements"]):
        started = time.perf_counter()
        history = model.fit(
            data.train_images, batch_size=job["batch_size"], steps_per_epoch=steps, verbose=0
        ).history
        training += time.perf_counter() - started
        measured.append(
            {
                "step": model.trained_steps,
                **metrics.category_scores(model, data.test_images, data.test_labels, 1000),
                "view_information_nats": metrics.view_information(
                    model, data.train_images[:SCORED_IMAGES]
                ),
                "training": {name: float(values[-1]) for name, values in history.items()},
            }
        )
    labels = data.test_labels
    assert labels is not None
    _draw(model, data.test_images, pathlib.Path(job["picture"]))
    return {
        "measured": measured,
        "training_seconds": round(training, 1),
        "processor_seconds": round(time.process_time() - began, 1),
        "class_shares": (np.bincount(labels) / len(labels)).round(4).tolist(),
        "n": len(data.test_images),
    }


def _draw(model: GAN, images: np.ndarray, path: pathlib.Path) -> None:
    """Draws code traversals, and reconstructions and attention maps if the model has them."""
    traversal = visualization.stacked(visualization.code_traversal(model, rows=5, most=4))
    visualization.save_picture(traversal, path)
    if hasattr(model, "reconstruct"):
        picture = visualization.reconstructions(model, images[:30])
        visualization.save_picture(picture, path.with_stem(f"{path.stem}-reconstructions"))
    if "attention" in model.discriminator.output:
        picture = visualization.attention_maps(model, images[:8])
        visualization.save_picture(picture, path.with_stem(f"{path.stem}-attention"))


def _dataset(job: Job) -> datasets.ImageDataset:
    data = datasets.load(job["dataset"], files_dir=job["files_dir"])
    assert isinstance(data, datasets.ImageDataset), f"{data} has no classes"
    return datasets.imbalanced(data, seed=job["seed"]) if job["imbalanced"] else data


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    dataset: str,
    imbalanced: bool,
    files_dir: str | None,
    precision: str = PRECISION,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a picture for each run to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of `SYSTEMS`. If None, InfoGAN and the systems compared with it.
        seeds: Seeds, at least one.
        quick: Whether to run a test with a fiftieth of the steps.
        workers: Number of parallel runs; with one, seconds are comparable.
        dataset: Name of a data set with labels, see `datasets.load`.
        imbalanced: Whether to sample the class shares, with the seed of the run.
        files_dir: Folder of raw files of TensorFlow Datasets.
        precision: Keras dtype policy of the trained models.

    Returns:
        The table.
    """
    names = names or (DEFAULT_IMBALANCED if imbalanced else DEFAULT)
    todo = [
        {**_job(name, seed, quick, out, dataset, imbalanced, files_dir), "precision": precision}
        for seed in seeds
        for name in names
    ]
    records = completed(todo, train_and_measure, out / "runs.jsonl", workers)
    for record in records:
        record["picture"] = pathlib.Path(record["job"]["picture"]).name
    summary = {
        "suite": "clustering",
        "protocol": {
            "dataset": dataset,
            "imbalanced": imbalanced,
            "split": "test; class shares of the training images, where they are drawn",
            "n": records[0]["n"],
            "assignment": "most probable category, averaged weights; Hungarian one-to-one map",
            "seeds": list(seeds),
            "best": "the measurement of most view_information_nats of each run",
            "view_information_nats": f"of the first {SCORED_IMAGES} training images",
            "labels": "none in training, none in the choice of a step",
        },
        "systems": {name: _summary(group) for name, group in tables.by_system(records).items()},
        "runs": records,
    }
    return finished(out, summary, markdown_table(summary))


def _job(
    name: str,
    seed: int,
    quick: bool,
    out: pathlib.Path,
    dataset: str,
    imbalanced: bool,
    files_dir: str | None,
) -> Job:
    if name not in SYSTEMS:
        raise unknown_name("system", name, SYSTEMS)
    system = SYSTEMS[name]
    return {
        "system": name,
        "recipe": system["recipe"],
        "dataset": dataset,
        "imbalanced": imbalanced,
        "seed": seed,
        "steps": system["steps"] // (50 if quick else 1),
        "batch_size": system["batch_size"],
        "measurements": 2 if quick else MEASUREMENTS,
        "hyperparameters": {
            **system.get("hyperparameters", {}),
            **system.get("of_dataset", {}).get(dataset, {}),
        },
        "files_dir": files_dir,
        "picture": str(out / f"{name}-{seed}.png"),
    }


def _summary(records: list[Record]) -> dict[str, Any]:
    """Returns each score of each run, at its last and at its best measurement."""
    last = [record["measured"][-1] for record in records]
    best = [
        max(record["measured"], key=lambda measured: measured["view_information_nats"])
        for record in records
    ]
    names = (*SCORES, "view_information_nats", "step")
    return {
        "last": {name: [measured[name] for measured in last] for name in names},
        "best": {name: [measured[name] for measured in best] for name in names},
        "training_seconds": [record["training_seconds"] for record in records],
        "seconds": [record["seconds"] for record in records],
    }


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats one row for each system and choice of a step."""
    header = ["system", "step", "accuracy, %", "worst", "best", "purity, %", "NMI", "ARI"]
    header += ["view information, nats", "seconds a run"]
    rows = []
    for name, scores in summary["systems"].items():
        for when in ("last", "best"):
            chosen = scores[when]
            accuracy = [100 * x for x in chosen["cluster_accuracy"]]
            rows.append(
                [
                    name,
                    "last" if when == "last" else "of most view information",
                    tables.mean_and_deviation(accuracy, 2),
                    f"{min(accuracy):.2f}",
                    f"{max(accuracy):.2f}",
                    tables.mean_and_deviation([100 * x for x in chosen["purity"]], 2),
                    tables.mean_and_deviation(chosen["nmi"], 3),
                    tables.mean_and_deviation(chosen["ari"], 3),
                    tables.mean_and_deviation(chosen["view_information_nats"], 3),
                    tables.mean_and_deviation(scores["seconds"], 0),
                ]
            )
    return tables.markdown(header, rows)
