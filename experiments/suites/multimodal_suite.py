"""Whether a code means the same in all modalities: written and spoken digits, without labels.

A system is trained on pairs. Small classifiers, one of each modality, trained with the labels of
the training part, then classify its samples. The system itself uses no labels, neither to train nor
to select.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from tfgan_it import datasets, metrics, recipes, visualization
from tfgan_it.files import replace_text, write_json
from trainers.run_directory import provenance

DATASET, RECIPE, POSTERIORS = "digit_pairs", "multimodal_infogan", ("product", "mixture")
STEPS, BATCH_SIZE, CLASSIFIER_STEPS, POINTS = 2000, 64, 600, 5
SAMPLES, DRAWN = 2000, 5


def train_and_measure(job: Job) -> Record:
    """Trains one system, measures it with classifiers, and writes its pictures and sounds."""
    keras.backend.clear_session()
    data: Any = datasets.load(DATASET, files_dir=job["files_dir"])
    model = recipes.get(RECIPE)(
        data.sample_shape, posterior=job["posterior"], seed=job["seed"], **job["hyperparameters"]
    )
    history = []
    for _ in range(POINTS):
        fitted = model.fit(
            data.train_images,
            batch_size=job["batch_size"],
            steps_per_epoch=max(1, job["steps"] // POINTS),
            verbose=0,
        )
        last = {name: float(values[-1]) for name, values in fitted.history.items()}
        history.append({"step": model.trained_steps, **last})
    judges = {m: _judge(m, model, data, job) for m in model.modalities}
    record = {"history": history, **scores(model, data, judges, job["samples"], job["seed"])}
    folder = pathlib.Path(job["folder"])
    draw(model, data, folder)
    write_sounds(model, data, folder)
    return record


def _judge(modality: str, model: keras.Model, data: Any, job: Job) -> metrics.LabelClassifier:
    samples, labels = distinct(model.split(data.train_images)[modality], data.train_labels)
    judge = metrics.LabelClassifier(steps=job["classifier_steps"], seed=job["seed"])
    return judge.fit(samples, labels)


def distinct(samples: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns samples without repetitions, and their labels; several pairs share a sound."""
    rows = {sample.tobytes(): row for row, sample in reversed(list(enumerate(samples)))}
    first = sorted(rows.values())
    return samples[first], labels[first]


def scores(
    model: keras.Model,
    data: Any,
    judges: dict[str, metrics.LabelClassifier],
    samples: int,
    seed: int,
) -> dict[str, Any]:
    """Measures a trained system.

    Args:
        model: A `models.MultimodalInfoGAN` with a code `category`.
        data: Pairs, with labels.
        judges: A classifier of each modality by name.
        samples: Maximum number of generated and of translated samples.
        seed: Seed of the samples.

    Returns:
        `coherence`, the share of generated samples on whose class all judges agree;
        `source_to_target` for each two modalities, the share of real test samples whose class the
        judge sees in their translation; `codes`, the accuracy of the category on test samples,
        jointly and of each modality, with the best assignment of the joint one to classes;
        `judges`, their accuracy on the test part, and `real_coherence`, on pairs;
        `modality_weights` on test samples.
    """
    test, labels = data.test_images[:samples], data.test_labels[:samples]
    generated = model.split(model.generate(samples, seed=seed))
    classes = np.stack([judges[m](generated[m]).argmax(axis=-1) for m in judges])
    real = {m: judges[m](x).argmax(axis=-1) for m, x in model.split(test).items()}
    found: dict[str, Any] = {
        "samples": samples,
        "coherence": float((classes == classes[0]).all(axis=0).mean()),
        "real_coherence": float(
            (np.stack(list(real.values())) == real[next(iter(real))]).all(axis=0).mean()
        ),
        "judges": {m: float((real[m] == labels).mean()) for m in real},
    }
    split = model.split(test)
    for source, target in ((a, b) for a in judges for b in judges if a != b):
        translated = model.translate(split[source], source, target, seed=seed)
        right = judges[target](translated).argmax(axis=-1) == labels
        found[f"{source}_to_{target}"] = float(right.mean())
    read = {"joint": model.infer_codes(test)}
    read |= {m: model.infer_codes_of(m, x) for m, x in split.items()}
    codes = {name: each["category_probabilities"].argmax(axis=-1) for name, each in read.items()}
    naming = best_naming(codes["joint"], labels)
    found["codes"] = {name: float((naming[each] == labels).mean()) for name, each in codes.items()}
    found["modality_weights"] = {
        m: float(share.mean()) for m, share in model.modality_weights(test).items()
    }
    noise = np.random.default_rng(seed).integers(0, 256, test.shape, "uint8")
    for modality, channels in model.channels.items():
        corrupted = test.copy()
        corrupted[..., channels] = noise[..., channels]
        share = model.modality_weights(corrupted)[modality]
        found["modality_weights"][f"{modality}_where_it_is_noise"] = float(share.mean())
    return found


