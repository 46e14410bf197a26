"""The tasks of the suite of translations, the systems of each, and their steps."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from experiments.suites.selection import selected_pairs
from tfgan_it import datasets

TASKS: dict[str, dict[str, Any]] = {
    "google_to_twitter": {"dataset": "emoji_pairs"},
    "twitter_to_google": {"dataset": "emoji_pairs", "back": True},
    "noise": {"dataset": "fashion_mnist", "degrade": ("noise", 0.3)},
    "x4": {"dataset": "fashion_mnist", "degrade": ("downsample", 4)},
}
_UNET = {"width": 32, "depth": 2, "schedule": "linear"}
_RESNET = {"width": 32, "blocks": 3, "depth": 2, "schedule": "linear"}
# Hyperparameters beside the published defaults, for 28 and 32 pixels, and the steps of a run, over
# which the learning rate falls to 0. On one training emoji in eight, held out, seed 0, the nearest
# partner by pixels was right for 49.5 % after 1,500 steps of pix2pix, and 51.5 % after 3,000.
SYSTEMS: dict[str, dict[str, Any]] = {
    "pix2pix": {"steps": 3000, "hyperparameters": _UNET},
    "squared_error": {"steps": 3000, "hyperparameters": {"width": 32}},
    "cut": {"steps": 1500, "hyperparameters": {**_RESNET, "patches": 64}},
    "cyclegan": {"steps": 1500, "hyperparameters": _RESNET},
}
# For restorations. The weight of the absolute error was chosen on the last 5,000 training images of
# `noise`, seed 100, 3,000 steps: with 100, 400 and 1,000 the PSNR was 1.33, .88 and .45 dB below
# that of the squared error, and the Fréchet distance .13, .18 and .30 of its.
RESTORING: dict[str, dict[str, Any]] = {
    "pix2pix": {"steps": 4000, "hyperparameters": {**_UNET, "lambda_reconstruction": 1000.0}},
    "squared_error": {"steps": 4000, "hyperparameters": {"width": 32}},
}
UNTRAINED = ("identity", "matched_colours")
ASKED = {  # The rows of each kind of task.
    "emoji": (*UNTRAINED, "pix2pix", "squared_error", "cut", "cyclegan"),
    "restoration": ("identity", "pix2pix", "squared_error"),
}
QUICK_LESS = 300


def selected(names: Sequence[str] | None) -> list[tuple[str, str]]:
    """Returns the pairs (task, system) of these names.

    Raises:
        ValueError: If a name is unknown; the message names the nearest.

    Example:

    >>> selected(["x4"])
    [('x4', 'identity'), ('x4', 'pix2pix'), ('x4', 'squared_error')]
    """
    known = [
        (task, name)
        for task in TASKS
        for name in ASKED["restoration" if restores(task) else "emoji"]
    ]
    return selected_pairs(names, known, "task or system")


def steps_and_hyperparameters(task: str, system: str, quick: bool) -> tuple[int, dict[str, Any]]:
    """Returns how many steps a system trains on a task, and its hyperparameters; or (0, {})."""
    chosen = (RESTORING if restores(task) else SYSTEMS).get(system, {})
    steps = chosen.get("steps", 0) // (QUICK_LESS if quick else 1)
    options = dict(chosen.get("hyperparameters", {}))
    if "schedule" in options:
        options["decay_steps"] = steps
    return steps, options


def restores(task: str) -> bool:
    """Returns whether a task restores images, rather than changes their style."""
    return "degrade" in TASKS[task]


@functools.lru_cache(maxsize=2)
def task_data(task: str, files_dir: str | None) -> datasets.ImagePairs:
    """Loads the pairs of a task."""
    options = TASKS[task]
    data = datasets.load(options["dataset"], files_dir=files_dir)
    if isinstance(data, datasets.ImageDataset):
        return datasets.degraded(data, *options["degrade"])
    assert isinstance(data, datasets.ImagePairs), "a task has pairs"
    if options.get("back"):
        return datasets.emoji_pairs(files_dir, ["twitter", "google"])
    return data
