"""GILBO: how much a generator's samples tell of its latents, in nats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.estimators.array_training import ArrayTraining, as_samples, shuffled, small_network
from tfgan_it.metrics.classifier import normalized_network
from tfgan_it.metrics.sample_quality.measurement import Measurement
from tfgan_it.visualization import samples_from_latents


def gilbo(
    model: Any,
    *,
    samples: int = 20_000,
    steps: int = 3000,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    network: Callable[[tuple[int, ...], int], keras.Model] | None = None,
    seed: int = 0,
) -> Measurement:
    """Computes the generative information lower bound of a trained generator, in nats.

        I(z; G(z)) >= H(z) + max_e E_z ln e(z|G(z))

    The encoder e is trained for it, on generated samples alone, with early stopping on further
    ones; the expectation is over others that it has not seen, a quarter as many. No real samples
    are needed. A generator that ignores its latents has 0 nats. It is a lower bound at any quality
    of the encoder; its scales have the floor of the latent's posterior, which limits it.

    Args:
        model: A `GAN` with a latent. A conditional model generates of random conditions.
        samples: Number of generated samples that train the encoder.
        steps: Largest number of training steps.
        batch_size: Number of samples in a step.
        learning_rate: Learning rate of Adam.
        network: Function from (shape of a sample, number of outputs) to a built encoder; by default
            `metrics.normalized_network` without dropout for images, else `small_network`.
        seed: Seed of weights, order, latents and conditions.

    Returns:
        A `Measurement` named `gilbo`, in nats; its standard error is that of the mean over the
        unseen samples.

    Raises:
        ValueError: If the model has no latent, its samples are not one array, or a number is
            invalid.

    Source: Alemi and Fischer, 2018, "GILBO: One Metric to Measure Them All".

    Example: the mean of two latents tells one of them, not both.

    >>> from tfgan_it import latents
    >>> class Model:
    ...     latent, conditions, sample_shape = latents.Categorical(4), None, (2,)
    ...     def sample_latents(self, n, seed):
    ...         return np.eye(4, dtype="float32")[np.arange(n) % 4]
    ...     def predict(self, z, verbose=0):
    ...         return z[:, :2] + z[:, 2:]
    >>> round(gilbo(Model(), samples=400, steps=300, learning_rate=0.01).value, 2)  # ln 2
    0.69
    """
    latent = model.latent
    if latent is None:
        raise ValueError("gilbo: the model has no latent; its generator takes something else.")
    if isinstance(model.sample_shape, dict):
        raise ValueError(f"gilbo takes samples of one array, got {', '.join(model.sample_shape)}.")
    n = check_integer("gilbo", "samples", samples, 20)
    size = min(check_integer("gilbo", "batch_size", batch_size, 1), n)
    steps = check_integer("gilbo", "steps", steps, 1)
    counts = {"train": n, "validation": max(1, n // 10), "test": max(2, n // 4)}
    z = model.sample_latents(sum(counts.values()), seed)
    conditions = None
    if model.conditions is not None:
        conditions = model.sample_conditions(len(z), seed)
    x = as_samples(samples_from_latents(model, z, conditions))
    edges = np.cumsum([0, *counts.values()])
    train, validation, test = (slice(a, b) for a, b in zip(edges, edges[1:], strict=False))
    build = network or (_image_encoder if x.ndim == 4 else small_network)
    known = ops.convert_to_tensor(z, "float32")

    def cross_entropy(rows: Any, outputs: Any) -> Any:
        return -latent.posterior_log_prob(ops.take(known, ops.cast(rows, "int32"), axis=0), outputs)

    training = ArrayTraining(
        lambda: build(x.shape[1:], latent.posterior_params_size),
        cross_entropy,
        learning_rate,
        seed,
    )

    def log_e(part: slice) -> np.ndarray:
        outputs = training.outputs(x[part])
        return ops.convert_to_numpy(latent.posterior_log_prob(z[part], outputs))

    rows = shuffled(n, np.random.default_rng([seed % 2**64, 0]))
    training.run_while_better(
        x[train],
        np.arange(n),
        lambda count: rows(count * size).reshape(count, size),
        lambda: -float(np.mean(log_e(validation))),
        steps=steps,
        every=max(20, steps // 30),
        patience=4,
    )
    values = log_e(test).astype("float64")
    bound = float(latent.entropy()) + float(np.mean(values))
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return Measurement("gilbo", bound, error, n=len(values))


def _image_encoder(shape: tuple[int, ...], outputs: int) -> keras.Model:
    return normalized_network(shape, outputs, dropout=0.0)
