"""Codes that a recognition head has read in images, as values that the generator knows."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from tfgan_it.latents.categorical import Categorical
from tfgan_it.latents.continuous import Uniform
from tfgan_it.latents.latent import Latent
from tfgan_it.typing import Draw, Tensor


def normal_sample(posterior: dict[str, Tensor], draw: Draw) -> Tensor:
    """mean + scale e, e ~ N(0, I), `(batch, columns)`; gradients reach mean and scale.

    Args:
        posterior: `mean` and `scale`, as of `Latent.posterior`.
        draw: As `Runtime.draw`.
    """
    columns = posterior["mean"].shape[-1]
    noise = draw(lambda rows, seed: keras.random.normal((rows, columns), seed=seed))
    return posterior["mean"] + posterior["scale"] * noise


def code_sample(part: Latent, parameters: Tensor, draw: Draw) -> Tensor:
    """A sample of Q(c|x): a one-hot category; a continuous value within the range of the prior.

    Args:
        part: The code's latent.
        parameters: Raw outputs of the recognition head, `(batch, part.posterior_params_size)`.
        draw: As `Runtime.draw`.
    """
    posterior = part.posterior(parameters)
    if not isinstance(part, Categorical):
        return _within(part, normal_sample(posterior, draw))
    uniform = draw(lambda rows, seed: keras.random.uniform((rows, 1), seed=seed))
    edges = ops.cumsum(posterior["probabilities"], axis=-1)[:, :-1]
    index = ops.sum(ops.cast(uniform >= edges, "int32"), axis=-1)
    return ops.one_hot(index, part.dimension, dtype="float32")


def posterior_mode(part: Latent, parameters: Tensor) -> Tensor:
    """The most probable category, one-hot; the mean of a continuous code, within its range."""
    posterior = part.posterior(parameters)
    if isinstance(part, Categorical):
        index = ops.argmax(posterior["probabilities"], axis=-1)
        return ops.one_hot(index, part.dimension, dtype="float32")
    return _within(part, posterior["mean"])


def code_values(name: str, part: Latent, values: Tensor, rows: int) -> np.ndarray:
    """What a user gives for a code, as columns `(rows, part.dimension)`, float32.

    Args:
        name: Name of the code, for messages.
        part: The code's latent.
        values: `(rows, columns)`, or one row for all; of a categorical code also whole numbers,
            the categories, `(rows,)` or one.
        rows: As many.

    Raises:
        ValueError: values of another shape, or a number that is no category.

    Example:

    >>> code_values("category", Categorical(3), [2, 0], 2).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    values = np.asarray(values)
    if isinstance(part, Categorical) and values.ndim < 2 and values.dtype.kind in "iu":
        if values.shape not in ((), (rows,)) or np.any((values < 0) | (values >= part.dimension)):
            raise ValueError(
                f"{name} must be a category from 0 to {part.dimension - 1}, one or ({rows},), got "
                f"{np.array2string(values, threshold=10)}."
            )
        values = np.eye(part.dimension)[values]
    if values.shape not in ((part.dimension,), (rows, part.dimension)):
        raise ValueError(
            f"{name} must be ({rows}, {part.dimension}), or ({part.dimension},) for all, got "
            f"{values.shape}."
        )
    return np.broadcast_to(values, (rows, part.dimension)).astype("float32")


def _within(part: Latent, values: Tensor) -> Tensor:
    return ops.clip(values, part.low, part.high) if isinstance(part, Uniform) else values
