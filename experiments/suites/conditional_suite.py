"""Whether samples of a conditional generator are of the requested class and realistic.

Each run is trained on the training images and their labels. An independent classifier, trained on
the same images, classifies samples of every class; and a classifier trained only on samples is
tested on real images. Test labels are used only to measure.
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
from experiments.suites.results import finished
from experiments.suites.selection import selected
from tfgan_it import datasets, metrics, recipes, visualization

# Settings of each system besides the defaults of its recipe, with which a run takes minutes on two
# cores. The learning rate, and that there is no moving average, were chosen by the score of samples
# of one seed after 7,000 steps, on the last 10,000 training images of MNIST.
SYSTEMS: dict[str, dict[str, Any]] = {
    "conditional_gan": {
        "steps": 14_000,
        "batch_size": 64,
        "hyperparameters": {"width": 32, "learning_rate": 5e-4, "moving_average": None},
    },
    "acgan": {"steps": 14_000, "batch_size": 64, "hyperparameters": {"width": 32}},
    "projection_gan": {
        "steps": 2000,
        "batch_size": 64,
        "hyperparameters": {"width": 32, "decay_steps": 2000},
    },
}
PRECISION = "mixed_bfloat16"
ASKED_SAMPLES, TRAINING_SAMPLES = 10_000, 30_000
RULER_STEPS, SCORE_STEPS = 3000, 1500


def train_and_measure(job: Job) -> Record:
    """Trains one system with one seed, and measures its last step by both classifiers."""
    keras.config.set_dtype_policy(job["precision"])
    data = labelled_dataset(job["dataset"], job["files_dir"])
    classes = data.num_classes
    assert classes is not None, "_dataset refuses data without labels"
    model = recipes.get(job["recipe"])(
        data.sample_shape, conditions=classes, seed=job["seed"], **job["hyperparameters"]
    )
    began, processor = time.perf_counter(), time.process_time()
    history = model.fit(
        data.train_images,
        data.train_labels,
        batch_size=job["batch_size"],
        steps_per_epoch=job["steps"],
        verbose=0,
    ).history
    training = time.perf_counter() - began
    processor = time.process_time() - processor
    evaluation = model.evaluate(data.test_images, data.test_labels, batch_size=250, verbose=0)
    assert isinstance(evaluation, dict)
    asked = np.arange(job["asked_samples"]) % classes
    samples = model.generate(len(asked), seed=job["seed"], conditions=asked)
    shown = np.arange(job["training_samples"]) % classes
    # Generated once, with other noise, for the classifier that learns only from samples.
    learned_from = datasets.images.to_uint8(
        model.generate(len(shown), seed=job["seed"] + 1000, conditions=shown)
    )
    grid = visualization.grid(
        model.generate(10 * classes, seed=0, conditions=np.repeat(np.arange(classes), 10))
    )
    visualization.save_picture(grid, pathlib.Path(job["picture"]))
    keras.config.set_dtype_policy("float32")  # The precision of the classifiers does not vary.
    ruler, real = _rulers(job["dataset"], job["files_dir"], job["ruler_steps"], job["score_steps"])
    probabilities = ruler(samples)
    score = metrics.classification_accuracy_score(
        learned_from, shown, data.test_images, data.test_labels, _classifier(job["score_steps"])
    )
    return {
        "asked_class_accuracy": metrics.asked_class_accuracy(ruler, samples, asked),
        "information_nats": float(metrics.asked_class_information(probabilities, asked)),
        "classification_accuracy_score": score,
        "ruler_accuracy": ruler.accuracy(data.test_images, data.test_labels),
        "accuracy_after_real_samples": real,
        "training_seconds": round(training, 1),
        "processor_seconds": round(processor, 1),
        "evaluation": {name: float(value) for name, value in evaluation.items()},
        "training": {name: float(values[-1]) for name, values in history.items()},
        "n_test": len(data.test_images),
    }


@functools.lru_cache(maxsize=2)
def labelled_dataset(name: str, files_dir: str | None) -> datasets.ImageDataset:
    """Loads a data set with labels.

    Raises:
        ValueError: If the data set has no labels.
    """
    data = datasets.load(name, files_dir=files_dir)
    if not isinstance(data, datasets.ImageDataset) or data.train_labels is None:
        raise ValueError(f"{name} has no labels, which are the condition.")
    return data


@functools.lru_cache(maxsize=2)
def _rulers(
    name: str, files_dir: str | None, ruler_steps: int, score_steps: int
) -> tuple[metrics.LabelClassifier, float]:
    """Returns the independent classifier, and the accuracy of one trained on real samples."""
    data = labelled_dataset(name, files_dir)
    assert data.train_labels is not None, "_dataset refuses data without labels"
    ruler = _classifier(ruler_steps).fit(data.train_images, data.train_labels)
    n = TRAINING_SAMPLES
    real = _classifier(score_steps).fit(data.train_images[:n], data.train_labels[:n])
    return ruler, real.accuracy(data.test_images, data.test_labels)


def _classifier(steps: int) -> metrics.LabelClassifier:
    return metrics.LabelClassifier(metrics.normalized_network, steps=steps, patience=2)


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    dataset: str,
    files_dir: str | None,
    precision: str = PRECISION,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a grid for each run to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of `SYSTEMS`. If None, all.
        seeds: Seeds, at least one.
        quick: Whether to run a test with a fiftieth of the steps.
        workers: Number of parallel runs; with one, seconds are comparable.
        dataset: Name of a data set with labels, see `datasets.load`.
        files_dir: Folder of raw files of TensorFlow Datasets.
        precision: Keras dtype policy of the trained models.

    Returns:
        The table.
    """
    names = selected(names, SYSTEMS)
    todo = [
        {**_job(name, seed, quick, out, dataset, files_dir), "precision": precision}
        for seed in seeds
        for name in names
    ]
    records = completed(todo, train_and_measure, out / "runs.jsonl", workers)
    for record in records:
        record["picture"] = pathlib.Path(record["job"]["picture"]).name
    summary = {
        "suite": "conditional",
        "protocol": {
            "dataset": dataset,
            "split": "trained on the training split; classifiers are tested on the test split",
            "step": "the last of each run; none is selected",
            "n_test": records[0]["n_test"],
            "asked_class_accuracy": f"{todo[0]['asked_samples']} samples",
            "information_nats": "H(y) + E ln q(y|G(z, y)) by the independent classifier",
            "classification_accuracy_score": f"after {todo[0]['training_samples']} samples",
            "accuracy_after_real_samples": "the same classifier after as many real samples",
            "classifier": "metrics.normalized_network, seed 0, trained on the training split",
            "seeds": list(seeds),
        },
        "systems": {
            name: summary_of([r for r in records if r["job"]["recipe"] == name]) for name in names
        },
        "runs": records,
    }
    return finished(out, summary, markdown_table(summary))


