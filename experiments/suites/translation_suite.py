"""Image to image: emoji from one drawing style to another, noise and blur taken from clothes.

Networks are trained on the training split. What is measured is measured on the test split: of emoji
on 200 held-out ones, by how often the nearest of all 200 true partners is the right one, and by how
many a classifier of the two styles takes for the style that was asked for. A row each for what
changes nothing, for colours that are matched, and for the same network trained by squared error
alone.
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
from experiments.suites.results import features_file, finished, stored_features
from experiments.suites.translation_scores import (
    STYLE_STEPS,
    emoji_scores,
    judge_of_styles,
    loaded_features,
    pixel_scores,
    restoration_scores,
)
from experiments.suites.translation_tasks import (
    QUICK_LESS,
    UNTRAINED,
    restores,
    selected,
    steps_and_hyperparameters,
    task_data,
)
from tfgan_it import datasets, metrics, networks, recipes, visualization
from tfgan_it.datasets.batches import batches
from tfgan_it.metrics.sample_quality import FeatureNetwork
from tfgan_it.seeds import seeded_initializers

BATCH, RETRIEVED, SHOWN, RESTORED = 16, 200, 40, 5000
FEATURE_STEPS, PARTNER_STEPS = 1000, 1000


def run_job(job: Job) -> Record:
    """Trains one system on one task with one seed, and measures its last step."""
    keras.config.set_dtype_policy(job["precision"])
    data = task_data(job["task"], job["files_dir"])
    began, processor = time.perf_counter(), time.process_time()
    translate = _trained(job, data)
    seconds = {
        "training_seconds": round(time.perf_counter() - began, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
    }
    keras.config.set_dtype_policy("float32")
    chosen = measured_pairs(data)
    source, target = (data.test_images[domain][chosen] for domain in "ab")
    made = datasets.to_uint8(translate(source))
    parts = [x[:SHOWN] for x in (source, made, target)]
    picture = visualization.pairs(parts[0], parts[1], SHOWN // 2, parts[2])
    path = visualization.save_picture(picture, pathlib.Path(job["picture"]))
    scores: dict[str, Any] = pixel_scores(made, target)
    if "style_steps" in job:
        files = {"categories": job["features"], "partners": job["partner_features"]}
        judge = _judge(job["task"], job["files_dir"], job["style_steps"])
        scores |= emoji_scores(made, target, files, judge)
    else:
        # Not the partners: other images of the same kind.
        others = np.setdiff1d(np.arange(len(data.test_images["b"])), chosen)
        features = loaded_features(job["features"])
        scores |= restoration_scores(made, target, data.test_images["b"][others], features)
    return {**scores, **seconds, "n": len(chosen), "pictures": path.name}


def _trained(job: Job, data: datasets.ImagePairs) -> Any:
    """Returns a function from images of a to images of b."""
    name, steps, options = job["system"], job["steps"], job["hyperparameters"]
    if name == "identity":
        channels = data.sample_shape["b"][-1]
        return lambda x: np.broadcast_to(x, (*x.shape[:-1], channels))
    if name == "matched_colours":
        (a, s), (b, t) = (
            (x.mean((0, 1, 2)), x.std((0, 1, 2)))
            for x in (data.train_images["a"], data.train_images["b"])
        )
        return lambda x: ((x - a) / s * t + b).clip(0, 255).round().astype("uint8")
    if name == "squared_error":
        return _squared_error(job, data, steps, **options)
    model = recipes.get(name)(data.sample_shape, seed=job["seed"], **options)
    model.fit(data.train_images, batch_size=BATCH, steps_per_epoch=steps, verbose=0)
    return model.translate


def _squared_error(job: Job, data: datasets.ImagePairs, steps: int, width: int) -> Any:
    """Trains the generator of pix2pix by its squared error alone, on the same batches."""
    shapes = data.sample_shape
    with seeded_initializers(job["seed"]):
        network = networks.unet_generator(shapes["a"], shapes["b"], width=width)
    rate = keras.optimizers.schedules.PolynomialDecay(2e-4, steps, 0.0)
    network.compile(keras.optimizers.Adam(rate, beta_1=0.5), "mse")
    stream = batches(data.train_images, BATCH, seed=job["seed"]).map(
        lambda x: tuple(datasets.scale_images(x[domain]) for domain in "ab")
    )
    network.fit(stream, steps_per_epoch=steps, verbose=0)
    return lambda x: network.predict(datasets.scale_images(x), batch_size=256, verbose=0)


@functools.lru_cache(maxsize=2)
def _judge(task: str, files_dir: str | None, steps: int) -> metrics.LabelClassifier:
    return judge_of_styles(task_data(task, files_dir), steps)


def measured_pairs(data: datasets.ImagePairs) -> np.ndarray:
    """Returns the test pairs that are measured: emoji without variants of their skin tones."""
    if data.test_texts is None:
        return np.arange(min(RESTORED, len(data.test_images["a"]) // 2))
    plain = [i for i, text in enumerate(data.test_texts) if "skin tone" not in text]
    return np.sort(np.random.RandomState(0).permutation(plain)[:RETRIEVED])


def task_features(
    out: pathlib.Path, task: str, quick: bool, files_dir: str | None
) -> dict[str, str]:
    """Returns files of features: of a classifier of images of b, and of the partners of emoji.

    The latter were trained to find the same emoji in the other style, so they tell content whatever
    the style. The emoji themselves, as they are, are the row to compare with.
    """
    data = task_data(task, files_dir)
    less = QUICK_LESS if quick else 1
    b = data.domain("b")
    files = {"features": features_file(out, b.name, lambda _: b, FEATURE_STEPS // less)}
    if data.test_texts is None:
        return files
    name = f"{data.name}_partners_cnn"

    def train() -> FeatureNetwork:
        network = FeatureNetwork(name, steps=PARTNER_STEPS // less, batch_size=256)
        return network.fit(data.train_images["a"], partners=data.train_images["b"])

    return {**files, "partner_features": stored_features(out, name, train)}


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
    precision: str = "float32",
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a picture of each run to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: `TASK/SYSTEM`, or the name of a task or of a system. If None, all.
        seeds: Seeds, at least one.
        quick: Whether to run a test with a three-hundredth of the steps.
        workers: Number of parallel runs, or an `Engine`.
        files_dir: Folder of raw files of TensorFlow Datasets and of emoji.
        precision: Keras dtype policy of the trained models.

    Returns:
        The table.
    """
    chosen = selected(names)
    features = {task: task_features(out, task, quick, files_dir) for task, _ in chosen}
    todo = [
        {**_job(task, name, seed, quick, out, files_dir, features[task]), "precision": precision}
        for task, name in chosen
        for seed in (seeds[:1] if name in UNTRAINED else seeds)
    ]
    records = completed(todo, run_job, out / "runs.jsonl", workers)
    summary = {
        "suite": "translation",
        "protocol": {
            "split": "trained on the training split, measured on the test split",
            "step": "the last of each run; none is selected",
            "batch_size": BATCH,
            "rates": "fall to 0 over the steps of a run",
            "retrieval": f"nearest of {RETRIEVED} held-out emoji without skin tones, by pixels, by "
            f"features of a classifier of their categories, {FEATURE_STEPS} steps, and by features "
            f"that find the same emoji in the other style, {PARTNER_STEPS} steps; all of the "
            "training split",
            "target_style": "what a classifier of the two styles, of the training split, takes for "
            "the target's",
            "frechet_distance": "of restored test images and other test images; its floor is that "
            "of the originals",
            "seeds": list(seeds),
            "precision": precision,
        },
        "systems": {
            f"{task}/{name}": summary_of(
                [r for r in records if (r["job"]["task"], r["job"]["system"]) == (task, name)]
            )
            for task, name in chosen
        },
        "runs": records,
    }
    return finished(out, summary, markdown_table(summary))


