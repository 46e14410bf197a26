"""Videos of moving sprites: whether codes of content and motion are what they are called.

A system is trained on the training split of `moving_sprites`, without factors. Classifiers that
learned the factors of real videos read those of generated ones; reported is what each code tells of
each factor, in nats, beside L_I of each code. A classifier of single frames reads the shape in
every frame: content that is held shows one shape throughout. Frames are compared with those of the
test split, in features of such a classifier. The row of real videos has what these reach on videos
that they did not learn from. The best step is the one of the most L_I, without factors.
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
from tfgan_it.models import GAN

DATASET, RECIPE, REAL = "moving_sprites", "video_gan", "real_videos"
# As published, and with noise on what the discriminator sees, which the authors' code adds and the
# recipe does not, and a discriminator of a quarter of the rate.
SYSTEMS: dict[str, dict[str, Any]] = {
    RECIPE: {},
    f"{RECIPE}_noise": {"augmentation": "instance_noise", "discriminator_learning_rate": 5e-5},
}
SETTINGS: dict[str, Any] = {
    "steps": 600,
    "every": 200,
    "batch_size": 32,
    "hyperparameters": {"width": 16, "content_categories": 3, "motion_categories": 6},
    "reader_videos": 4000,
    "reader_steps": 250,
    "feature_steps": 200,
    "samples": 500,
}
QUICK: dict[str, Any] = {
    "steps": 2,
    "every": 1,
    "batch_size": 8,
    "hyperparameters": {"width": 2, "content_categories": 3, "motion_categories": 6},
    "reader_videos": 60,
    "reader_steps": 2,
    "feature_steps": 2,
    "samples": 40,
}
JUDGED = "reader_videos", "reader_steps", "feature_steps", "samples"
_FEATURES = f"{DATASET}_frames_supervised_cnn"
_FRAMES_SHOWN = 4  # Of each video, for the distance of frames: every fourth.


def run_job(job: Job) -> Record:
    """Measures real videos, or trains a system and measures it while it learns."""
    reader, frames, features, factors = judges(
        job["reader_videos"], job["reader_steps"], job["feature_steps"]
    )
    moving = datasets.MovingSprites()
    if job["system"] == REAL:
        held_out = factors[job["reader_videos"] :][: job["samples"]]
        videos = moving.images_at(held_out)
        accuracies = reader.accuracies(videos, held_out)
        training = moving.images_at(factors[: len(videos)])
        return {
            "real": {
                "reader_accuracy": dict(zip(moving.factor_names, accuracies, strict=True)),
                **looks(frames, features, videos, training),
                "shape_held": shape_held(frames, videos),
                "features": features.name,
            }
        }
    return trained(job, reader, frames, features)


def trained(
    job: Job,
    reader: metrics.FactorReader,
    frames: metrics.LabelClassifier,
    features: FeatureNetwork,
) -> Record:
    """Trains a system, measures it at every `every` steps, and draws its best and its last."""
    data = datasets.load(DATASET)
    keras.config.set_dtype_policy(job["precision"])
    try:
        model = recipes.get(RECIPE)(data.sample_shape, seed=job["seed"], **job["hyperparameters"])
    finally:
        keras.config.set_dtype_policy("float32")  # Of all that measures.

    def fit(steps: int) -> keras.callbacks.History:
        return model.fit(
            data.train_images, batch_size=job["batch_size"], steps_per_epoch=steps, verbose=0
        )

    def measure() -> dict[str, Any]:
        test: Any = model.evaluate(data.test_images, batch_size=100, verbose=0)
        videos = datasets.to_uint8(model.generate(job["samples"], seed=1))
        return {
            **{name: float(value) for name, value in test.items()},
            **looks(frames, features, data.test_images, videos),
        }

    def show(which: str) -> dict[str, Any]:
        draw(model, pathlib.Path(job["picture"]), which)
        return read_codes(model, reader, job["samples"])

    return trained_and_measured(fit, measure, show, steps=job["steps"], every=job["every"])


def read_codes(model: GAN, reader: metrics.FactorReader, n: int) -> dict[str, Any]:
    """Reads the factors of generated videos, and what each code tells of each."""
    names = datasets.MovingSprites.factor_names

    def read(videos: Any) -> np.ndarray:
        return reader(datasets.to_uint8(videos))

    return {"code_factor_nats": metrics.code_factor_information(model, read, names, n=n)}


def looks(
    frames: metrics.LabelClassifier, features: FeatureNetwork, real: Any, videos: Any
) -> dict[str, Any]:
    """Measures the frames of videos: their distance from real ones, and whether a shape is held."""
    distance = metrics.frechet_distance(features(some(real)), features(some(videos)))
    return {
        "frechet_distance": distance.value,
        "frechet_standard_error": distance.standard_error,
        "shape_held": shape_held(frames, videos),
    }


def shape_held(frames: metrics.LabelClassifier, videos: np.ndarray) -> float:
    """Computes the share of frames that show the shape which most frames of their video show."""
    n, length = videos.shape[:2]
    shapes = frames(videos.reshape(-1, *videos.shape[2:])).argmax(axis=1).reshape(n, length)
    most = [np.bincount(row).max() for row in shapes]
    return float(np.mean(most)) / length


def some(videos: np.ndarray) -> np.ndarray:
    """Returns every fourth frame of videos, as images."""
    return videos[:, ::_FRAMES_SHOWN].reshape(-1, *videos.shape[2:])


def draw(model: GAN, path: pathlib.Path, which: str) -> None:
    """Draws the frames of one video for each value of a code, and animates four rows of them."""
    assert model.latent is not None and model.latent.codes is not None, "both codes are set"
    for name, frames in visualization.code_animation(model, rows=4, seed=2).items():
        place = path.with_name(f"{name}-{path.stem}-{which}")
        visualization.save_animation(frames, place.with_suffix(".gif"), milliseconds=100)
        values = range(model.latent.codes.parts[name].dimension)
        videos = [model.generate(1, seed=2, codes={name: value}) for value in values]
        visualization.save_picture(
            visualization.grid(np.concatenate(videos)), place.with_suffix(".png")
        )


@functools.lru_cache(maxsize=1)
def judges(
    videos: int, steps: int, feature_steps: int
) -> tuple[metrics.FactorReader, metrics.LabelClassifier, FeatureNetwork, np.ndarray]:
    """Trains what reads factors of videos, shapes of frames, and features of frames.

    Returns:
        The three of them, and factors in an order without repetition: the first `videos` are those
        that they learned from.
    """
    moving = datasets.MovingSprites()
    factors = moving.factors_of(np.random.RandomState(1).permutation(len(moving))[: videos + 1000])
    learned = moving.images_at(factors[:videos])
    reader = metrics.FactorReader(metrics.LabelClassifier(steps=steps))
    reader.fit(learned, factors[:videos])
    frames = some(learned[: videos // 2])
    shapes = np.repeat(factors[: videos // 2, 0], len(frames) // (videos // 2))
    classifier = metrics.LabelClassifier(steps=steps).fit(frames, shapes)
    features = FeatureNetwork(_FEATURES, width=16, steps=feature_steps)
    return reader, classifier, features.fit(frames, shapes), factors


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    precision: str = "mixed_bfloat16",
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and pictures of each code to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: `video_gan`, `video_gan_noise`, `real_videos`. If None, all.
        seeds: Seeds, at least one.
        quick: Whether to run a test of two steps.
        workers: Number of parallel runs, or an `Engine`.
        precision: Keras dtype policy of the trained models.

    Returns:
        The table.

    Raises:
        ValueError: If a system is unknown.
    """
    settings = QUICK if quick else SETTINGS
    judged = {key: settings[key] for key in JUDGED}
    todo = [
        {
            "system": name,
            "seed": seed,
            "picture": str(out / f"{name}-{seed}.png"),
            **(judged if name == REAL else {**settings_of(name, settings), "precision": precision}),
        }
        for name in selected(names, [REAL, *SYSTEMS])
        for seed in (seeds[:1] if name == REAL else seeds)
    ]
    records = completed(todo, run_job, out / "runs.jsonl", workers)
    summary = {
        "suite": "video",
        "protocol": {
            **settings,
            "dataset": DATASET,
            "split": "trained on the training split; L_I on new latents, frames against the test "
            "split; readers of factors learned from other real videos",
            "best": "the step of the most information_nats, without factors",
            "code_factor_nats": "I(code; factor read) of generated videos, by counts, Miller-Madow",
            "networks": "averaged",
            "seeds": list(seeds),
            "precision": precision,
        },
        "runs": records,
    }
    return finished(out, summary, markdown_table(records))