def best_naming(clusters: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Returns the class of each cluster, by the one-to-one assignment of highest accuracy."""
    from scipy.optimize import linear_sum_assignment

    size = 1 + max(int(clusters.max()), int(labels.max()))
    table = np.zeros((size, size))
    np.add.at(table, (clusters, labels), 1)
    return linear_sum_assignment(-table)[1]


def draw(model: keras.Model, data: Any, folder: pathlib.Path) -> None:
    """Draws pairs, real and generated; traversals of each modality; translations."""
    pairs = {"real": data.test_images[:30], "generated": model.generate(30, seed=0)}
    tiles = {
        f"{name} {modality}": visualization.grid(x, columns=10)
        for name, samples in pairs.items()
        for modality, x in model.split(samples).items()
    }
    visualization.save_picture(visualization.stacked(tiles), folder / "pairs.png")
    tiles = {}
    for path, latents in model.latent.traversal(model.sample_latents(6, 0)).items():
        rows, points, columns = latents.shape
        varied = model.split(model.predict(latents.reshape(rows * points, columns), verbose=0))
        tiles |= {f"{path} {m}": visualization.grid(x, columns=points) for m, x in varied.items()}
    visualization.save_picture(visualization.stacked(tiles), folder / "traversal.png")
    first = np.unique(data.test_labels, return_index=True)[1]  # The first of each class.
    split, tiles = model.split(data.test_images[first]), {}
    for source, target in ((a, b) for a in split for b in split if a != b):
        rows = [datasets.to_uint8(split[source])]
        for seed in range(DRAWN):
            rows.append(
                datasets.to_uint8(model.translate(split[source], source, target, seed=seed))
            )
        shown = np.concatenate(rows)
        tiles[f"{source} above, the {target} drawn from it below"] = visualization.grid(
            shown, columns=len(first)
        )
    visualization.save_picture(visualization.stacked(tiles), folder / "translations.png")


def write_sounds(model: keras.Model, data: Any, folder: pathlib.Path) -> None:
    """Writes WAV files of a generated sound of each category and a real one of each class.

    `sounds.png` has their original spectrograms and those of the written files.
    """
    spectrogram = datasets.LogMel()
    if "sound" not in model.modalities or model.sample_shape[0] != spectrogram.bands:
        return
    latents = model.latent.traversal(model.sample_latents(1, 0))["category"][0]
    first = np.unique(data.test_labels, return_index=True)[1]
    real = model.split(datasets.scale_images(data.test_images[first]))["sound"]
    generated = model.split(model.predict(latents, verbose=0))["sound"]
    tiles = {}
    for name, sounds in (("real", np.asarray(real)), ("generated", generated)):
        again = []
        for index, sound in enumerate(sounds):
            path = folder / f"{name}-{index}.wav"
            datasets.save_wav(spectrogram.waveform(sound), path, spectrogram.rate)
            again.append(spectrogram.picture(datasets.read_wav(path)[0]))
        tiles[f"{name} sounds"] = visualization.grid(sounds, columns=len(sounds))
        tiles[f"{name} sounds, from their WAV files"] = visualization.grid(
            np.stack(again), columns=len(sounds)
        )
    visualization.save_picture(visualization.stacked(tiles), folder / "sounds.png")


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
    files_dir: str | None,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a folder for each run to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Posteriors, `product` and `mixture`. If None, both.
        seeds: Seeds, at least one.
        quick: Whether to run a test with a fiftieth of the steps.
        workers: Number of parallel runs.
        files_dir: Folder of raw files, with MNIST and the Free Spoken Digit Dataset.

    Returns:
        The table.
    """
    todo: list[Job] = [
        {
            "recipe": RECIPE,
            "posterior": posterior,
            "seed": seed,
            "steps": STEPS // (50 if quick else 1),
            "batch_size": BATCH_SIZE,
            "classifier_steps": CLASSIFIER_STEPS // (10 if quick else 1),
            "samples": SAMPLES // (10 if quick else 1),
            "hyperparameters": {},
            "files_dir": files_dir,
            "folder": str(out / f"{posterior}-{seed}"),
        }
        for posterior in names or POSTERIORS
        for seed in seeds
    ]
    records = completed(todo, train_and_measure, out / "runs.jsonl", workers)
    for record in records:
        del record["job"]["files_dir"]
        record["job"]["folder"] = pathlib.Path(record["job"]["folder"]).name
    summary = {
        "suite": "multimodal",
        "protocol": {
            "networks": "averaged",
            "split": "trained on pairs of the training parts; measured on those of the test parts",
            "labels": "classifiers and the naming of codes alone; none trains or chooses a system",
        },
        "runs": records,
        **provenance(),
    }
    write_json(out / "results.json", summary)
    table = markdown_table(summary)
    replace_text(out / "table.md", table + "\n")
    return table


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats one row for real pairs and one for each run, in percent."""
    runs = summary["runs"]
    modalities = list(runs[0]["judges"])
    ways = [(a, b) for a in modalities for b in modalities if a != b]
    header = ["posterior", "seed", "steps", "coherence", *(f"{a} to {b}" for a, b in ways)]
    header += [f"code of {name}" for name in ("joint", *modalities)]
    header += [f"{m} classifier" for m in modalities] + ["seconds"]

    def percent(value: float) -> str:
        return f"{100 * value:.1f}"

    rows = []
    for record in runs:
        job = record["job"]
        judged = [percent(record["judges"][m]) for m in modalities]
        blank = [""] * (len(ways) + 1 + len(modalities))
        if job is runs[0]["job"]:
            real = percent(record["real_coherence"])
            rows.append(["real pairs", "", "", real, *blank, *judged, ""])
        rows.append(
            [
                job["posterior"],
                str(job["seed"]),
                str(job["steps"]),
                percent(record["coherence"]),
                *(percent(record[f"{a}_to_{b}"]) for a, b in ways),
                *(percent(record["codes"][name]) for name in ("joint", *modalities)),
                *judged,
                f"{record['seconds']:.0f}",
            ]
        )
    return tables.markdown(header, rows)
