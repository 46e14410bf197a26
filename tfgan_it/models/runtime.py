"""Networks, random numbers and metrics of a step."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.models.compilation import CompiledPlayers
from tfgan_it.seeds import StatelessSeed, layer_noise, shard_for_replica
from tfgan_it.step import Networks, Phase, Runtime
from tfgan_it.typing import Draw, Nest, Sampler, Tensor


class Stream(enum.IntEnum):
    """Streams of random numbers within one step.

    The values must not change, because they determine the random numbers of every seed.
    """

    LATENTS = 0
    DISCRIMINATOR = 1
    GENERATOR = 2
    AUGMENTATION = 3
    EVALUATION = 4
    LAYERS = 5
    SAMPLING = 6


def draw(
    model: CompiledPlayers, sample: Sampler, n: Tensor, *path: Tensor, even: bool = True
) -> Tensor:
    """Draws with `sample(total, seed=...)` for all replicas, and returns this replica's `n`."""
    seed = model.noise_seed
    return shard_for_replica(lambda total: sample(total, seed=StatelessSeed(seed, *path)), n, even)


def counted_draw(model: CompiledPlayers, n: Tensor, *stream: int) -> Draw:
    """Returns `Runtime.draw`, whose numbers depend on seed, step, stream and count of calls."""
    calls = itertools.count()
    return lambda function: draw(model, function, n, model.step, *stream, next(calls))


def bind_networks(
    model: CompiledPlayers, phase: Phase, conditions: Nest, stream: tuple[int, ...]
) -> Networks:
    """Returns the networks for the update of one player.

    The generator's update does not change the discriminator, including its statistics. Random
    layers of the discriminator draw only in the discriminator's update.
    """
    if phase == "evaluation":
        return Networks(
            discriminate=lambda samples: model.discriminate(samples, conditions),
            discriminate_unaugmented=lambda samples: model.discriminate(samples, conditions),
            generate=lambda inputs: model.call_generator(inputs, conditions),
            input_gradient=_no_input_gradient,
            gradient=gradient,
        )
    calls, layer_calls = itertools.count(), itertools.count()
    discriminates = phase == "discriminator"

    def layer_draw(sample: Sampler, n: Tensor) -> Tensor:
        return draw(model, sample, n, model.step, Stream.LAYERS, *stream, next(layer_calls))

    def augmented(samples: Nest) -> Nest:
        if model.augmentation is None:
            return samples
        n, call = batch_size_of(samples), next(calls)

        def draw_for_images(sample: Sampler) -> Tensor:
            return draw(model, sample, n, model.step, Stream.AUGMENTATION, *stream, call)

        if isinstance(samples, dict):
            augment = model.augmentation.augment
            return {name: augment(part, draw_for_images) for name, part in samples.items()}
        return model.augmentation.augment(samples, draw_for_images)

    def discriminate(samples: Nest) -> dict[str, Nest]:
        samples = augmented(samples)
        with layer_noise(layer_draw if discriminates else None):
            return model.discriminate(samples, conditions, training=True)

    def discriminate_unaugmented(samples: Nest) -> dict[str, Nest]:
        return without_updates(model.discriminate)(samples, conditions, training=True)

    def generate(inputs: Nest) -> dict[str, Nest]:
        outputs = without_updates(model.call_generator)(inputs, conditions, training=True)
        return detached(outputs) if discriminates else outputs

    return Networks(
        discriminate=discriminate if discriminates else without_updates(discriminate),
        discriminate_unaugmented=discriminate_unaugmented,
        generate=generate,
        input_gradient=_no_input_gradient,
        gradient=gradient,
    )


def bind_sampling(
    model: CompiledPlayers, batch: Nest, index: int
) -> tuple[Callable[..., dict[str, Nest]], Draw]:
    """Returns the generator in training, and random numbers, for `sample_batch` of one update."""
    last = index == model.discriminator_steps - 1
    # A pass without a generator update after it does not change the generator's statistics.
    call = model.call_generator if last else without_updates(model.call_generator)

    def generate(inputs: Nest, conditions: Nest) -> dict[str, Nest]:
        return call(inputs, conditions, training=True)

    n = batch_size_of(batch["samples"])
    return generate, counted_draw(model, n, Stream.SAMPLING, index)


def make_runtime(model: CompiledPlayers, n: Tensor, stream: tuple[int, ...]) -> Runtime:
    """Returns the `Runtime` of a step with `n` samples on this replica."""
    replicas = model.distribute_strategy.num_replicas_in_sync

    def cond(condition: Tensor, function: Callable[[], Tensor]) -> Tensor:
        if replicas == 1:
            return ops.cond(condition, function, lambda: ops.zeros(()))
        # Replicas cannot communicate inside a branch.
        return ops.where(condition, function(), 0.0)

    return Runtime(
        draw=counted_draw(model, n, *stream),
        mean=global_mean,
        cond=cond,
        global_batch_size=ops.cast(n, "float32") * replicas,
        step=model.step + 0,
        report=model.report,
    )


def without_updates(network: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the network as a function whose calls do not change its statistics."""

    def call(*args: Any, **kwargs: Any) -> Nest:
        with keras.StatelessScope():
            return network(*args, **kwargs)

    return call


def detached(nest: Nest) -> Nest:
    """Stops the gradient of each tensor."""
    return keras.tree.map_structure(ops.stop_gradient, nest)


def batch_size_of(nest: Nest) -> Tensor:
    """Returns the batch size of a nest of tensors `(batch, ...)`."""
    return ops.shape(keras.tree.flatten(nest)[0])[0]


def gradient(function: Callable[[Nest], Tensor], x: Nest) -> Nest:
    """Computes d sum(function(x)) / dx, itself differentiable."""
    with tf.GradientTape() as tape:
        tape.watch(keras.tree.flatten(x))
        total = ops.sum(function(x))
    return tape.gradient(total, x)


def global_sum(x: Tensor) -> Tensor:
    """Computes the sum over all replicas."""
    # The addition turns a variable into a tensor: a variable has no device on several workers.
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, x + 0.0)


def global_mean(x: Tensor) -> Tensor:
    """Computes the mean over the batches of all replicas, a scalar."""
    mean = ops.mean(ops.cast(x, "float32"))
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, mean)


def _no_input_gradient(source: str) -> Nest:
    raise ValueError(f"input_gradient({source!r}) exists only in the discriminator's phase.")
