"""Animated pictures of the samples of a model."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import tree

from tfgan_it.arguments import check_arguments
from tfgan_it.visualization.models import (
    check_drawable,
    conditions_of_rows,
    displayed,
    rate_of,
    samples_from_latents,
    traversed_samples,
)
from tfgan_it.visualization.samples import grid, scatter
from tfgan_it.visualization.sounds import sounds
from tfgan_it.visualization.texts import words


@check_arguments()
def interpolation(
    model: Any, seeds: list[int], frames: int = 16, conditions: Any = None
) -> list[np.ndarray]:
    """Draws the frames of a path through the latents of `seeds` and back to the first.

    The path between two latents is a straight line, so that codes stay within their range.

    Args:
        model: A `GAN`.
        seeds: At least two seeds; each gives the latent of `model.generate(1, seed)`.
        frames: Number of frames from one latent to the next.
        conditions: One raw condition for all frames. If None, it is the first class of a `Label`;
            other conditions are sampled.

    Raises:
        ValueError: If there are fewer than two seeds, or the model's samples cannot be drawn.
    """
    if len(seeds) < 2:
        raise ValueError(f"An interpolation needs at least two seeds, got {len(seeds)}.")
    check_drawable(model, conditions)
    stops = np.concatenate([model.sample_latents(1, seed) for seed in [*seeds, seeds[0]]])
    weights = np.arange(frames)[:, None] / frames
    path = np.concatenate(
        [start + weights * (stop - start) for start, stop in zip(stops, stops[1:], strict=False)]
    )
    conditions = conditions_of_rows(model, 1, seeds[0], conditions)
    samples = samples_from_latents(model, path.astype("float32"), conditions)
    if not isinstance(samples, dict) and samples.ndim == 2:
        limit = 1.05 * float(np.abs(samples).max())
        return [scatter(sample[None], limit=limit) for sample in samples]
    if getattr(model, "vocabulary", None) is not None:
        rows = words(model.vocabulary.decode(samples), columns=1)
        return np.split(rows, len(path))  # Frames of one size.
    if rate_of(model) is not None:
        return [sounds(sample[None]) for sample in samples]
    samples = displayed(model, samples)
    each = [tree.map_structure(lambda x, i=i: x[i : i + 1], samples) for i in range(len(path))]
    return [grid(sample, gap=0) for sample in each]


@check_arguments()
def code_animation(
    model: Any,
    rows: int = 8,
    steps: int = 10,
    seed: int = 0,
    most: int = 12,
    conditions: Any = None,
) -> dict[str, list[np.ndarray]]:
    """Draws the frames of `code_traversal` of videos, in which all videos play together.

    Args:
        model: A `GAN` of videos.
        rows: As for `code_traversal`.
        steps: As for `code_traversal`.
        seed: As for `code_traversal`.
        most: As for `code_traversal`.
        conditions: As for `code_traversal`.

    Returns:
        By the name of the path, a list of pictures, one for each frame, for `save_animation`.

    Raises:
        ValueError: If samples are not videos, or cannot be drawn.
    """
    if isinstance(model.sample_shape, dict) or len(model.sample_shape) != 4:
        raise ValueError(
            f"code_animation: {model.name} makes samples of shape {model.sample_shape}, not videos."
        )
    return {
        name: animated(displayed(model, varied), points)
        for name, varied, points in traversed_samples(model, rows, steps, seed, most, conditions)
    }


def animated(videos: Any, columns: int | None = None) -> list[np.ndarray]:
    """Draws the frames of videos that play side by side, for `save_animation`.

    Args:
        videos: `(n, frames, height, width, channels)`, uint8, or float in [-1, 1].
        columns: As for `grid` of images.

    Example:

    >>> [frame.shape for frame in animated(np.zeros((4, 2, 40, 40, 1), "uint8"))]
    [(86, 86, 3), (86, 86, 3)]
    """
    return [grid(videos[:, frame], columns) for frame in range(np.shape(videos)[1])]
