"""Compares `model.fit` with a hand-written loop over the same networks, in one process.

  python -m trainers.benchmark --recipe=infogan --image_size=28 --out=results/benchmark.json

The hand-written loop is one tf.function: latents, a generator pass for the discriminator's update,
a second one for the generator's, Adam on each, on one constant batch. `fit` reads its batches from
the shuffled data set. Rounds of the two are interleaved; medians and the ratios of pairs are given.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from absl import flags
from keras import ops

from tfgan_it import recipes
from trainers import STARTED, command_line
from trainers.run_directory import provenance, write_json

FLAGS = flags.FLAGS
flags.DEFINE_string("recipe", "infogan", "Which system; the loop is written for infogan and dcgan.")
flags.DEFINE_integer("image_size", 28, "Height and width of the images.", lower_bound=8)
flags.DEFINE_integer("channels", 1, "Channels of the images.", lower_bound=1)
flags.DEFINE_integer("batch_size", 128, "Images of one discriminator update.", lower_bound=1)
flags.DEFINE_integer("rounds", 5, "Interleaved rounds.", lower_bound=1)
flags.DEFINE_integer("steps", 30, "Steps in a round.", lower_bound=1)
flags.DEFINE_string("out", None, "JSON file to write; standard output in any case.")


def two_pass_step(model: keras.Model, images: tf.Tensor) -> Callable[[], None]:
    """The step that a careful engineer writes by hand for this model, compiled by tf.function."""
    generator, discriminator = model.generator, model.discriminator
    codes = model.latent.codes
    optimizers = keras.optimizers.Adam(1e-3, 0.5), keras.optimizers.Adam(2e-4, 0.5)
    optimizers[0].build(generator.trainable_variables)
    optimizers[1].build(discriminator.trainable_variables)
    random = keras.random.SeedGenerator(0)

    def outputs(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        made = discriminator(x, training=True)
        return (made["logits"], made["codes"]) if isinstance(made, dict) else (made, None)

    def information(latents: tf.Tensor, parameters: tf.Tensor | None) -> Any:
        if codes is None:
            return 0.0
        return ops.mean(codes.log_prob(model.latent.columns_of_codes(latents), parameters))

    @tf.function
    def step() -> None:
        real = ops.cast(images, "float32") / 127.5 - 1.0
        latents = model.latent.sample(len(images), seed=random)
        with tf.GradientTape() as tape:
            fake = generator(latents, training=True)
            real_logits, _ = outputs(real)
            fake_logits, parameters = outputs(tf.stop_gradient(fake))
            loss = ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))
            loss -= information(latents, parameters)
        variables = discriminator.trainable_variables
        optimizers[1].apply(tape.gradient(loss, variables), variables)
        latents = model.latent.sample(len(images), seed=random)
        with tf.GradientTape() as tape:
            logits, parameters = outputs(generator(latents, training=True))
            loss = ops.mean(ops.softplus(-logits)) - information(latents, parameters)
        variables = generator.trainable_variables
        optimizers[0].apply(tape.gradient(loss, variables), variables)

    return step


def timed(function: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of one call, and the cores that it kept busy."""
    began, worked = time.perf_counter(), time.process_time()
    function()
    seconds = time.perf_counter() - began
    return seconds, (time.process_time() - worked) / seconds


def main(arguments: list[str]) -> None:
    """Times both, and prints JSON."""
    shape = (FLAGS.image_size, FLAGS.image_size, FLAGS.channels)
    batch, steps = FLAGS.batch_size, FLAGS.steps
    images = np.random.default_rng(0).integers(0, 256, (20 * batch, *shape), "uint8")
    model = recipes.get(FLAGS.recipe)(shape, moving_average=None)

    def fit() -> None:
        model.fit(images, batch_size=batch, steps_per_epoch=steps, verbose=0)

    model.fit(images, batch_size=batch, steps_per_epoch=1, verbose=0)
    first_step = time.perf_counter() - STARTED
    step = two_pass_step(recipes.get(FLAGS.recipe)(shape), tf.constant(images[:batch]))

    def loop() -> None:
        for _ in range(steps):
            step()

    loop()
    fit()
    measured = [(timed(fit), timed(loop)) for _ in range(FLAGS.rounds)]
    rounds = [(fit_time, loop_time) for (fit_time, _), (loop_time, _) in measured]
    result = {
        "recipe": FLAGS.recipe,
        "image_shape": shape,
        "batch_size": batch,
        "rounds": FLAGS.rounds,
        "steps_per_round": steps,
        "seconds_to_first_step": round(first_step, 2),
        "fit_images_per_second": round(batch * steps / statistics.median(f for f, _ in rounds), 1),
        "loop_images_per_second": round(batch * steps / statistics.median(t for _, t in rounds), 1),
        "fit_over_loop": round(statistics.median(t / f for f, t in rounds), 4),
        "fit_over_loop_all": [round(t / f, 4) for f, t in rounds],
        "cores": os.cpu_count(),
        "cores_busy_in_fit": [round(busy, 2) for (_, busy), _ in measured],
        "cores_busy_in_loop": [round(busy, 2) for _, (_, busy) in measured],
        **provenance(),
    }
    print(json.dumps(result, indent=2))
    if FLAGS.out:
        path = pathlib.Path(FLAGS.out)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, result)


if __name__ == "__main__":
    command_line.run(main)
