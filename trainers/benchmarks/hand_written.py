"""Hand-written training loops, one tf.function each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.errors import unknown_name

Step = Callable[[], None]


def two_pass_step(recipe: str, model: keras.Model, images: tf.Tensor) -> Step:
    """Returns a train step with a generator pass for each update and Keras's Adam.

    Args:
        recipe: One of `LOSSES`.
        model: The compiled model of the recipe. The loop uses its networks, latent, penalties and
            learning rates.
        images: Images of all discriminator updates of a step, uint8.

    Raises:
        ValueError: If there is no loop for the recipe.
    """
    if recipe not in LOSSES:
        raise unknown_name("hand-written loop", recipe, LOSSES)
    discriminator_loss, generator_loss = LOSSES[recipe]
    generator, discriminator, latent = model.generator, model.discriminator, model.latent
    optimizers = []
    for player in ("generator", "discriminator"):
        config = getattr(model, f"{player}_optimizer").get_config()
        optimizer = keras.optimizers.Adam(
            config["learning_rate"], config["beta_1"], config["beta_2"]
        )
        if model.dtype_policy.name == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(getattr(model, player).trainable_variables)
        optimizers.append(optimizer)
    random = keras.random.SeedGenerator(0)
    updates = model.discriminator_steps
    batch = len(images) // updates

    @tf.function
    def step() -> None:
        real = ops.cast(images, "float32") / 127.5 - 1.0
        for index in range(updates):
            share = real[index * batch : (index + 1) * batch]
            latents = latent.sample(batch, seed=random)
            fake = generator(latents, training=True)
            with tf.GradientTape() as tape:
                loss = discriminator_loss(model, share, tf.stop_gradient(fake), latents)
                loss = optimizers[1].scale_loss(loss)
            variables = discriminator.trainable_variables
            optimizers[1].apply(tape.gradient(loss, variables), variables)
        latents = latent.sample(batch, seed=random)
        with tf.GradientTape() as tape:
            fake = generator(latents, training=True)
            loss = optimizers[0].scale_loss(generator_loss(model, share, fake, latents))
        variables = generator.trainable_variables
        optimizers[0].apply(tape.gradient(loss, variables), variables)

    return step


def _logits(model: keras.Model, images: Any) -> Any:
    outputs = model.discriminator(images, training=True)
    return outputs["logits"] if isinstance(outputs, dict) else outputs


def _squared_slope(model: keras.Model, images: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = ops.sum(_logits(model, images))
    return ops.sum(ops.square(tape.gradient(total, images)), axis=(1, 2, 3))


def _dcgan_discriminator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    return ops.mean(ops.softplus(-_logits(model, real))) + ops.mean(
        ops.softplus(_logits(model, fake))
    )


def _dcgan_generator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    return ops.mean(ops.softplus(-_logits(model, fake)))


def _information(model: keras.Model, latents: Any, parameters: Any) -> Any:
    codes = model.latent.codes
    return ops.mean(codes.posterior_log_prob(model.latent.codes_from_latents(latents), parameters))


def _infogan_discriminator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    outputs = model.discriminator(fake, training=True)
    loss = ops.mean(ops.softplus(-_logits(model, real))) + ops.mean(ops.softplus(outputs["logits"]))
    return loss - _information(model, latents, outputs["codes"])


def _infogan_generator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    outputs = model.discriminator(fake, training=True)
    loss = ops.mean(ops.softplus(-outputs["logits"]))
    return loss - _information(model, latents, outputs["codes"])


def _wgan_gp_discriminator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    lambda_ = model.discriminator_regularizers[0].lambda_
    a = keras.random.uniform((len(real), 1, 1, 1))
    norm = ops.sqrt(_squared_slope(model, a * real + (1.0 - a) * fake) + 1e-12)
    distance = ops.mean(_logits(model, real)) - ops.mean(_logits(model, fake))
    return lambda_ * ops.mean(ops.square(norm - 1.0)) - distance


def _wgan_gp_generator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    return -ops.mean(_logits(model, fake))


def _r3gan_discriminator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    gamma = model.discriminator_regularizers[0].gamma
    slopes = ops.mean(_squared_slope(model, real)) + ops.mean(_squared_slope(model, fake))
    pairs = _logits(model, fake) - _logits(model, real)
    return ops.mean(ops.softplus(pairs)) + gamma / 2 * slopes


def _r3gan_generator(model: keras.Model, real: Any, fake: Any, latents: Any) -> Any:
    return ops.mean(ops.softplus(_logits(model, real) - _logits(model, fake)))


LOSSES = {
    "dcgan": (_dcgan_discriminator, _dcgan_generator),
    "infogan": (_infogan_discriminator, _infogan_generator),
    "r3gan": (_r3gan_discriminator, _r3gan_generator),
    "wgan_gp": (_wgan_gp_discriminator, _wgan_gp_generator),
}
