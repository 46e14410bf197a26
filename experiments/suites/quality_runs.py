"""One run of the quality suite: training at a budget, and all measures of two checkpoints."""

from __future__ import annotations

import contextlib
import functools
import inspect
import pathlib
import tempfile
import time
from typing import Any

import keras
import numpy as np

from experiments.suites.jobs import Job, Record
from tfgan_it import callbacks, datasets, metrics, recipes, visualization
from tfgan_it.estimators import DensityRatioEstimator
from tfgan_it.files import local_path
from tfgan_it.metrics.sample_quality import FeatureNetwork, Measurement
from trainers.conditions import conditions_of

REAL = "real images"
SELECTED_BY = "frechet_distance"
# Samples of a grid, and of a measurement while training, by which the best checkpoint is chosen.
SHOWN, WATCHED = 64, 2000
GILBO_SAMPLES, GILBO_STEPS, PROBE_STEPS, CLASSIFIER_STEPS = 8000, 800, 1000, 1500


def run_job(job: Job) -> Record:
    """Trains a recipe and measures its last and its best checkpoint; or measures real images."""
    keras.backend.clear_session()
    return _measure_real(job) if job["recipe"] == REAL else _train_and_measure(job)


def _train_and_measure(job: Job) -> Record:
    data = loaded(job["dataset"], job["files_dir"])
    options = dict(job["hyperparameters"])
    recipe = recipes.get(job["recipe"])
    if "conditions" in inspect.signature(recipe).parameters:
        options["conditions"] = data.num_classes
    keras.config.set_dtype_policy(job["precision"])
    try:
        model = recipe(data.sample_shape, seed=job["seed"], **options)
    finally:
        keras.config.set_dtype_policy("float32")
    labels = conditions_of(model, data)
    chosen, _ = halves(data)
    curve: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = callbacks.Checkpoints(
            folder, job["steps"], best=f"-{SELECTED_BY}", measures=[SELECTED_BY]
        )

        def record(measured: dict[str, Any]) -> None:
            values = measured["sample_quality"]["generated"]
            checkpoints.maybe_keep_best(values)
            curve.append({"step": measured["step"], **values})

        quality = callbacks.SampleQuality(
            max(1, job["steps"] // job["measurements"]),
            chosen[:WATCHED],
            features=_features(job["features"]),
            samples=min(WATCHED, job["samples"]),
            measures=[SELECTED_BY],
            conditions=None if labels[1] is None else labels[1][::2][:WATCHED],
            record=record,
        )
        began, processor = time.perf_counter(), time.process_time()
        diverged = None
        try:
            model.fit(
                data.train_images,
                labels[0],
                batch_size=job["batch_size"],
                steps_per_epoch=job["steps"],
                verbose=0,
                callbacks=[callbacks.TerminateOnNonFinite(), quality, checkpoints],
            )
        except callbacks.NonFiniteLoss as error:
            diverged = str(error)
        seconds = {
            "training_seconds": round(time.perf_counter() - began, 1),
            "training_processor_seconds": round(time.process_time() - processor, 1),
        }
        measured: dict[str, Any] = {}
        if not diverged:
            measured["last"] = _measured(model, data, job, "last")
        with contextlib.suppress(FileNotFoundError):  # It diverged before the first measurement.
            best = callbacks.load_checkpoint(pathlib.Path(folder) / "best")
            same = best.trained_steps == model.trained_steps and not diverged
            measured["best"] = measured["last"] if same else _measured(best, data, job, "best")
    pictures = [f"{pathlib.Path(job['picture']).stem}-{name}.png" for name in measured]
    return {"diverged": diverged, "curve": curve, "pictures": pictures, **seconds, **measured}


def _measured(model: Any, data: datasets.ImageDataset, job: Job, name: str) -> Record:
    """Returns all measures of a checkpoint, and draws its samples."""
    n, conditions = job["samples"], None
    if model.conditions is not None:
        conditions = np.resize(np.asarray(data.test_labels)[1::2], n)
    # Another seed than that of the measurements by which the checkpoint was chosen.
    images = datasets.images.to_uint8(model.generate(n, seed=1, conditions=conditions))
    picture = visualization.grid(images[:SHOWN])
    if model.conditions is not None:
        picture = visualization.sample_grid(model, SHOWN, seed=1)
    path = pathlib.Path(job["picture"])
    visualization.save_picture(picture, path.with_name(f"{path.stem}-{name}.png"))
    scores = _scores(images, data, job)
    scores |= _one(metrics.gilbo(model, samples=job["gilbo_samples"], steps=job["gilbo_steps"]))
    labels = None if model.conditions is None else data.test_labels
    test = model.evaluate(data.test_images, labels, batch_size=250, verbose=0)
    assert isinstance(test, dict)
    return {
        "step": model.trained_steps,
        "measures": {key: score.as_dict() for key, score in scores.items()},
        "test": {key: float(value) for key, value in test.items()},
    }


def _measure_real(job: Job) -> Record:
    """Returns all measures of one half of the test images, which the other half is compared with.

    Their floors are those of training images.
    """
    data = loaded(job["dataset"], job["files_dir"])
    images, _ = halves(data)
    picture = visualization.grid(images[:SHOWN])
    path = visualization.save_picture(picture, pathlib.Path(job["picture"]))
    scores = _scores(images[: job["samples"]], data, job)
    measures = {key: score.as_dict() for key, score in scores.items()}
    return {"real": {"measures": measures}, "pictures": [path.name]}


def _scores(images: np.ndarray, data: datasets.ImageDataset, job: Job) -> dict[str, Measurement]:
    """Compares images with the half of the test images that chooses no checkpoint."""
    scores = _comparison(job["dataset"], job["files_dir"], job["features"])(images)
    classifier = _classifier(job["dataset"], job["files_dir"], job["classifier_steps"])
    scores |= _one(metrics.inception_score(classifier(images)))
    _, real = halves(data)
    probe = DensityRatioEstimator(steps=job["probe_steps"]).fit(real, images)
    found = probe.estimate()
    for key in ("js", "kl", "reverse_kl"):
        error = found.get(f"{key}_error")
        scores[key] = Measurement(key, found[key], error, len(images), len(real))
    return scores


def halves(data: datasets.ImageDataset) -> tuple[np.ndarray, np.ndarray]:
    """Returns the test images that choose the best checkpoint, and those that measure it."""
    return data.test_images[::2], data.test_images[1::2]


@functools.lru_cache(maxsize=2)
def loaded(name: str, files_dir: str | None) -> datasets.ImageDataset:
    """Loads a data set with labels."""
    data = datasets.load(name, files_dir=files_dir)
    assert isinstance(data, datasets.ImageDataset) and data.test_labels is not None
    return data


@functools.lru_cache(maxsize=2)
def _features(path: str) -> FeatureNetwork:
    return FeatureNetwork.load(path, local_path(path).stem)


@functools.lru_cache(maxsize=2)
def _comparison(name: str, files_dir: str | None, features: str) -> metrics.SampleComparison:
    data = loaded(name, files_dir)
    return metrics.SampleComparison(
        halves(data)[1], features=_features(features), training=data.train_images
    )


@functools.lru_cache(maxsize=2)
def _classifier(name: str, files_dir: str | None, steps: int) -> metrics.LabelClassifier:
    data = loaded(name, files_dir)
    classifier = metrics.LabelClassifier(metrics.normalized_network, steps=steps, patience=2)
    return classifier.fit(data.train_images, data.train_labels)


def _one(measurement: Measurement) -> dict[str, Measurement]:
    return {measurement.name: measurement}
