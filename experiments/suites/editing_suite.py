"""Real digits with another category: how often the class becomes the wanted one, what is kept.

Systems learn from training images without labels. For each of some test images a class is drawn at
random, which may be its own; the latent of the image is found, by an encoder or by a search, and
the category of that class takes the place of what was found. Labels of training images name the
categories. Beside it: images as they are, what is lost without an edit, and the nearest training
image of the wanted class, which needs the labels of all.
"""

from __future__ import annotations

import functools
import pathlib
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.multimodal_scores import best_naming
from experiments.suites.results import finished
from experiments.suites.selection import selected
from tfgan_it import datasets, metrics, recipes, visualization
from tfgan_it.metrics.sample_quality import FeatureNetwork, nearest_training

DATASET, CLASSES = "mnist", 10
NEAREST = "nearest"
SYSTEMS: dict[str, dict[str, Any]] = {
    "invariant_infogan": {"steps": 3000, "batch_size": 256, "hyperparameters": {}},
    "variational_infogan": {
        "steps": 2000,
        "batch_size": 64,
        "hyperparameters": {"width": 32, "features": 256},
    },
}
JUDGED: dict[str, Any] = {"classifier_steps": 1500, "feature_steps": 1000, "samples": 500}
QUICK_LESS = 100  # A quick test has that many times fewer steps and samples.
NAMED_BY = 5000  # Training images whose labels name the categories.


def run_job(job: Job) -> Record:
    """Trains a system and edits test images with it, or takes the nearest training images."""
    data = images_of(job["files_dir"])
    real = data.test_images[: job["samples"]]
    wanted = np.random.RandomState(0).permutation(np.arange(len(real)) % CLASSES)
    classifier, features = judges(job["files_dir"], job["classifier_steps"], job["feature_steps"])
    scored = functools.partial(scores_of, real, wanted, classifier, features)
    common = {
        "n": len(real),
        "features": features.name,
        "classifier_accuracy": classifier.accuracy(data.test_images, data.test_labels),
    }
    if job["system"] == NEAREST:
        near = nearest(real, wanted, data.train_images, data.train_labels)
        return {
            **common,
            "rows": {"as they are": scored(real), "nearest of the class": scored(near)},
        }
    keras.backend.clear_session()
    model = recipes.get(job["system"])(
        data.sample_shape, seed=job["seed"], **job["hyperparameters"]
    )
    began = time.process_time()
    model.fit(
        data.train_images, batch_size=job["batch_size"], steps_per_epoch=job["steps"], verbose=0
    )
    trained = time.process_time()
    latents = model.encode(real)
    found = time.process_time()
    categories = categories_of_classes(model, data)

    def edited(classes: np.ndarray) -> np.ndarray:
        changed = model.with_codes(latents[: len(classes)], {"category": categories[classes]})
        return datasets.to_uint8(model.predict(changed, verbose=0))

    same = datasets.to_uint8(model.predict(latents, verbose=0))
    draw(real, same, edited, data.test_labels, pathlib.Path(job["picture"]))
    inferred = model.infer_codes(real)["category_probabilities"].argmax(axis=-1)
    named = np.argsort(categories)[inferred] == data.test_labels[: len(real)]
    return {
        **common,
        "rows": {"reconstructed": scored(same), "edited": scored(edited(wanted))},
        "category_accuracy": float(named.mean()),
        "training_processor_seconds": round(trained - began, 1),
        "encoding_processor_seconds": round(found - trained, 1),
    }


def scores_of(
    real: np.ndarray,
    wanted: np.ndarray,
    classifier: metrics.LabelClassifier,
    features: FeatureNetwork,
    made: np.ndarray,
) -> dict[str, float]:
    """Measures what an edit changed and kept, and what it tells of the wanted class, in nats."""
    found = metrics.editing_scores(real, made, features, classifier=classifier, wanted=wanted)
    nats = metrics.predicted_class_information(classifier(made), wanted)
    return {**found, "information_nats": nats}


def categories_of_classes(model: Any, data: Any) -> np.ndarray:
    """Returns the category of each class, by the one-to-one naming of highest accuracy."""
    probabilities = model.infer_codes(data.train_images[:NAMED_BY])["category_probabilities"]
    return np.argsort(best_naming(probabilities.argmax(axis=-1), data.train_labels[:NAMED_BY]))


