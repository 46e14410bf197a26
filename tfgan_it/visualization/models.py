"""Pictures of what a model makes."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops, tree
from PIL import Image

from tfgan_it.conditions import Image as ImageCondition
from tfgan_it.conditions import Label
from tfgan_it.datasets.batches import in_order
from tfgan_it.datasets.images import scale_images
from tfgan_it.visualization.layout import stacked
from tfgan_it.visualization.samples import grid, is_drawable, pairs, rgb, scatter

_MOST_CLASSES = 20  # Rows of a grid.


def obstacle_to_drawing(model: Any, conditions: Any = None) -> str | None:
    """Why no picture of a model's samples can be drawn; None where it can.

    Args:
        model: A `GAN`.
        conditions: Raw conditions that are given for its samples, or None.
    """
    if model.latent is None:
        return f"{model.name} makes samples of other samples, not of a latent"
    if not is_drawable(model.sample_shape):
        return f"nothing draws samples of shape {model.sample_shape}"
    if model.conditions is not None and conditions is None and not model.conditions.has_prior:
        return (
            f"{model.name} needs conditions ({model.conditions.describe()}), which have no prior "
            "to draw them from: give some"
        )
    return None


def samples_from_latents(model: Any, latents: np.ndarray, conditions: Any = None) -> Any:
    """The samples of some latents, and of conditions where the model takes some.

    Args:
        model: A `GAN`; its averaged weights are asked where there are some.
        latents: `(n, latent.dimension)`.
        conditions: Raw conditions, one for all samples or one for each.
    """
    if model.conditions is None:
        return model.predict(latents, verbose=0)
    given = model.conditions.given(conditions, len(latents))
    return model.predict(in_order(((latents, given),), 256), verbose=0)


def sample_grid(model: Any, n: int = 64, seed: int = 0, conditions: Any = None) -> np.ndarray:
    """Samples of `model.generate`, as one picture.

    A model whose condition is a `Label` has a row for each class, the first 20 at most, and in a
    column samples of one latent; points of a class have their color. Where its condition is an
    `Image`, each stands above its sample.

    Args:
        model: A `GAN` with a latent.
        n: Number of samples; of points 40 times as many are drawn, of videos an eighth.
        seed: Seed of the latents, and of the conditions where they are drawn.
        conditions: Raw conditions of at least n samples, of which the first are taken; drawn where
            None, but for labels.

    Raises:
        ValueError: a model of which no picture can be drawn.
    """
    _check(model, conditions)
    rank = 0 if isinstance(model.sample_shape, dict) else len(model.sample_shape)
    n = 40 * n if rank == 1 else max(1, n // 8) if rank == 4 else n
    if model.conditions is None:
        return grid(model.generate(n, seed=seed))
    if conditions is None and isinstance(model.conditions, Label):
        classes = min(model.conditions.classes, _MOST_CLASSES)
        columns = max(1, n // classes)
        latents = np.tile(model.sample_latents(columns, seed), (classes, 1))
        labels = np.repeat(np.arange(classes), columns)
        samples = samples_from_latents(model, latents, labels)
        return scatter(samples, labels=labels) if rank == 1 else grid(samples, columns)
    if conditions is not None:
        conditions = tree.map_structure(lambda y: np.asarray(y)[:n], conditions)
        n = len(tree.flatten(conditions)[0])
    samples = model.generate(n, seed=seed, conditions=conditions)
    if isinstance(model.conditions, ImageCondition) and model.conditions.shape[:2] == (
        *model.sample_shape[:2],
    ):
        return pairs(conditions, samples, columns=8)
    return grid(samples)


def code_traversal(
    model: Any,
    rows: int = 8,
    steps: int = 10,
    seed: int = 0,
    most: int = 12,
    conditions: Any = None,
) -> dict[str, np.ndarray]:
    """One picture for each code: along a row only this code changes, down a column only the rest.

    Args:
        model: A `GAN`; one without codes shows the columns of its noise.
        rows: Latents that are varied.
        steps: Points on the path of a continuous code.
        seed: Seed of the latents, and of the conditions where they are drawn.
        most: Pictures at most, of the first codes and columns.
        conditions: Raw conditions of the rows, one for all or one for each. Where None, row i has
            the class i of a `Label`, beginning again after the last, and others are drawn.

    Returns:
        uint8 `(height, width, 3)` by the name of the path, such as `category`, `style_0`. Of videos
        the middle frame is shown.

    Raises:
        ValueError: a model of which no picture can be drawn.
    """
    _check(model, conditions)
    samples = model.sample_latents(rows, seed)
    given = _conditions(model, rows, seed, conditions)
    pictures = {}
    paths = list(model.latent.traversal(samples, steps).items())
    for name, latents in paths[:most]:
        points = latents.shape[1]
        repeated = tree.map_structure(lambda y, k=points: np.repeat(y, k, axis=0), given)
        made = samples_from_latents(model, latents.reshape(rows * points, -1), repeated)
        pictures[name] = grid(tree.map_structure(_middle_frame, made), columns=points)
    return pictures


def reconstructions(model: Any, images: Any, columns: int = 10) -> np.ndarray:
    """Images, and below each row of them what the model makes of their encodings.

    Args:
        model: A `VariationalInfoGAN`, or what else has `reconstruct`.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        columns: Images in a row.
    """
    return pairs(images, model.reconstruct(images), columns)


def translations(model: Any, samples: Any, columns: int = 10) -> np.ndarray:
    """Samples of both domains, and below each row of them their translations.

    Args:
        model: A `DomainTranslationGAN`.
        samples: `{"a": images, "b": images}`, uint8, or float in [-1, 1].
        columns: Images in a row.
    """
    return stacked(
        {
            f"{source} to {to}": pairs(
                samples[source], model.translate(samples[source], to), columns
            )
            for source, to in ("ab", "ba")
        }
    )


def interpolation(
    model: Any, seeds: list[int], frames: int = 16, conditions: Any = None
) -> list[np.ndarray]:
    """Frames of a walk through the latents of `seeds` and back to the first.

    Between two latents the path is a straight line, so that codes stay within their range.

    Args:
        model: A `GAN`.
        seeds: At least two; a latent is that of `model.generate(1, seed)`.
        frames: Frames from one latent to the next.
        conditions: One raw condition for all frames. Where None, it is the first class of a
            `Label`, and others are drawn.

    Raises:
        ValueError: fewer than two seeds, a model of which no picture can be drawn.
    """
    if len(seeds) < 2:
        raise ValueError(f"An interpolation needs at least two seeds, got {len(seeds)}.")
    _check(model, conditions)
    stops = np.concatenate([model.sample_latents(1, seed) for seed in [*seeds, seeds[0]]])
    weights = np.arange(frames)[:, None] / frames
    path = np.concatenate(
        [start + weights * (stop - start) for start, stop in zip(stops, stops[1:], strict=False)]
    )
    given = _conditions(model, 1, seeds[0], conditions)
    samples = samples_from_latents(model, path.astype("float32"), given)
    if not isinstance(samples, dict) and samples.ndim == 2:
        limit = 1.05 * float(np.abs(samples).max())
        return [scatter(sample[None], limit=limit) for sample in samples]
    each = [tree.map_structure(lambda x, i=i: x[i : i + 1], samples) for i in range(len(path))]
    return [grid(sample, gap=0) for sample in each]


def attention_maps(model: Any, images: Any, opacity: float = 0.7) -> np.ndarray:
    """Where a recognition head looks: each image, and beside it one copy for each query.

    On a copy the places are the redder the more the query reads of them; the reddest is the one it
    reads most of.

    Args:
        model: A `GAN` whose discriminator gives `attention`, `(batch, queries, height, width)`, as
            that of `recipes.attention_infogan`, whose queries are its codes in order.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        opacity: Opacity of the red at that place, in [0, 1].

    Returns:
        uint8 `(height, width, 3)`, a row for each image.

    Raises:
        ValueError: a discriminator without `attention`.
    """
    outputs = model.discriminate(scale_images(images))
    if "attention" not in outputs:
        raise ValueError(
            "attention_maps: the discriminator must give 'attention' (see "
            f"networks.attention_infogan_discriminator), got {', '.join(sorted(outputs))}."
        )
    maps = np.asarray(outputs["attention"], "float32")
    maps = maps / np.maximum(maps.max(axis=(2, 3), keepdims=True), 1e-12)
    tiles = []
    for image, queries in zip(rgb(images), maps, strict=True):
        tiles.append(image)
        for query in queries:
            size = image.shape[1], image.shape[0]
            heat = Image.fromarray(query).resize(size, Image.Resampling.BILINEAR)
            heat = opacity * np.clip(np.asarray(heat), 0, 1)[..., None]
            tiles.append(((1 - heat) * image + heat * np.array([255, 0, 0])).round())
    return grid(np.asarray(tiles).astype("uint8"), columns=1 + maps.shape[1])


def _check(model: Any, conditions: Any) -> None:
    if reason := obstacle_to_drawing(model, conditions):
        raise ValueError(f"No picture: {reason}.")


def _conditions(model: Any, rows: int, seed: int, conditions: Any) -> Any:
    """Raw conditions of so many rows; None where the model takes none."""
    if model.conditions is None:
        return None
    if conditions is None and isinstance(model.conditions, Label):
        conditions = np.arange(rows) % model.conditions.classes
    elif conditions is None:
        conditions = tree.map_structure(ops.convert_to_numpy, model.sample_conditions(rows, seed))
    return model.conditions.given(conditions, rows)


def _middle_frame(samples: np.ndarray) -> np.ndarray:
    """Of videos one frame; other samples as they are."""
    return samples[:, samples.shape[1] // 2] if samples.ndim == 5 else samples
