"""Compares `model.fit` with a hand-written loop over the same networks, and the machine's limit.

  python -m trainers.benchmark                                InfoGAN, 28x28, batch 128
  python -m trainers.benchmark --recipe=dcgan --image_size=64 --channels=3
  python -m trainers.benchmark --curves --out=results/benchmark/curves.json

Each round measures in turn: the rate of a large matrix product, `fit` from shuffled uint8 images in
memory, `fit` on one constant batch, the hand-written two-pass loop on one constant batch (one
tf.function; latents, a generator pass for each update, Keras's Adam), and `fit` in mixed_bfloat16.
The program prints medians over the rounds, and medians of ratios within them, as JSON. It also runs
`fit` and the loop in separate processes, for the peak of memory and the time to the first step, and
profiles `fit` by kind of operation.
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from absl import flags

from tfgan_it import recipes
from tfgan_it.errors import unknown_name
from tfgan_it.files import local_path, write_json
from trainers import command_line
from trainers.benchmarks import isolated_process
from trainers.benchmarks.curves import draw
from trainers.benchmarks.hand_written import LOSSES, two_pass_step
from trainers.benchmarks.profile import milliseconds_by_kind
from trainers.benchmarks.work import ProductRate, step_work
from trainers.run_directory import provenance

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(command_line)
flags.DEFINE_string("recipe", "infogan", "infogan, dcgan, wgan_gp or r3gan.")
flags.DEFINE_integer("image_size", 28, "Height and width of the images.", lower_bound=8)
flags.DEFINE_integer("channels", 1, "Channels of the images.", lower_bound=1)
flags.DEFINE_integer("batch_size", 128, "Images in a discriminator update.", lower_bound=1)
flags.DEFINE_integer("rounds", 7, "Number of interleaved rounds.", lower_bound=1)
flags.DEFINE_integer("steps", 20, "Number of steps in a round.", lower_bound=1)
flags.DEFINE_multi_string("set", [], "A hyperparameter of the recipe, as name=value; repeatable.")
flags.DEFINE_string("out", None, "JSON file to write, besides standard output.")
flags.DEFINE_bool("curves", False, "Measure and draw over batch sizes and over image sizes.")
flags.DEFINE_enum(
    "alone", None, ["fit", "loop"], "Measure memory and first step of this one, in this process."
)

Train = Callable[[int], None]
BATCH_SIZES, IMAGE_SIZES = (16, 32, 64, 128, 256, 512), (16, 28, 32, 48, 64)


def built(shape: tuple[int, ...], precision: str = "float32") -> keras.Model:
    """Builds the model of the recipe, without a moving average, which the loop does not have."""
    recipe = recipes.get(FLAGS.recipe)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        arguments = command_line.hyperparameters(recipe, FLAGS.set)
        return recipe(shape, **{"moving_average": None, **arguments})
    finally:
        keras.config.set_dtype_policy(before)


def ways(shape: tuple[int, ...], batch_size: int, wanted: list[str]) -> dict[str, Train]:
    """Returns functions by name, each of which trains its own model for a number of steps."""
    precisions = {"bfloat16": "mixed_bfloat16"}
    models = {name: built(shape, precisions.get(name, "float32")) for name in wanted}
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
        step = two_pass_step(FLAGS.recipe, model, batch)

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


def compared(shape: tuple[int, ...], batch_size: int, wanted: list[str], rounds: int) -> dict:
    """Computes medians over interleaved rounds."""
    steps = FLAGS.steps
    trains, rate = ways(shape, batch_size, wanted), ProductRate()
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
    work = step_work(built(shape), batch_size)
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


def curves() -> dict[str, Any]:
    """Measures `fit` and the loop over batch sizes and over image sizes."""
    wanted, rounds = ["fit", "loop"], min(FLAGS.rounds, 3)
    size, channels = FLAGS.image_size, FLAGS.channels
    over_batch = [compared((size, size, channels), batch, wanted, rounds) for batch in BATCH_SIZES]
    over_image = [
        compared((side, side, channels), FLAGS.batch_size, wanted, rounds) for side in IMAGE_SIZES
    ]
    return {"over_batch_size": over_batch, "over_image_size": over_image}


def processor() -> str:
    """Returns the name of the processor, and its bfloat16 instructions."""
    info = pathlib.Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
    fields = {name.strip(): value.strip() for name, value in lines.items()}
    wide = [flag for flag in ("avx512_bf16", "amx_bf16") if flag in fields.get("flags", "").split()]
    return ", ".join([fields.get("model name", platform.processor()), *wide])


def main(arguments: list[str]) -> None:
    """Measures, and prints the result as JSON."""
    shape = (FLAGS.image_size, FLAGS.image_size, FLAGS.channels)
    if FLAGS.recipe not in LOSSES:
        raise unknown_name("hand-written loop", FLAGS.recipe, LOSSES)
    built(shape)  # Raises errors here instead of in another process.
    if FLAGS.alone:
        train = ways(shape, FLAGS.batch_size, [FLAGS.alone])[FLAGS.alone]
        result = {"image_shape": shape, "batch_size": FLAGS.batch_size}
        result["alone"] = {FLAGS.alone: isolated_process.watch(train, FLAGS.steps)}
    elif FLAGS.curves:
        result = curves()
    else:
        # Before this process allocates memory, which both would share.
        names = ("recipe", "image_size", "channels", "batch_size", "steps")
        same = [f"--{name}={FLAGS[name].value}" for name in names]
        same += [f"--set={assignment}" for assignment in FLAGS.set]
        apart = {way: isolated_process.in_a_process(way, same) for way in ("fit", "loop")}
        peaks = [apart[way]["peak_mebibytes"] for way in ("fit", "loop")]
        result = compared(
            shape, FLAGS.batch_size, ["fit", "constant", "loop", "bfloat16"], FLAGS.rounds
        )
        train = ways(shape, FLAGS.batch_size, ["fit"])["fit"]
        train(2)
        result["thread_milliseconds_per_step"] = milliseconds_by_kind(train, FLAGS.steps)
        result |= {"memory_over_loop": round(peaks[0] / peaks[1], 3), "alone": apart}
    machine = {"processor": processor(), "cores": os.cpu_count()}
    result = {"recipe": FLAGS.recipe, **result, **machine, **provenance()}
    print(json.dumps(result, indent=2))
    if FLAGS.out:
        path = local_path(FLAGS.out, "out")
        write_json(path, result)
        if FLAGS.curves:
            draw(result, path.with_suffix(".png"))


if __name__ == "__main__":
    command_line.run(main)
