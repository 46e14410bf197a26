"""Spoken digits as waveforms, of labels and of codes: which digit is heard in each.

A system is trained on the training split of `spoken_digit_waves`. A classifier of log-mel
spectrograms, trained on the same split, hears a digit in each generated sound; reported is what
that digit tells of the label, or of the code, in nats. Frechet distances are to the test split, in
features of such a classifier; the row of real sounds has the distance of the training split, which
is their floor. No test sound trains or chooses anything: the best step is the one whose heard
digits tell most.
"""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.measured_training import trained_and_measured
from experiments.suites.results import finished
from experiments.suites.selection import selected
from tfgan_it import datasets, metrics, recipes, visualization
from tfgan_it.metrics.sample_quality import FeatureNetwork

DATASET, RECIPE, DIGITS = "spoken_digit_waves", "wave_gan", 10
REAL = "real_sounds"
SYSTEMS: dict[str, dict[str, Any]] = {"labels": {"conditions": DIGITS}, "codes": {"categories": 10}}
# Networks and rates with which a run takes minutes on one core; see results/README.md.
SETTINGS: dict[str, Any] = {
    "steps": 600,
    "every": 150,
    "batch_size": 32,
    "hyperparameters": {
        "width": 8,
        "discriminator_steps": 2,
        "learning_rate": 5e-4,
        "moving_average": 0.99,
    },
    "classifier_steps": 300,
    "samples": 500,
}
QUICK: dict[str, Any] = {
    "steps": 2,
    "every": 1,
    "batch_size": 8,
    "hyperparameters": {"width": 2, "discriminator_steps": 1},
    "classifier_steps": 2,
    "samples": 150,
}
JUDGED = "classifier_steps", "samples"  # What the row of real sounds takes of the settings.
WIDTH = 16  # Of the classifier and of the features, of which there are four times as many.
SHOWN = 5  # Sounds of each label or code in a picture.


def run_job(job: Job) -> Record:
    """Measures real sounds, or trains a system and measures it while it learns."""
    data = sounds(job["files_dir"])
    classifier, features = judges(job["files_dir"], job["classifier_steps"])
    common = {
        "n_test": len(data.test_images),
        "features": features.name,
        "classifier_accuracy": classifier.accuracy(data.test_images, data.test_labels),
    }
    if job["system"] == REAL:
        heard = heard_digits(classifier, data.test_images, data.test_labels)
        columns = [np.flatnonzero(data.test_labels == digit)[:SHOWN] for digit in range(DIGITS)]
        shown = np.stack(columns, axis=1).ravel()
        draw(data.test_images[shown], data.rate, pathlib.Path(job["picture"]), "test")
        chosen = np.linspace(0, len(data.train_images) - 1, job["samples"]).astype(int)
        training = quality(features, data.test_images, data.train_images[chosen])
        return {**common, "real": {**heard, **training}}
    return {**common, **trained(job, data, classifier, features)}


def trained(
    job: Job,
    data: datasets.SoundDataset,
    classifier: metrics.LabelClassifier,
    features: FeatureNetwork,
) -> Record:
    """Trains a system, measures it at every `every` steps, and draws its best and its last."""
    model = recipes.get(RECIPE)(
        data.sample_shape,
        rate=data.rate,
        seed=job["seed"],
        **SYSTEMS[job["system"]],
        **job["hyperparameters"],
    )
    asked = np.arange(job["samples"]) % DIGITS
    given = {"conditions": asked} if job["system"] == "labels" else {"codes": {"category": asked}}

    def fit(steps: int) -> keras.callbacks.History:
        return model.fit(
            data.train_images,
            data.train_labels if job["system"] == "labels" else None,
            batch_size=job["batch_size"],
            steps_per_epoch=steps,
            verbose=0,
        )

    def measure() -> dict[str, Any]:
        samples = model.generate(len(asked), seed=0, **given)
        scores = heard_digits(classifier, samples, asked)
        if job["system"] == "codes":  # A code has no digit that was asked for.
            del scores["asked_class_accuracy"], scores["asked_class_information"]
        return {**scores, **quality(features, data.test_images, samples)}

    def show(which: str) -> dict[str, Any]:
        samples = model.generate(len(asked), seed=0, **given)
        draw(samples, data.rate, pathlib.Path(job["picture"]), which)
        return {}

    return trained_and_measured(fit, measure, show, steps=job["steps"], every=job["every"])


def heard_digits(
    classifier: metrics.LabelClassifier, samples: np.ndarray, asked: np.ndarray
) -> dict[str, Any]:
    """Measures which digit the classifier hears in each sound, against what was asked for."""
    probabilities = classifier(samples)
    heard = probabilities.argmax(axis=1)
    return {
        "asked_class_accuracy": float(np.mean(heard == asked)),
        "asked_class_information": metrics.asked_class_information(probabilities, asked),
        "information_nats": metrics.predicted_class_information(probabilities, asked),
        "digits_heard": np.bincount(heard, minlength=DIGITS).tolist(),
    }


