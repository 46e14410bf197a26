"""Images of texts: emoji drawn from their names.

Trained on the training split of emoji of one style. Measured on held-out emoji without variants of
their skin tones, whose names were never seen: how often a drawing finds its name among 50, and a
name, drawn by the generator, its true drawing among 50. Beside chance, a row each for what the
category of a drawing tells of its name, and for the name of the nearest training image.
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
from experiments.suites.results import features_file, finished
from experiments.suites.selection import selected
from tfgan_it import datasets, metrics, recipes, visualization
from tfgan_it.metrics.sample_quality import FeatureNetwork
from trainers.conditions import condition_of, conditions_of

NAME = "text_to_image"
BASELINES = ("chance", "category", "nearest_name")
# About .4 s a step on one core; the recipe's own widths and a batch of 64 take some times that.
SETTINGS: dict[str, Any] = {
    "steps": 3000,
    "batch_size": 32,
    "hyperparameters": {"width": 32, "text_width": 64},
}
QUICK_SETTINGS = {"steps": 3, "batch_size": 16, "hyperparameters": {"width": 4, "text_width": 8}}
CANDIDATES, SHOWN, FEATURE_STEPS, QUICK_LESS = 50, 16, 1000, 300
_LETTERS = 3  # Of the pieces by which names are compared.


def run_job(job: Job) -> Record:
    """Measures a baseline, or trains the recipe and measures its last step."""
    data = emoji(job["files_dir"])
    chosen = measured(data)
    images, names = data.test_images[chosen], [data.test_texts[i] for i in chosen]
    features = FeatureNetwork.load(job["features"], pathlib.Path(job["features"]).stem)
    common = {"n": len(chosen), "features": features.name}
    if job["system"] == "chance":
        return {**common, "name_of_drawing": 1 / CANDIDATES, "drawing_of_name": 1 / CANDIDATES}
    if job["system"] == "category":
        scores = category_scores(data, chosen)
    elif job["system"] == "nearest_name":
        scores = nearest_name_scores(data, images, names, features)
    else:
        return {**common, **_trained(job, data, images, names, features)}
    return {**common, "name_of_drawing": metrics.retrieval_among(scores, CANDIDATES)}


def _trained(
    job: Job,
    data: datasets.ImageDataset,
    images: np.ndarray,
    names: list[str],
    features: FeatureNetwork,
) -> Record:
    keras.config.set_dtype_policy(job["precision"])
    try:
        model = recipes.get(NAME)(
            data.sample_shape,
            conditions=condition_of(data, "text"),
            seed=job["seed"],
            **job["hyperparameters"],
        )
    finally:
        keras.config.set_dtype_policy("float32")
    began, processor = time.perf_counter(), time.process_time()
    model.fit(
        data.train_images,
        conditions_of(model, data)[0],
        batch_size=job["batch_size"],
        steps_per_epoch=job["steps"],
        verbose=0,
    )
    seconds = {
        "training_seconds": round(time.perf_counter() - began, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
    }
    asked = model.conditions.encode(names)
    outputs = model.discriminate(model.scale(images), model.conditions.prepare(asked))
    v, t = (_unit(outputs[name]) for name in ("sample_embedding", "condition_embedding"))
    made = datasets.to_uint8(model.generate(len(names), seed=1, conditions=asked))
    f, g = (features(x).astype("float64") for x in (made, images))
    distances = ((f[:, None] - g[None]) ** 2).sum(axis=-1)
    pictures = visualization.pairs(images[:SHOWN], made[:SHOWN], SHOWN // 2)
    path = pathlib.Path(job["picture"])
    visualization.save_picture(pictures, path)
    grid = path.with_name(f"{path.stem}-known.png")
    visualization.save_picture(visualization.sample_grid(model, 64, seed=1), grid)
    known = datasets.to_uint8(model.generate(len(data.test_images), seed=2))
    real = features(data.train_images)
    return {
        "name_of_drawing": metrics.retrieval_among(v @ t.T, CANDIDATES),
        "drawing_of_name": metrics.retrieval_among(-distances, CANDIDATES),
        "frechet_distance": metrics.frechet_distance(real, features(known)).value,
        "frechet_floor": metrics.frechet_distance(real, features(data.test_images)).value,
        "names": names[:SHOWN],
        "pictures": [path.name, grid.name],
        **seconds,
    }


def category_scores(data: datasets.ImageDataset, chosen: np.ndarray) -> np.ndarray:
    """Scores names by whether their category is that of the drawing.

    It is the most that a perfect classifier of categories could tell: equal names are drawn lots.
    """
    assert data.test_labels is not None, "emoji have categories"
    labels = data.test_labels[chosen]
    random = np.random.RandomState(0).uniform(size=(len(chosen), len(chosen)))
    return (labels[:, None] == labels[None]) + random


def nearest_name_scores(
    data: datasets.ImageDataset, images: np.ndarray, names: list[str], features: FeatureNetwork
) -> np.ndarray:
    """Scores names by the letters that they share with the name of the nearest training image."""
    assert data.train_texts is not None, "emoji have names"
    f, g = (features(x).astype("float64") for x in (images, data.train_images))
    distances = (f**2).sum(1)[:, None] - 2 * f @ g.T + (g**2).sum(1)
    found = [_pieces(data.train_texts[i]) for i in distances.argmin(axis=1)]
    known = [_pieces(name) for name in names]
    shared = np.array([[len(a & b) / len(a | b) for b in known] for a in found])
    return shared + 1e-9 * np.random.RandomState(0).uniform(size=shared.shape)


@functools.lru_cache(maxsize=1)
def emoji(files_dir: str | None) -> Any:
    """Loads the emoji of one style, with their names."""
    return datasets.load("emoji", files_dir=files_dir)


def measured(data: datasets.ImageDataset) -> np.ndarray:
    """Returns the test emoji that are measured: those without variants of their skin tones."""
    assert data.test_texts is not None
    return np.array([i for i, text in enumerate(data.test_texts) if "skin tone" not in text])


def emoji_features(out: pathlib.Path, quick: bool, files_dir: str | None) -> str:
    """Returns the file of features of a classifier of categories."""
    data = emoji(files_dir)
    steps = FEATURE_STEPS // (QUICK_LESS if quick else 1)
    return features_file(out, data.name, lambda _: data, steps)


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
    precision: str = "float32",
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and pictures of each run to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Systems: `text_to_image` or a baseline. If None, all.
        seeds: Seeds, at least one.
        quick: Whether to run a test of three steps.
        workers: Number of parallel runs, or an `Engine`.
        files_dir: Folder of raw files, with the emoji.
        precision: Keras dtype policy of the trained models.

    Returns:
        The table.

    Raises:
        ValueError: If a system is unknown.
    """
    chosen = selected(names, [*BASELINES, NAME])
    settings = QUICK_SETTINGS if quick else SETTINGS
    features = emoji_features(out, quick, files_dir)
    todo = [
        {
            "system": name,
            "seed": seed,
            "files_dir": files_dir,
            "features": features,
            "picture": str(out / f"{name}-{seed}.png"),
            **({**settings, "precision": precision} if name == NAME else {}),
        }
        for name in chosen
        for seed in (seeds if name == NAME else seeds[:1])
    ]
    records = completed(todo, run_job, out / "runs.jsonl", workers)
    summary = {
        "suite": NAME,
        "protocol": {
            **settings,
            "split": "trained on the training split, measured on held-out emoji without skin tones",
            "step": "the last of each run; none is selected",
            "retrieval": f"the right one of {CANDIDATES}, mean over all choices of the others; "
            "names by the cosine of the discriminator's embeddings, drawings by features",
            "seeds": list(seeds),
            "precision": precision,
        },
        "systems": {
            name: {key: [r[key] for r in group if key in r] for key in SCORES}
            for name, group in tables.by_system(records).items()
        },
        "runs": records,
    }
    return finished(out, summary, markdown_table(summary))


SCORES = {
    "name_of_drawing": (f"name of a drawing, of {CANDIDATES}, %", 100, 1),
    "drawing_of_name": (f"drawing of a name, of {CANDIDATES}, %", 100, 1),
    "frechet_distance": ("Fréchet", 1, 2),
    "frechet_floor": ("its floor", 1, 2),
    "processor_seconds": ("processor, s", 1, 0),
}


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats one row for each system."""
    rows = [
        [
            name,
            *(
                tables.mean_and_deviation([factor * x for x in values[key]], digits)
                if values[key]
                else ""
                for key, (_, factor, digits) in SCORES.items()
            ),
        ]
        for name, values in summary["systems"].items()
        if any(values.values())
    ]
    return tables.markdown(["system", *(title for title, *_ in SCORES.values())], rows)


def _unit(vectors: Any) -> np.ndarray:
    vectors = np.asarray(vectors, "float64")
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _pieces(name: str) -> set[str]:
    """Returns all runs of letters of a name."""
    return {name[i : i + _LETTERS] for i in range(max(1, len(name) - _LETTERS + 1))}