def _job(
    task: str,
    name: str,
    seed: int,
    quick: bool,
    out: pathlib.Path,
    files_dir: str | None,
    features: dict[str, str],
) -> Job:
    steps, options = steps_and_hyperparameters(task, name, quick)
    styles = {} if restores(task) else {"style_steps": STYLE_STEPS // (QUICK_LESS if quick else 1)}
    return {
        "task": task,
        "system": name,
        "seed": seed,
        "steps": steps,
        "hyperparameters": options,
        **styles,
        "files_dir": files_dir,
        **features,
        # What the numbers are of: with other weights they are others.
        "feature_names": {part: loaded_features(path).name for part, path in features.items()},
        "picture": str(out / f"{task}-{name}-{seed}.png"),
    }


SCORES = {
    "retrieval_pixels": ("retrieval by pixels, %", 100, 1),
    "retrieval_categories": ("by features of categories, %", 100, 1),
    "retrieval_partners": ("by features of partners, %", 100, 1),
    "target_style": ("taken for the style, %", 100, 1),
    "target_style_of_partners": ("partners are, %", 100, 1),
    "psnr_db": ("PSNR, dB", 1, 2),
    "frechet_distance": ("Fréchet", 1, 2),
    "frechet_floor": ("its floor", 1, 2),
    "processor_seconds": ("processor, s", 1, 0),
}


def summary_of(records: list[Record]) -> dict[str, Any]:
    """Returns each score of each run."""
    return {name: [r[name] for r in records] for name in SCORES if name in records[0]}


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats one row for each task and system."""
    rows = []
    for name, scores in summary["systems"].items():
        cells = [
            tables.mean_and_deviation([factor * x for x in scores[key]], digits)
            if key in scores
            else ""
            for key, (_, factor, digits) in SCORES.items()
        ]
        rows.append([*name.split("/"), *cells])
    return tables.markdown(["task", "system", *(title for title, *_ in SCORES.values())], rows)
