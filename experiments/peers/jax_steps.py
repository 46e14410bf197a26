"""The train steps of two recipes by Keras on JAX, each step one compiled function.

The same networks, objectives, updates and moving averages as `recipes.infogan` and `dcgan`: one
generator pass serves both updates. It answers whether another backend of Keras would be faster, and
needs an environment with JAX and Keras alone, without this package:

    python -m venv jax && jax/bin/pip install jax keras
    jax/bin/python experiments/peers/jax_steps.py --recipe=infogan

`experiments.peers.speed --jax_python=jax/bin/python` starts it and measures it in turn with
`model.fit`. It then reads a form and a number of steps from each line of standard input, and
writes seconds and processor seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from typing import Any

POLICIES = {"float32_jax": "float32", "bfloat16_jax": "mixed_bfloat16"}
LATENT = {"infogan": 74, "dcgan": 100}
RATES = {"infogan": (1e-3, 2e-4), "dcgan": (2e-4, 2e-4)}


def count(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def side(text: str) -> int:
    """Reads the side of images, which the networks halve twice."""
    if count(text) % 4:
        raise argparse.ArgumentTypeError(f"must be divisible by 4, got {text}")
    return int(text)


def forms(text: str) -> tuple[str, ...]:
    """Reads names of forms."""
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in POLICIES]:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(POLICIES)}, got {unknown[0]!r}")
    return names


def read_options() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", choices=[*RATES], default="infogan")
    parser.add_argument("--image_size", type=side, default=28)
    parser.add_argument("--channels", type=count, default=1)
    parser.add_argument("--batch_size", type=count, default=128)
    parser.add_argument("--forms", type=forms, default=("float32_jax",), help="Forms to serve.")
    return parser.parse_args()


# Help and mistakes are told without JAX.
OPTIONS = read_options() if __name__ == "__main__" else None
os.environ["KERAS_BACKEND"] = "jax"

try:
    import jax
    import keras
    import numpy as np
    from jax import numpy as jnp
    from keras import layers
except ModuleNotFoundError as error:
    sys.exit(f"{__file__} needs {error.name}: pip install jax keras, for {sys.executable}.")

DECAY = 0.999


def halvings(size: int, smallest: int) -> int:
    """Returns how often an even size may be halved, not below `smallest`, at least twice."""
    count = 0
    while size % 2 == 0 and (size // 2 >= smallest or count < 2):
        size, count = size // 2, count + 1
    return count


def batch_normalization() -> layers.Layer:
    """Builds the normalisation of the recipes."""
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)


def generator(recipe: str, side: int, channels: int) -> keras.Model:
    """Builds DCGAN's generator, or InfoGAN's, which has a dense layer before it."""
    with_codes = recipe == "infogan"
    stages = halvings(side, 8 if with_codes else 4)
    small, width = side // 2**stages, 64 * 2 ** (stages - 1)
    x = latents = keras.Input((LATENT[recipe],))
    if with_codes:
        x = layers.ReLU()(batch_normalization()(layers.Dense(1024, use_bias=False)(x)))
    x = layers.Dense(width * small**2, use_bias=False)(x)
    if with_codes:  # Its normalisation is over units, not over channels.
        x = batch_normalization()(x)
    x = layers.Reshape((small, small, width))(x)
    if not with_codes:
        x = batch_normalization()(x)
    x = layers.ReLU()(x)
    for _ in range(stages - 1):
        width //= 2
        x = layers.Conv2DTranspose(width, 4, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(batch_normalization()(x))
    x = layers.Conv2DTranspose(channels, 4, 2, "same", activation="tanh")(x)
    return keras.Model(latents, x)


def discriminator(recipe: str, side: int, channels: int) -> keras.Model:
    """Builds DCGAN's discriminator, or InfoGAN's with its head Q."""
    with_codes = recipe == "infogan"
    slope = 0.01 if with_codes else 0.2
    x = images = keras.Input((side, side, channels))
    for stage in range(halvings(side, 8 if with_codes else 4)):
        x = layers.Conv2D(64 * 2**stage, 4, 2, "same", use_bias=stage == 0)(x)
        x = layers.LeakyReLU(slope)(batch_normalization()(x) if stage else x)
    x = layers.Flatten()(x)
    if not with_codes:
        return keras.Model(images, layers.Dense(1)(x))
    x = batch_normalization()(layers.Dense(1024, use_bias=False)(x))
    x = layers.LeakyReLU(slope)(x)
    q = batch_normalization()(layers.Dense(128, use_bias=False)(x))
    return keras.Model(images, [layers.Dense(1)(x), layers.Dense(14)(layers.LeakyReLU(slope)(q))])


def negative_information(codes: Any, categories: Any, style: Any) -> Any:
    """Computes -ln Q of the category, and -.04 ln Q of the two columns of style, mean."""
    codes = codes.astype("float32")
    mean, scale = codes[:, 10:12], 0.2 + jax.nn.softplus(codes[:, 12:14])
    log_q = -((style - mean) ** 2) / (2 * scale**2) - jnp.log(scale) - 0.5 * math.log(2 * math.pi)
    log_p = jnp.take_along_axis(jax.nn.log_softmax(codes[:, :10]), categories[:, None], 1)
    return -log_p.mean() - 0.04 * log_q.sum(1).mean()


class Training:
    """One recipe in one precision; `run(n)` takes n steps of batches from memory."""

    def __init__(self, recipe: str, side: int, channels: int, batch: int, form: str) -> None:
        keras.utils.set_random_seed(0)
        keras.config.set_dtype_policy(POLICIES[form])
        self.recipe, self.batch = recipe, batch
        self.networks = [build(recipe, side, channels) for build in (generator, discriminator)]
        self.optimizers = [keras.optimizers.Adam(rate, 0.5) for rate in RATES[recipe]]
        for network, optimizer in zip(self.networks, self.optimizers, strict=True):
            optimizer.build(network.trainable_variables)
        weights = [[v.value for v in network.trainable_variables] for network in self.networks]
        # As in the recipe, the average of InfoGAN is of both networks, of others of the generator.
        averaged = weights[: 2 if recipe == "infogan" else 1]
        self.state = {
            "weights": weights,
            "others": [[v.value for v in n.non_trainable_variables] for n in self.networks],
            "optimizers": [[v.value for v in o.variables] for o in self.optimizers],
            "averages": [[jnp.copy(v) for v in each] for each in averaged],
        }
        count = max(20, 2560 // batch) * batch
        self.images = np.random.default_rng(0).integers(
            0, 256, (count, side, side, channels), "uint8"
        )
        self.random, self.key = np.random.default_rng(1), jax.random.key(0)
        self.step = jax.jit(self._step, donate_argnums=0)

    def run(self, steps: int) -> None:
        """Takes a number of steps."""
        for _ in range(steps):
            rows = self.random.integers(0, len(self.images), self.batch)
            self.key, key = jax.random.split(self.key)
            self.state = self.step(self.state, self.images[rows], key)
        jax.block_until_ready(self.state)

    def _judged(self, weights: Any, others: Any, x: Any) -> tuple[list[Any], Any]:
        outputs, others = self.networks[1].stateless_call(weights, others, x, training=True)
        outputs = outputs if isinstance(outputs, list) else [outputs]  # Keras opens lists of one.
        return [output.astype("float32") for output in outputs], others

    def _step(self, state: Any, pixels: Any, key: Any) -> Any:
        real = pixels.astype("float32") / 127.5 - 1
        for_noise, for_category = jax.random.split(key)
        z = jax.random.uniform(for_noise, (self.batch, LATENT[self.recipe]), minval=-1.0)
        categories = jax.random.randint(for_category, (self.batch,), 0, 10)
        if self.recipe == "infogan":
            z = z.at[:, 62:72].set(jax.nn.one_hot(categories, 10))
        style = z[:, 72:]
        g, d = state["weights"]
        g_others, d_others = state["others"]

        def generated(g: Any) -> Any:
            return self.networks[0].stateless_call(g, g_others, z, training=True)

        fake, back, g_others = jax.vjp(generated, g, has_aux=True)

        def d_loss(d: Any) -> Any:
            (of_real, *_), others = self._judged(d, d_others, real)
            (of_fake, *codes), others = self._judged(d, others, fake)
            loss = jax.nn.softplus(-of_real).mean() + jax.nn.softplus(of_fake).mean()
            return loss + sum(negative_information(c, categories, style) for c in codes), others

        gradients, d_others = jax.grad(d_loss, has_aux=True)(d)
        d, d_state = self.optimizers[1].stateless_apply(state["optimizers"][1], gradients, d)

        def g_loss(fake: Any) -> Any:
            (logits, *codes), others = self._judged(d, d_others, fake)
            loss = jax.nn.softplus(-logits).mean()
            return loss + sum(negative_information(c, categories, style) for c in codes), others

        of_images, d_others = jax.grad(g_loss, has_aux=True)(fake)
        g, g_state = self.optimizers[0].stateless_apply(
            state["optimizers"][0], back(of_images)[0], g
        )
        averages = [
            [average + (1 - DECAY) * (v - average) for average, v in zip(*pair, strict=True)]
            for pair in zip(state["averages"], [g, d], strict=False)
        ]
        return {
            "weights": [g, d],
            "others": [g_others, d_others],
            "optimizers": [g_state, d_state],
            "averages": averages,
        }


def main(options: argparse.Namespace) -> None:
    """Serves steps to the program that compares."""
    size = options.recipe, options.image_size, options.channels, options.batch_size
    trainings = {form: Training(*size, form) for form in options.forms}
    print(json.dumps({"jax": jax.__version__, "keras": keras.__version__}), flush=True)
    for line in sys.stdin:
        form, steps = line.split()
        began, worked = time.perf_counter(), time.process_time()
        trainings[form].run(int(steps))
        seconds = time.perf_counter() - began
        took = {"seconds": seconds, "processor_seconds": time.process_time() - worked}
        print(json.dumps(took), flush=True)


if OPTIONS is not None:
    main(OPTIONS)