def nearest(
    real: np.ndarray, wanted: np.ndarray, images: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Returns the training image of the wanted class whose pixels are nearest, for each image."""
    made = np.empty_like(real)
    for label in np.unique(wanted):
        asked, of_class = wanted == label, images[labels == label]
        pixels = (x.reshape(len(x), -1).astype("float32") for x in (of_class, real[asked]))
        made[asked] = of_class[nearest_training(*pixels)[1]]
    return made


def draw(real: Any, same: Any, edited: Any, labels: np.ndarray, path: pathlib.Path) -> None:
    """Draws one image of each class, its reconstruction, and it as each other class."""
    first = np.unique(labels[: len(real)], return_index=True)[1]
    rows = {"real": real[first], "found": same[first]}
    as_each = [edited(np.full(1 + first.max(), label))[first] for label in range(CLASSES)]
    rows["with_another_category"] = np.concatenate(as_each)
    pictures = {name: visualization.grid(x, columns=len(first)) for name, x in rows.items()}
    visualization.save_picture(visualization.stacked(pictures), path)


@functools.lru_cache(maxsize=1)
def images_of(files_dir: str | None) -> Any:
    """Loads the labelled images."""
    return datasets.load(DATASET, files_dir=files_dir)


@functools.lru_cache(maxsize=1)
def judges(
    files_dir: str | None, classifier_steps: int, feature_steps: int
) -> tuple[metrics.LabelClassifier, FeatureNetwork]:
    """Trains the classifier and the features on the training split."""
    data = images_of(files_dir)
    arguments = data.train_images, data.train_labels
    features = FeatureNetwork(f"{DATASET}_supervised_cnn", steps=feature_steps)
    return (
        metrics.LabelClassifier(steps=classifier_steps).fit(*arguments),
        features.fit(*arguments),
    )


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and pictures to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: `invariant_infogan`, `variational_infogan`, `nearest`. If None, all.
        seeds: Seeds, at least one.
        quick: Whether to run a test with a hundredth of the steps and samples.
        workers: Number of parallel runs, or an `Engine`.
        files_dir: Folder of raw files, with MNIST.

    Returns:
        The table.

    Raises:
        ValueError: If a system is unknown; the message names the nearest.
    """
    less = QUICK_LESS if quick else 1
    judged = {name: max(20, number // less) for name, number in JUDGED.items()}
    todo = [
        {
            "system": name,
            "seed": seed,
            "files_dir": files_dir,
            **judged,
            **({} if name == NEAREST else _training(name, less)),
            "picture": str(out / f"{name}-{seed}.png"),
        }
        for name in selected(names, [NEAREST, *SYSTEMS])
        for seed in (seeds[:1] if name == NEAREST else seeds)
    ]
    records = completed(todo, run_job, out / "runs.jsonl", workers)
    summary = {
        "suite": "editing",
        "protocol": {
            **judged,
            "dataset": DATASET,
            "split": "trained on training images without labels; measured on the first test images",
            "labels": f"of training images: of {NAMED_BY} to name the categories, of all for the "
            "classifier, the features and the nearest images",
            "wanted": "each class for a tenth of the images, at random",
            "kept": "1 - E d(x, edit(x)) / E d(x, x'), d of maps of the features",
            "information_nats": "I(wanted; seen class) by counts, Miller-Madow",
            "networks": "averaged",
            "precision": "float32",
        },
        "runs": records,
    }
    return finished(out, summary, markdown_table(records))


def _training(name: str, less: int) -> dict[str, Any]:
    return {**SYSTEMS[name], "steps": max(2, SYSTEMS[name]["steps"] // less)}


def markdown_table(records: Sequence[Record]) -> str:
    """Formats a row for each way of making an image, with means and deviations over seeds."""
    columns = {"changed": (100, 1), "kept": (100, 1), "information_nats": (1, 3)}
    rows = []
    for system, runs in tables.by_system(records).items():
        for way in runs[0]["rows"]:
            cells = [
                tables.mean_and_deviation([factor * r["rows"][way][name] for r in runs], digits)
                for name, (factor, digits) in columns.items()
            ]
            name = "real images" if system == NEAREST else system
            rows.append([f"{name}, {way}", *cells])
    return tables.markdown(
        ["images", "of the wanted class, %", "kept, %", "I(wanted; seen), nats"], rows
    )