SCORES = {
    "information_nats_content": ("L_I of content, nats", 1, 3),
    "information_nats_motion": ("of motion", 1, 3),
    "shape_held": ("shape held, %", 100, 1),
    "frechet_distance": ("Fréchet of frames", 1, 2),
}


def settings_of(system: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Returns the settings of a system, with its own hyperparameters."""
    return {**settings, "hyperparameters": {**settings["hyperparameters"], **SYSTEMS[system]}}


def markdown_table(records: Sequence[Record]) -> str:
    """Formats the scores, and what codes tell of factors, of the best and the last step."""
    rows, told = [], []
    for record in sorted(records, key=lambda each: each["job"]["system"] != REAL):
        system = record["job"]["system"].replace("_noise", ", noise")
        for which in ("real", "best", "last"):
            if which not in record:
                continue
            scores = record[which]
            title = f"{system}, seed {record['job']['seed']}, {which} step"
            title = "real videos" if which == "real" else f"{title}: {scores['step']:,}"
            cells = [
                f"{factor * scores[key]:.{digits}f}" if key in scores else ""
                for key, (_, factor, digits) in SCORES.items()
            ]
            rows.append([title, *cells])
            if which == "real":
                values = scores["reader_accuracy"].values()
                told.append(["read correctly, %", *(f"{100 * x:.1f}" for x in values)])
            for code, nats in scores.get("code_factor_nats", {}).items():
                told.append(
                    [f"{system}, {code}, {which} step", *(f"{x:.3f}" for x in nats.values())]
                )
    first = tables.markdown(["system", *(title for title, *_ in SCORES.values())], rows)
    names = [name.replace("_", " ") for name in datasets.MovingSprites.factor_names]
    return f"{first}\n\n{tables.markdown(['I(code; factor read), nats', *names], told)}"
