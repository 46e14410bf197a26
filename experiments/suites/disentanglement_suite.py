"""Disentanglement of the codes of systems: every measure, on sprites, over seeds.

Each system is trained without factors. Then all images are encoded, and the codes are compared with
the factors of the images. The table also has the factors themselves, which reach the largest value
of each measure, and an untrained encoder. One of a system's seeds is selected without factors, by
ModelCentrality.
"""

from __future__ import annotations

import inspect
import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites import tables
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.results import finished
from tfgan_it import callbacks, datasets, metrics, recipes, visualization
from tfgan_it.files import replacing
from tfgan_it.models import GAN

DEFAULT = ("infogan",)
# A recipe uses those that it has: as many categories as shapes, a continuous code for each other
# factor and one more for the circle, and networks with which a run takes minutes on two cores.
HYPERPARAMETERS = {"categories": 3, "continuous": 5, "width": 32, "features": 256}
STEPS, BATCH_SIZE = 6_000, 64
SAMPLES = {"n": 10_000, "votes": 10_000}
COMPARISON = {"votes": 300, "held_out": 300, "batch": 64}
QUICK: dict[str, Any] = {
    "steps": 200,
    "samples": {"n": 1_000, "votes": 500},
    "comparison": {"votes": 30, "held_out": 30, "batch": 16},
}
MEASURES = {
    "mig": "MIG",
    "dci_disentanglement": "DCI: D",
    "dci_completeness": "C",
    "dci_informativeness": "I",
    "sap": "SAP",
    "factor_vae": "FactorVAE",
    "beta_vae": "BetaVAE",
    "modularity": "modularity",
    "explicitness": "explicitness",
}
FACTORS = "*the factors themselves*"


def hyperparameters(recipe: str) -> dict[str, Any]:
    """Returns the arguments of a recipe: those of `HYPERPARAMETERS` that it has."""
    parameters = inspect.signature(recipes.get(recipe)).parameters
    return {name: value for name, value in HYPERPARAMETERS.items() if name in parameters}


def train_and_measure(job: Job) -> Record:
    """Trains one recipe with one seed, or 0 steps for an untrained one, and measures it."""
    keras.backend.clear_session()
    try:
        model = trained(job)
    except callbacks.NonFiniteLoss as error:
        return {"diverged": str(error), "scores": None, "test": None}
    scores = measured(model, job["samples"])
    if not job["steps"]:
        return {"diverged": None, "scores": scores, "test": None}
    images = datasets.load("sprites").test_images
    test = model.evaluate(images, verbose=0, batch_size=job["batch_size"])
    return {"diverged": None, "scores": scores, "test": test}


def trained(job: Job) -> GAN:
    """Returns the model of a job, from its file if there is one."""
    path = pathlib.Path(job["model"])
    if path.is_file():
        return keras.models.load_model(path)
    data = datasets.load("sprites")
    build = recipes.get(job["recipe"])
    model = build(data.sample_shape, seed=job["seed"], **job["hyperparameters"])
    if job["steps"]:
        model.fit(
            data.train_images,
            batch_size=job["batch_size"],
            steps_per_epoch=job["steps"],
            verbose=0,
            callbacks=[callbacks.TerminateOnNonFinite()],
        )
        with replacing(path) as partial:
            model.save(partial)
    return model


def measured(model: GAN, samples: dict[str, int]) -> dict[str, float]:
    """Computes all measures of the codes that a model infers from every image."""
    sprites = datasets.Sprites()

    def represent(factors: np.ndarray) -> np.ndarray:
        return metrics.code_representation(model.infer_codes(sprites.images_at(factors)))[0]

    discrete = metrics.Candidate.of(model).discrete
    return metrics.disentanglement_scores(represent, sprites, discrete=discrete, **samples)