def _job(
    name: str, seed: int, quick: bool, out: pathlib.Path, dataset: str, files_dir: str | None
) -> Job:
    system, less = SYSTEMS[name], 50 if quick else 1
    return {
        "recipe": name,
        "dataset": dataset,
        "seed": seed,
        "steps": system["steps"] // less,
        "batch_size": system["batch_size"],
        "hyperparameters": system["hyperparameters"],
        "asked_samples": ASKED_SAMPLES // less,
        "training_samples": TRAINING_SAMPLES // less,
        "ruler_steps": RULER_STEPS // less,
        "score_steps": SCORE_STEPS // less,
        "files_dir": files_dir,
        "picture": str(out / f"{name}-{seed}.png"),
    }


_SCORES = (
    "asked_class_accuracy",
    "information_nats",
    "classification_accuracy_score",
    "training_seconds",
    "processor_seconds",
)


def summary_of(records: list[Record]) -> dict[str, Any]:
    """Returns each score of each run."""
    return {name: [record[name] for record in records] for name in _SCORES}


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats one row for each system, and one of real samples."""
    header = ["system", "asked class, %", "I(y; G(z, y)), nats", "score of samples, %"]
    header += ["training, s", "processor, s"]
    rows = []
    for name, scores in summary["systems"].items():
        percent = {key: [100 * x for x in scores[key]] for key in _SCORES}
        rows.append(
            [
                name,
                tables.mean_and_deviation(percent["asked_class_accuracy"], 2),
                tables.mean_and_deviation(scores["information_nats"], 4),
                tables.mean_and_deviation(percent["classification_accuracy_score"], 2),
                tables.mean_and_deviation(scores["training_seconds"], 0),
                tables.mean_and_deviation(scores["processor_seconds"], 0),
            ]
        )
    one = summary["runs"][0]
    rows.append(
        [
            "real images",
            f"{100 * one['ruler_accuracy']:.2f}",
            "",
            f"{100 * one['accuracy_after_real_samples']:.2f}",
            "",
            "",
        ]
    )
    return tables.markdown(header, rows)
