"""Whether a code means the same in all modalities: written, spoken and spelt digits, no labels.

A system is trained on triples of a picture, a sound and a word. Small classifiers of pictures and
sounds, trained with the labels of the training part, then classify its samples; words are compared
letter by letter. The system itself uses no labels, neither to train nor to select. Systems whose
name ends in `_missing` are trained on samples half of whose modalities are missing, the same in
every epoch, and measured as the others.
"""

from __future__ import annotations

import pathlib
from collections.abc import Collection, Sequence
from typing import Any

import keras

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.multimodal_pictures import draw, write_sounds
from experiments.suites.multimodal_scores import SpellingJudge, distinct, scores, subsets, ways
from experiments.suites.results import finished
from experiments.suites.selection import selected
from tfgan_it import datasets, metrics, recipes
from tfgan_it.datasets.digit_triples import WORDS

DATASET, RECIPE = "digit_triples", "multimodal_infogan"
MISSING = 0.5
SYSTEMS: dict[str, dict[str, Any]] = {
    "product": {"posterior": "product"},
    "attention": {"posterior": "attention"},
    "product_missing": {"posterior": "product", "missing": MISSING},
    "attention_missing": {"posterior": "attention", "missing": MISSING},
}
STEPS, BATCH_SIZE, CLASSIFIER_STEPS, POINTS = 2000, 64, 1500, 5
SAMPLES = 2000


def train_and_measure(job: Job) -> Record:
    """Trains one system, measures it with classifiers, and writes its pictures and sounds."""
    keras.backend.clear_session()
    data: Any = datasets.load(DATASET, files_dir=job["files_dir"])
    training = data.train_images
    if job["missing"]:
        training = datasets.hide_modalities(training, job["missing"], job["seed"])
    model = recipes.get(RECIPE)(
        {name: x.shape[1:] for name, x in training.items()},
        posterior=job["posterior"],
        seed=job["seed"],
        vocabulary=data.vocabulary,
        **job["hyperparameters"],
    )
    history = []
    for _ in range(POINTS):
        fitted = model.fit(
            training,
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


def _judge(modality: str, model: keras.Model, data: Any, job: Job) -> Any:
    samples = model.split(data.train_images)[modality]
    if samples.ndim == 3:
        return SpellingJudge(data.vocabulary, WORDS)
    judge = metrics.LabelClassifier(steps=job["classifier_steps"], seed=job["seed"])
    return judge.fit(*distinct(samples, data.train_labels))


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
        names: Systems, `product`, `attention`, `product_missing` and `attention_missing`. If None,
            all.
        seeds: Seeds, at least one.
        quick: Whether to run a test with a fiftieth of the steps.
        workers: Number of parallel runs.
        files_dir: Folder of raw files, with MNIST and the Free Spoken Digit Dataset.

    Returns:
        The tables.

    Raises:
        ValueError: If a system is unknown; the message names the nearest.
    """
    todo: list[Job] = [
        {
            "recipe": RECIPE,
            "system": name,
            "missing": 0.0,
            **SYSTEMS[name],
            "seed": seed,
            "steps": STEPS // (50 if quick else 1),
            "batch_size": BATCH_SIZE,
            "classifier_steps": CLASSIFIER_STEPS // (10 if quick else 1),
            "samples": SAMPLES // (10 if quick else 1),
            "hyperparameters": {},
            "files_dir": files_dir,
            "folder": str(out / f"{name}-{seed}"),
        }
        for name in selected(names, SYSTEMS)
        for seed in seeds
    ]
    records = completed(todo, train_and_measure, out / "runs.jsonl", workers)
    summary = {
        "suite": "multimodal",
        "protocol": {
            "dataset": DATASET,
            "networks": "averaged",
            "split": "trained on samples of the training parts; measured on those of the test "
            "parts, which are complete",
            "labels": "classifiers and the naming of codes alone; none trains or chooses a system",
            "words": "right if every letter is",
            "missing": f"in systems called _missing {MISSING:.0%} of the modalities of training "
            "samples, at random, at least one of each sample kept",
            "nats": "L_I(c; x_S) on generated samples; I(y; k_S) of class and category on test "
            "samples; interaction positive where modalities repeat each other",
        },
        "runs": records,
    }
    return finished(out, summary, markdown_table(summary))


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats shares in percent, real samples first, nats, and weights, by system over seeds."""
    runs = summary["runs"]
    modalities = list(runs[0]["judges"])
    directions = ways(modalities)
    header = ["system", "seeds", "coherence"]
    header += [f"{'+'.join(given)} to {target}" for given, target in directions]
    header += [f"code of {name}" for name in ("joint", *modalities)]
    header += [f"{m} classifier" for m in modalities] + ["seconds"]
    seeds = {
        run["job"]["seed"]: run for run in reversed(runs)
    }.values()  # Those of the classifiers.
    blank = [""] * (len(directions) + 1 + len(modalities))
    real = _percent([run["real_coherence"] for run in seeds])
    judged = [_percent([run["judges"][m] for run in seeds]) for m in modalities]
    rows = [["real samples", _listed(seeds), real, *blank, *judged, ""]]
    for system, own in tables.by_system(runs).items():
        shares = [
            [run["coherence"] for run in own],
            *([run[f"{'+'.join(g)}_to_{t}"] for run in own] for g, t in directions),
            *([run["codes"][name] for run in own] for name in ("joint", *modalities)),
            *([run["judges"][m] for run in own] for m in modalities),
        ]
        seconds = tables.mean_and_deviation([run["seconds"] for run in own], 0)
        rows.append([system, _listed(own), *map(_percent, shares), seconds])
    parts = tables.markdown(header, rows), _nats(runs, modalities), _weights(runs, modalities)
    return "\n\n".join(parts)


def _nats(runs: Sequence[Record], modalities: Sequence[str]) -> str:
    """Formats the bounds of each set of modalities in nats: of the code, and of the class."""
    names = ["+".join(subset) for subset in subsets(modalities)] + ["co_information"]
    kinds = (("c of generated samples", "code_nats"), ("class of test samples", "class_nats"))
    rows = [
        [system, _listed(own), kind]
        + [tables.mean_and_deviation([run[key][name] for run in own], 3) for name in names]
        for system, own in tables.by_system(runs).items()
        for kind, key in kinds
    ]
    return tables.markdown(["system", "seeds", "nats about", *names], rows)


def _weights(runs: Sequence[Record], modalities: Sequence[str]) -> str:
    """Formats the weight of each modality in the joint posterior, of real samples and of noise."""
    names = [*modalities, *(f"{m}_where_it_is_noise" for m in modalities)]
    rows = [
        [system, _listed(own), *(_percent([r["modality_weights"][n] for r in own]) for n in names)]
        for system, own in tables.by_system(runs).items()
    ]
    titles = [f"weight of {name.replace('_', ' ')}" for name in names]
    return tables.markdown(["system", "seeds", *titles], rows)


def _listed(runs: Collection[Record]) -> str:
    return ", ".join(map(str, sorted({run["job"]["seed"] for run in runs})))


def _percent(values: Sequence[float]) -> str:
    return tables.mean_and_deviation([100 * value for value in values], 1)