def compare_and_draw(job: Job) -> Record:
    """Selects one of the models of a system, and draws the traversals of its codes."""
    keras.backend.clear_session()
    models = [trained(run) for run in job["runs"]]
    similarity, centrality, chosen = None, None, 0
    if len(models) > 1:
        candidates = [metrics.Candidate.of(model) for model in models]
        similarity = metrics.similarities(candidates, **job["comparison"])
        centrality = metrics.model_centrality(similarity)
        chosen = int(centrality.argmax())
    paths = visualization.code_traversal(models[chosen], rows=5)
    picture = visualization.save_picture(visualization.stacked(paths), pathlib.Path(job["picture"]))
    return {
        "similarity": None if similarity is None else similarity.tolist(),
        "centrality": None if centrality is None else centrality.tolist(),
        "chosen_seed": job["runs"][chosen]["seed"],
        "picture": picture.name,
    }


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a picture for each system to `out`.

    The models stay in `out/models`, so that seeds and systems can be added; a deleted model is
    trained again when it is needed.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Names of recipes. If None, `infogan`.
        seeds: Seeds, at least one; selection needs at least two.
        quick: Whether to run a test with few steps and samples.
        workers: Number of parallel runs.

    Returns:
        The table.

    Raises:
        ValueError: If a recipe is unknown or infers no codes.
    """
    names = list(names or DEFAULT)
    for name in names:
        _check(name)
    samples = QUICK["samples"] if quick else SAMPLES
    comparison = QUICK["comparison"] if quick else COMPARISON

    def job(recipe: str, seed: int, steps: int) -> Job:
        return {
            "recipe": recipe,
            "dataset": "sprites",
            "seed": seed,
            "steps": steps,
            "batch_size": BATCH_SIZE,
            "hyperparameters": hyperparameters(recipe),
            "samples": samples,
            "model": str(out / "models" / f"{recipe}-{seed}-{steps}.keras"),
        }

    steps = QUICK["steps"] if quick else STEPS
    runs = {name: [job(name, seed, steps) for seed in seeds] for name in names}
    todo = [run for of_system in runs.values() for run in of_system]
    todo += [job(name, seeds[0], 0) for name in names]
    records = completed(todo, train_and_measure, out / "runs.jsonl", workers)
    by_name = {name: [r for r in records if r["job"]["recipe"] == name] for name in names}
    choices = completed(
        [
            {
                "recipe": name,
                "runs": [r["job"] for r in records if r["scores"] and r["job"]["steps"]],
                "comparison": comparison,
                "picture": str(out / f"{name}.png"),
            }
            for name, records in by_name.items()
            if any(r["scores"] and r["job"]["steps"] for r in records)
        ],
        compare_and_draw,
        out / "choices.jsonl",
        workers,
    )
    summary = {
        "suite": "disentanglement",
        "protocol": {
            "dataset": "sprites, 32x32x1",
            "steps": steps,
            "batch_size": BATCH_SIZE,
            "seeds": list(seeds),
            "networks": "averaged, at the last step",
            "split": "trained on the training split; measured on all images, trained on or not",
            "codes": "posterior means; the number of the most probable category, without order",
            "samples": samples,
            "seed_of_measures": 0,
            "comparison": comparison,
            "chosen": "the seed of the highest ModelCentrality, which sees no factors",
            "comparable": "with this set alone: it is not dSprites",
        },
        "factors": factors_themselves(samples),
        "systems": {name: _system(name, by_name[name], choices) for name in names},
        "runs": [_without_paths(record) for record in records],
    }
    return finished(out, summary, markdown_table(summary))


def factors_themselves(samples: dict[str, int]) -> dict[str, float]:
    """Computes each measure for codes that equal the factors."""
    sprites = datasets.Sprites()
    discrete = sprites.categorical_factors
    return metrics.disentanglement_scores(lambda rows: rows, sprites, discrete=discrete, **samples)


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats the factors, and each system untrained, over all seeds, and of the selected seed."""
    rows = [[FACTORS, *_cells([summary["factors"]])]]
    for name, system in summary["systems"].items():
        rows.append([f"`{name}`, untrained", *_cells([system["untrained"]])])
        by_seed = {seed: scores for seed, scores in system["scores"].items() if scores}
        lost = len(system["scores"]) - len(by_seed)
        note = f", {lost} of {len(system['scores'])} diverged" if lost else ""
        rows.append([f"`{name}`{note}", *_cells(list(by_seed.values()))])
        if len(by_seed) > 1:
            chosen = system["choice"]["chosen_seed"]
            rows.append([f"`{name}`, chosen: seed {chosen}", *_cells([by_seed[str(chosen)]])])
    return tables.markdown(["codes", *MEASURES.values()], rows)


def _cells(scores: list[dict[str, float]]) -> list[str]:
    if not scores:
        return ["" for _ in MEASURES]
    return [tables.mean_and_deviation([each[name] for each in scores], 3) for name in MEASURES]


def _system(name: str, records: list[Record], choices: list[Record]) -> dict[str, Any]:
    """Returns scores by seed, those of the untrained encoder, and the selection."""
    trained_runs = [record for record in records if record["job"]["steps"]]
    [untrained] = [record for record in records if not record["job"]["steps"]]
    choice = next((c for c in choices if c["job"]["recipe"] == name), None)
    kept = ("similarity", "centrality", "chosen_seed", "picture", "seconds")
    return {
        "scores": {str(record["job"]["seed"]): record["scores"] for record in trained_runs},
        "untrained": untrained["scores"],
        "choice": choice
        and {
            **{key: choice[key] for key in kept},
            "seeds": [run["seed"] for run in choice["job"]["runs"]],
        },
    }


def _without_paths(record: Record) -> Record:
    job = {key: value for key, value in record["job"].items() if key != "model"}
    return {**record, "job": job}


def _check(name: str) -> None:
    """Raises ValueError for a recipe without codes, before any training."""
    model = recipes.get(name)(datasets.Sprites().sample_shape, **hyperparameters(name))
    if not model.recognizes_codes:
        raise ValueError(f"{name} infers no codes that could be compared with factors.")
