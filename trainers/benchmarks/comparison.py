"""Speed of `model.fit` beside a hand-written loop and the machine's limit, over several rounds."""

from __future__ import annotations

import dataclasses
import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_it import recipes

from ..hyperparameters import get_recipe, hyperparameters
from ..processor import processor
from ..run_directory import provenance
from . import isolated_process
from .hand_written import two_pass_step
from .profile import milliseconds_by_kind
from .work import ProductRate, step_work


@dataclasses.dataclass(frozen=True)
class Setting:
    """What is measured.

    Args:
        recipe: Name of the recipe.
        image_size: Height and width of the images.
        channels: Channels of the images.
        batch_size: Images in a discriminator update.
        rounds: Number of interleaved rounds.
        steps: Number of steps in a round.
        assignments: Hyperparameters, each as `name=value`.
    """

    recipe: str
    image_size: int
    channels: int
    batch_size: int
    rounds: int
    steps: int
    assignments: Sequence[str] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of an image."""
        return (self.image_size, self.image_size, self.channels)


Train = Callable[[int], None]
BATCH_SIZES, IMAGE_SIZES = (16, 32, 64, 128, 256, 512), (16, 28, 32, 48, 64)


def built(setting: Setting, shape: tuple[int, ...], precision: str = "float32") -> keras.Model:
    """Builds the model of the recipe, without a moving average, which the loop does not have."""
    recipe = recipes.get(setting.recipe)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        arguments = hyperparameters(get_recipe(setting.recipe), setting.assignments)
        return recipe(shape, **{"moving_average": None, **arguments})
    finally:
        keras.config.set_dtype_policy(before)


def ways(
    setting: Setting, shape: tuple[int, ...], batch_size: int, wanted: Sequence[str]
) -> dict[str, Train]:
    """Returns functions by name, each of which trains its own model for a number of steps."""
    precisions = {"bfloat16": "mixed_bfloat16"}
    models = {name: built(setting, shape, precisions.get(name, "float32")) for name in wanted}
    count = batch_size * next(iter(models.values())).discriminator_steps
    images = np.random.default_rng(0).integers(0, 256, (max(20, 2560 // count) * count, *shape))
    images = images.astype("uint8")
    batch = tf.constant(images[:count])

    def fit(model: keras.Model) -> Train:
        return lambda steps: model.fit(
            images, batch_size=batch_size, steps_per_epoch=steps, verbose=0
        )

    def constant(model: keras.Model) -> Train:
        data = tf.data.Dataset.from_tensors(batch[:batch_size]).repeat()
        options = tf.data.Options()
        options.autotune.enabled = False
        data = data.with_options(options)
        return lambda steps: model.fit(data, steps_per_epoch=steps, verbose=0)

    def loop(model: keras.Model) -> Train:
        step = two_pass_step(setting.recipe, model, batch)

        def train(steps: int) -> None:
            for _ in range(steps):
                step()

        return train

    builders = {"fit": fit, "constant": constant, "loop": loop, "bfloat16": fit}
    return {name: builders[name](model) for name, model in models.items()}


def seconds_a_step(train: Train, steps: int) -> tuple[float, float]:
    """Measures the seconds per step, and the number of busy cores."""
    began, worked = time.perf_counter(), time.process_time()
    train(steps)
    seconds = time.perf_counter() - began
    return seconds / steps, (time.process_time() - worked) / seconds


def compared(
    setting: Setting, shape: tuple[int, ...], batch_size: int, wanted: Sequence[str], rounds: int
) -> dict[str, Any]:
    """Computes medians over interleaved rounds."""
    steps = setting.steps
    trains, rate = ways(setting, shape, batch_size, wanted), ProductRate()
    for train in trains.values():
        train(2)
    rates: list[float] = []
    seconds: dict[str, list[float]] = {name: [] for name in wanted}
    busy: dict[str, list[float]] = {name: [] for name in wanted}
    for _ in range(rounds):
        rates.append(rate.measure())
        for name, train in trains.items():
            took, cores = seconds_a_step(train, steps)
            seconds[name].append(took)
            busy[name].append(round(cores, 2))
    work = step_work(built(setting, shape), batch_size)
    median = {name: statistics.median(each) for name, each in seconds.items()}

    def ratio(slow: str, fast: str) -> float | None:
        if slow not in seconds or fast not in seconds:
            return None
        pairs = zip(seconds[slow], seconds[fast], strict=True)
        return round(statistics.median(s / f for s, f in pairs), 4)

    shares = [work / f / r for f, r in zip(seconds["fit"], rates, strict=True)]
    return {
        "image_shape": shape,
        "batch_size": batch_size,
        "rounds": rounds,
        "steps_per_round": steps,
        "images_per_second": {n: round(batch_size / took, 1) for n, took in median.items()},
        "milliseconds_per_step": {n: round(1e3 * took, 2) for n, took in median.items()},
        "fit_over_loop": ratio("loop", "fit"),
        "bfloat16_over_float32": ratio("fit", "bfloat16"),
        "data_over_constant_batch": ratio("fit", "constant"),
        "gigaflop_per_step": round(work / 1e9, 3),
        "product_gigaflop_per_second": round(statistics.median(rates) / 1e9, 1),
        "share_of_product_rate": round(statistics.median(shares), 4),
        "milliseconds_of_all_rounds": {
            name: [round(1e3 * took, 2) for took in each] for name, each in seconds.items()
        },
        "product_gigaflop_per_second_of_all_rounds": [round(r / 1e9, 1) for r in rates],
        "cores_busy": busy,
    }


def curves(setting: Setting) -> dict[str, Any]:
    """Measures `fit` and the loop over batch sizes and over image sizes."""
    wanted, rounds = ["fit", "loop"], min(setting.rounds, 3)
    size, channels = setting.image_size, setting.channels
    over_batch = [
        compared(setting, (size, size, channels), batch, wanted, rounds) for batch in BATCH_SIZES
    ]
    over_image = [
        compared(setting, (side, side, channels), setting.batch_size, wanted, rounds)
        for side in IMAGE_SIZES
    ]
    return {"over_batch_size": over_batch, "over_image_size": over_image}


def measure(setting: Setting, *, alone: str | None, over_sizes: bool) -> dict[str, Any]:
    """Measures, and returns the record.

    Args:
        setting: What is measured.
        alone: `fit` or `loop`, to measure only its memory and its first step, in this process.
        over_sizes: Whether to measure over batch sizes and image sizes.
    """
    shape = setting.shape
    built(setting, shape)  # Raises errors here instead of in another process.
    if alone:
        train = ways(setting, shape, setting.batch_size, [alone])[alone]
        result: dict[str, Any] = {"image_shape": shape, "batch_size": setting.batch_size}
        result["alone"] = {alone: isolated_process.watch(train, setting.steps)}
    elif over_sizes:
        result = curves(setting)
    else:
        # Before this process allocates memory, which both would share.
        names = ("recipe", "image_size", "channels", "batch_size", "steps")
        same = [f"--{name}={getattr(setting, name)}" for name in names]
        same += [f"--set={assignment}" for assignment in setting.assignments]
        apart = {way: isolated_process.in_a_process(way, same) for way in ("fit", "loop")}
        peaks = [apart[way]["peak_mebibytes"] for way in ("fit", "loop")]
        wanted = ["fit", "constant", "loop", "bfloat16"]
        result = compared(setting, shape, setting.batch_size, wanted, setting.rounds)
        train = ways(setting, shape, setting.batch_size, ["fit"])["fit"]
        train(2)
        result["thread_milliseconds_per_step"] = milliseconds_by_kind(train, setting.steps)
        result |= {"memory_over_loop": round(peaks[0] / peaks[1], 3), "alone": apart}
    machine = {"processor": processor(), "cores": os.cpu_count()}
    return {"recipe": setting.recipe, **result, **machine, **provenance()}