def quality(features: FeatureNetwork, test: np.ndarray, samples: np.ndarray) -> dict[str, Any]:
    """Measures the distance of sounds from the test split, and their loudness."""
    distance = metrics.frechet_distance(features(test), features(samples))
    loudness = np.sqrt(np.mean(np.square(samples, dtype="float64")))
    return {
        "frechet_distance": distance.value,
        "frechet_standard_error": distance.standard_error,
        "root_mean_square": float(loudness),
    }


def draw(samples: np.ndarray, rate: int, path: pathlib.Path, which: str) -> None:
    """Draws sounds, a column for each label or code, and writes the first of each to a WAV."""
    shown = samples[: SHOWN * DIGITS]
    picture = path.with_name(f"{path.stem}-{which}.png")
    visualization.save_picture(visualization.sounds(shown, DIGITS), picture)
    joined = visualization.joined_sounds(shown[:DIGITS], rate)
    datasets.save_wav(joined, picture.with_suffix(".wav"), rate)


@functools.lru_cache(maxsize=1)
def sounds(files_dir: str | None) -> Any:
    """Loads the waveforms of spoken digits."""
    return datasets.load(DATASET, files_dir=files_dir)


@functools.lru_cache(maxsize=1)
def judges(files_dir: str | None, steps: int) -> tuple[metrics.LabelClassifier, FeatureNetwork]:
    """Trains the classifier and the features on the training split."""
    data = sounds(files_dir)
    arguments = data.train_images, data.train_labels
    network = functools.partial(metrics.normalized_network, width=WIDTH)
    classifier = metrics.LabelClassifier(network, steps=steps, patience=2)
    features = FeatureNetwork(f"{DATASET}_supervised_cnn", width=WIDTH, steps=steps)
    return classifier.fit(*arguments), features.fit(*arguments)


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
) -> str:
    """Runs the suite; writes `results.json`, `table.md`, pictures and sounds to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: `labels`, `codes`, `real_sounds`. If None, all.
        seeds: Seeds, at least one.
        quick: Whether to run a test of two steps.
        workers: Number of parallel runs, or an `Engine`.
        files_dir: Folder of raw files, with the recordings.

    Returns:
        The table.

    Raises:
        ValueError: If a system is unknown.
    """
    settings = QUICK if quick else SETTINGS
    todo = [
        {
            "system": name,
            "seed": seed,
            "files_dir": files_dir,
            "picture": str(out / f"{name}-{RECIPE}-{seed}.png"),
            **(settings if name != REAL else {key: settings[key] for key in JUDGED}),
        }
        for name in selected(names, [REAL, *SYSTEMS])
        for seed in (seeds if name != REAL else seeds[:1])
    ]
    records = completed(todo, run_job, out / "runs.jsonl", workers)
    summary = {
        "suite": "waveform",
        "protocol": {
            **settings,
            "dataset": DATASET,
            "split": "trained on the training split; distances to the test split",
            "best": "the step of the most information_nats, which no test sound enters",
            "information_nats": "I(label or code; heard digit) by counts, Miller-Madow",
            "networks": "averaged",
            "seeds": list(seeds),
            "precision": "float32",
        },
        "runs": records,
    }
    return finished(out, summary, markdown_table(records))


SCORES = {
    "asked_class_accuracy": ("asked digit, %", 100, 1),
    "information_nats": ("I(asked; heard), nats", 1, 3),
    "frechet_distance": ("Fréchet", 1, 2),
    "root_mean_square": ("root mean square", 1, 3),
}


def markdown_table(records: Sequence[Record]) -> str:
    """Formats a row for real sounds, and one each for the best and the last step of a system."""
    rows = []
    for system, runs in tables.by_system(records).items():
        for which in ("real", "best", "last"):
            if which in runs[0]:
                rows.append([_title(system, which, runs), *_cells([run[which] for run in runs])])
    return tables.markdown(["system", *(title for title, *_ in SCORES.values())], rows)


def _title(system: str, which: str, runs: Sequence[Record]) -> str:
    if which == "real":
        return "real sounds"
    steps = sorted({run[which]["step"] for run in runs})
    return f"{RECIPE}, {system}, {which} step: {', '.join(f'{step:,}' for step in steps)}"


def _cells(scores: Sequence[dict[str, Any]]) -> list[str]:
    return [
        tables.mean_and_deviation([factor * each[name] for each in scores], digits)
        if name in scores[0]
        else ""
        for name, (_, factor, digits) in SCORES.items()
    ]
