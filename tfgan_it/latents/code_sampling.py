"""Codes for the generator: from a recognition head's posterior, or from a user."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import shown
from tfgan_it.latents.categorical import Categorical
from tfgan_it.latents.continuous import Uniform
from tfgan_it.latents.latent import Latent
from tfgan_it.typing import Draw, Tensor


def normal_sample(posterior: dict[str, Tensor], draw: Draw) -> Tensor:
    """Draws mean + scale e, e ~ N(0, I), `(batch, columns)`; gradients reach mean and scale.

    Args:
        posterior: `mean` and `scale`, as from `Latent.posterior`.
        draw: As for `Runtime.draw`.
    """
    columns = posterior["mean"].shape[-1]
    noise = draw(lambda n, seed: keras.random.normal((n, columns), seed=seed))
    return posterior["mean"] + posterior["scale"] * noise


def code_sample(part: Latent, parameters: Tensor, draw: Draw) -> Tensor:
    """Draws a sample of Q(c|x): a one-hot category, or a continuous value in the prior's range.

    Args:
        part: Latent of the code.
        parameters: Raw outputs of the recognition head, `(batch, part.posterior_params_size)`.
        draw: As for `Runtime.draw`.
    """
    posterior = part.posterior(parameters)
    if not isinstance(part, Categorical):
        return _within(part, normal_sample(posterior, draw))
    uniform = draw(lambda n, seed: keras.random.uniform((n, 1), seed=seed))
    edges = ops.cumsum(posterior["probabilities"], axis=-1)[:, :-1]
    index = ops.sum(ops.cast(uniform >= edges, "int32"), axis=-1)
    return ops.one_hot(index, part.dimension, dtype="float32")


def posterior_mode(part: Latent, parameters: Tensor) -> Tensor:
    """Returns the most probable category, one-hot, or a continuous code's mean in its range."""
    posterior = part.posterior(parameters)
    if isinstance(part, Categorical):
        _, index = ops.top_k(posterior["probabilities"], 1)  # As in LearnedCategorical.
        return ops.one_hot(index[:, 0], part.dimension, dtype="float32")
    return _within(part, posterior["mean"])


def code_values(name: str, part: Latent, values: Tensor, rows: int) -> np.ndarray:
    """Converts a user's values of a code to columns `(rows, part.dimension)`, float32.

    Args:
        name: Name of the code, for error messages.
        part: Latent of the code.
        values: `(rows, columns)`, or `(columns,)` for all rows. For a categorical code also integer
            categories, `(rows,)` or one.
        rows: Number of rows.

    Raises:
        ValueError: If the shape is wrong or a number is not a category.

    Example:

    >>> code_values("category", Categorical(3), [2, 0], 2).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    given, values = values, np.asarray(values)
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite numbers: {part.values}; got {shown(given)}.")
    if isinstance(part, Categorical) and values.ndim < 2 and values.dtype.kind in "iu":
        if values.shape not in ((), (rows,)) or np.any((values < 0) | (values >= part.dimension)):
            raise ValueError(
                f"{name} must be a category from 0 to {part.dimension - 1}, one or ({rows},), got "
                f"{np.array2string(values, threshold=10)}."
            )
        values = np.eye(part.dimension)[values]
    if values.shape not in ((part.dimension,), (rows, part.dimension)):
        allowed, got = f"({rows}, {part.dimension}), or ({part.dimension},) for all", values.shape
        if isinstance(part, Categorical) and values.ndim < 2:
            category = f"a whole number from 0 to {part.dimension - 1}, one or ({rows},)"
            allowed, got = f"{category}; or {allowed}", shown(given)
        raise ValueError(f"{name} must be {allowed}, got {got}.")
    return np.broadcast_to(values, (rows, part.dimension)).astype("float32")


def _within(part: Latent, values: Tensor) -> Tensor:
    return ops.clip(values, part.low, part.high) if isinstance(part, Uniform) else values
