"""The runs of the quality suite: their recipes, budgets and settings."""

from __future__ import annotations

import inspect
import pathlib
from typing import Any

from experiments.suites import quality_runs
from experiments.suites.jobs import Job
from tfgan_it import recipes
from tfgan_it.metrics.sample_quality import FeatureNetwork

LEFT_OUT = {
    "cyclegan": "it makes images of images, between two sets of them",
    "pix2pix": "it makes images of images, between two sets of them",
    "cut": "it makes images of images, between two sets of them",
    "text_gan": "it makes words",
    "wave_gan": "it makes sounds",
    "video_gan": "it makes videos",
    "text_to_image": "it makes images of texts",
    "multimodal_infogan": "it makes several modalities",
}
DATASETS, QUICK_DATASETS = ("mnist", "fashion_mnist"), ("digits",)
BEST = 6
PRECISION = "mixed_bfloat16"
SETTINGS: dict[str, Any] = {
    "batch_size": 64,
    "measurements": 8,
    "samples": 5000,
    "gilbo_samples": quality_runs.GILBO_SAMPLES,
    "gilbo_steps": quality_runs.GILBO_STEPS,
    "probe_steps": quality_runs.PROBE_STEPS,
    "classifier_steps": quality_runs.CLASSIFIER_STEPS,
}
QUICK_SETTINGS = {
    **SETTINGS,
    "measurements": 2,
    "samples": 150,
    "gilbo_samples": 100,
    "gilbo_steps": 5,
    "probe_steps": 5,
    "classifier_steps": 5,
}
FEATURE_STEPS, QUICK_LESS = 3000, 100
STEPS_OF_OTHERS = 3000  # Of a recipe that is not in `STEPS`.
# Generator updates in about ten processor minutes on MNIST: with the network of a recipe's defaults
# where they are 3,000 or more, else with the narrower one of `NARROW`.
STEPS = {
    "infogan": 3600,
    "invariant_infogan": 4000,
    "gan": 4800,
    "dcgan": 4200,
    "lsgan": 4400,
    "fgan": 4800,
    "dragan": 3500,
    "wgan": 3700,
    "wgan_gp": 2500,
    "kl_wgan": 4600,
    "sngan": 1700,
    "sagan": 1900,
    "began": 2100,
    "r3gan": 3200,
    "ragan": 4000,
    "pacgan": 6500,
    "lecam": 5400,
    "dcgan_ada": 3700,
    "adagan": 4200,
    "vdb": 3100,
    "ibgan": 3900,
    "infomax_gan": 1100,
    "meg": 2400,
    "variational_infogan": 2800,
    "wasserstein_infogan": 1600,
    "infogan_cr": 7000,
    "regularized_infogan": 1800,
    "attention_infogan": 4500,
    "conditional_gan": 4000,
    "acgan": 4600,
    "projection_gan": 2000,
}
_SMALL_INFOGAN = {"width": 32, "features": 256}
NARROW: dict[str, dict[str, Any]] = {
    "infogan": {"width": 32},
    "variational_infogan": _SMALL_INFOGAN,
    "wasserstein_infogan": _SMALL_INFOGAN,
    "infogan_cr": {**_SMALL_INFOGAN, "categories": 10, "continuous": 2},
    "regularized_infogan": _SMALL_INFOGAN,
    "attention_infogan": {"width": 32},
    "wgan": {"width": 32},
    "wgan_gp": {"width": 32},
    "sngan": {"width": 16},
    "sagan": {"width": 32},
    "began": {"width": 16},
    "ibgan": {"width": 32},
    "infomax_gan": {"width": 32, "discriminator_steps": 2},
    "meg": {"width": 32},
    "projection_gan": {"width": 16},
}
# Recipes with other hyperparameters than the published ones: a run each on the first data set, and
# its steps if they are others.
VARIANTS: dict[str, tuple[str, dict[str, Any], int | None]] = {
    "gan-slow_discriminator": ("gan", {"discriminator_learning_rate": 2e-5}, None),
    "fgan-gan_divergence": ("fgan", {"divergence": "gan"}, None),
    "began-gamma_1": ("began", {"gamma": 1.0, "lambda_k": 0.01, "learning_rate": 4e-4}, None),
    "sngan-one_critic_step": ("sngan", {"width": 32, "discriminator_steps": 1}, 2200),
    "dcgan-infogan_rates": (
        "dcgan",
        {"learning_rate": 1e-3, "discriminator_learning_rate": 2e-4},
        None,
    ),
}


def job(
    name: str,
    dataset: str,
    seed: int,
    quick: bool,
    out: pathlib.Path,
    files_dir: str | None,
    features: str,
) -> Job:
    """Returns the job of a recipe, a variant or of real images, but for its precision."""
    recipe, changed, others = VARIANTS.get(name, (name, {}, None))
    common = {
        **(QUICK_SETTINGS if quick else SETTINGS),
        "recipe": recipe,
        "dataset": dataset,
        "seed": seed,
        "features": features,
        "features_name": features_name(features),
        "files_dir": files_dir,
        "picture": str(out / f"{dataset}-{name.replace(' ', '_')}-{seed}.png"),
    }
    if name == quality_runs.REAL:
        return common
    if changed:
        common["variant"] = name
    steps = others or STEPS.get(recipe, STEPS_OF_OTHERS)
    steps = max(6, steps // (QUICK_LESS if quick else 1))
    parameters = inspect.signature(recipes.get(recipe)).parameters
    shares = parameters["components"].default if "components" in parameters else None
    own = {**NARROW.get(recipe, {}), **({"steps_per_component": steps // shares} if shares else {})}
    # A published schedule ends with the run.
    own["decay_steps"] = steps // (shares or 1)
    return {**common, "steps": steps, "hyperparameters": {**own, **changed}}


def features_name(path: str) -> str:
    """Returns the name of the features in a file, with the hash of their weights."""
    return FeatureNetwork.load(path, pathlib.Path(path).stem).name
