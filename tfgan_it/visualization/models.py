"""Pictures of the samples of a model."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops, tree
from PIL import Image

from tfgan_it.arguments import check_arguments
from tfgan_it.conditions import Image as ImageCondition
from tfgan_it.conditions import Label
from tfgan_it.datasets.batches import in_order
from tfgan_it.datasets.images import to_uint8
from tfgan_it.datasets.modalities import PRESENT
from tfgan_it.visualization.layout import stacked
from tfgan_it.visualization.samples import grid, is_drawable, pairs, rgb, scatter
from tfgan_it.visualization.texts import words

_MOST_CLASSES = 20  # Most rows of a grid.


def obstacle_to_drawing(model: Any, conditions: Any = None) -> str | None:
    """Returns why a model's samples cannot be drawn, or None if they can.

    Args:
        model: A `GAN`.
        conditions: Raw conditions of its samples, or None.
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
    """Generates the samples of some latents, and of conditions if the model takes them.

    Args:
        model: A `GAN`; its averaged weights are used if it has them.
        latents: `(n, latent.dimension)`.
        conditions: Raw conditions, one for all samples or one for each.
    """
    if model.conditions is None:
        return model.predict(latents, verbose=0)
    conditions = model.conditions.broadcast(conditions, len(latents))
    return model.predict(in_order(((latents, conditions),), 256), verbose=0)


@check_arguments()
def sample_grid(model: Any, n: int = 64, seed: int = 0, conditions: Any = None) -> np.ndarray:
    """Draws samples of `model.generate` as one picture.

    For a model with a `Label` condition each row shows one of the first 20 classes, and each column
    one latent; points are coloured by class. An `Image` condition is shown above its sample.

    Args:
        model: A `GAN` with a latent.
        n: Number of samples. For points it is multiplied by 40, for videos divided by 8.
        seed: Seed of the latents, and of sampled conditions.
        conditions: Raw conditions of at least n samples; the first n are used. If None, they are
            sampled, except labels.

    Raises:
        ValueError: If the model's samples cannot be drawn.
    """
    _check(model, conditions)
    rank = 0 if isinstance(model.sample_shape, dict) else len(model.sample_shape)
    n = 40 * n if rank == 1 else max(1, n // 8) if rank == 4 else n
    if model.conditions is None:
        return samples_picture(model, model.generate(n, seed=seed))
    if conditions is None and isinstance(model.conditions, Label):
        classes = min(model.conditions.classes, _MOST_CLASSES)
        columns = max(1, n // classes)
        latents = np.tile(model.sample_latents(columns, seed), (classes, 1))
        labels = np.repeat(np.arange(classes), columns)
        samples = samples_from_latents(model, latents, labels)
        if rank == 1:
            return scatter(samples, labels=labels)
        return samples_picture(model, samples, columns)
    if conditions is not None:
        conditions = tree.map_structure(lambda y: np.asarray(y)[:n], conditions)
        n = len(tree.flatten(conditions)[0])
    samples = _displayed(model, model.generate(n, seed=seed, conditions=conditions))
    if isinstance(model.conditions, ImageCondition) and model.conditions.shape[:2] == (
        *model.sample_shape[:2],
    ):
        return pairs(_displayed(model.conditions, conditions), samples, columns=8)
    return grid(samples)


@check_arguments()
def code_traversal(
    model: Any,
    rows: int = 8,
    steps: int = 10,
    seed: int = 0,
    most: int = 12,
    conditions: Any = None,
) -> dict[str, np.ndarray]:
    """Draws one picture for each code: along a row only this code changes.

    Args:
        model: A `GAN`. Without codes, the columns of its noise are traversed.
        rows: Number of latents, one for each row.
        steps: Number of points on the path of a continuous code.
        seed: Seed of the latents, and of sampled conditions.
        most: Maximum number of pictures; the first codes and columns are drawn.
        conditions: Raw conditions of the rows, one for all or one for each. If None, row i has
            class i of a `Label`, modulo the number of classes; other conditions are sampled.

    Returns:
        uint8 `(height, width, 3)` by the name of the path, such as `category`, `style_0`. Videos
        are shown by their middle frame.

    Raises:
        ValueError: If the model's samples cannot be drawn.
    """
    _check(model, conditions)
    samples = model.sample_latents(rows, seed)
    conditions = _conditions(model, rows, seed, conditions)
    pictures = {}
    paths = list(model.latent.traversal(samples, steps).items())
    for name, latents in paths[:most]:
        points = latents.shape[1]
        repeated = tree.map_structure(lambda y, k=points: np.repeat(y, k, axis=0), conditions)
        varied = samples_from_latents(model, latents.reshape(rows * points, -1), repeated)
        pictures[name] = samples_picture(
            model, tree.map_structure(_middle_frame, varied), columns=points
        )
    return pictures


@check_arguments()
def reconstructions(model: Any, images: Any, columns: int = 10) -> np.ndarray:
    """Draws images, and below each row their reconstructions.

    Args:
        model: A `VariationalInfoGAN`, or another model with `reconstruct`.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        columns: Number of images in a row.
    """
    reconstructed = _displayed(model, model.reconstruct(images))
    return pairs(_displayed(model, images), reconstructed, columns)


@check_arguments()
def translations(model: Any, samples: Any, columns: int = 10) -> np.ndarray:
    """Draws samples, and below each row their translations, and their partners if they have some.

    Args:
        model: A `TranslationGAN` or a `DomainTranslationGAN`.
        samples: `{"a": images, "b": images}`, uint8, or float in [-1, 1]; pairs if the model is
            trained on pairs.
        columns: Number of images in a row.
    """
    return stacked(
        {
            f"{source} to {to}": pairs(
                _displayed(model, samples[source]),
                _displayed(model, model.translate(samples[source], to)),
                columns,
                _displayed(model, samples[to]) if model.paired else None,
            )
            for source, to in ("ab", "ba")
            if to in model.targets
        }
    )


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
    _check(model, conditions)
    stops = np.concatenate([model.sample_latents(1, seed) for seed in [*seeds, seeds[0]]])
    weights = np.arange(frames)[:, None] / frames
    path = np.concatenate(
        [start + weights * (stop - start) for start, stop in zip(stops, stops[1:], strict=False)]
    )
    conditions = _conditions(model, 1, seeds[0], conditions)
    samples = samples_from_latents(model, path.astype("float32"), conditions)
    if not isinstance(samples, dict) and samples.ndim == 2:
        limit = 1.05 * float(np.abs(samples).max())
        return [scatter(sample[None], limit=limit) for sample in samples]
    if getattr(model, "vocabulary", None) is not None:
        rows = words(model.vocabulary.decode(samples), columns=1)
        return np.split(rows, len(path))  # Frames of one size.
    samples = _displayed(model, samples)
    each = [tree.map_structure(lambda x, i=i: x[i : i + 1], samples) for i in range(len(path))]
    return [grid(sample, gap=0) for sample in each]


@check_arguments()
def attention_maps(model: Any, images: Any, opacity: float = 0.7) -> np.ndarray:
    """Draws the attention of a recognition head: each image, and beside it a copy for each query.

    On a copy, red marks the positions that the query attends to, in proportion to their weight.

    Args:
        model: A `GAN` whose discriminator returns `attention`, `(batch, queries, height, width)`.
            The queries of `recipes.attention_infogan` are its codes in order.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        opacity: Opacity of the red at the position of the largest weight, in [0, 1].

    Returns:
        uint8 `(height, width, 3)`, with one row for each image.

    Raises:
        ValueError: If the discriminator has no output `attention`.
    """
    outputs = model.discriminate(model.scale(images))
    if "attention" not in outputs:
        raise ValueError(
            "attention_maps: the discriminator must give 'attention' (see "
            f"networks.attention_infogan_discriminator), got {', '.join(sorted(outputs))}."
        )
    maps = np.asarray(outputs["attention"], "float32")
    maps = maps / np.maximum(maps.max(axis=(2, 3), keepdims=True), 1e-12)
    tiles = []
    for image, queries in zip(rgb(_displayed(model, images)), maps, strict=True):
        tiles.append(image)
        for query in queries:
            size = image.shape[1], image.shape[0]
            heat = Image.fromarray(query).resize(size, Image.Resampling.BILINEAR)
            heat = opacity * np.clip(np.asarray(heat), 0, 1)[..., None]
            tiles.append(((1 - heat) * image + heat * np.array([255, 0, 0])).round())
    return grid(np.asarray(tiles).astype("uint8"), columns=1 + maps.shape[1])


def samples_picture(model: Any, samples: Any, columns: int | None = None) -> np.ndarray:
    """Draws generated samples: texts of a model with a vocabulary as words, others by `grid`.

    The parts of samples that are a dict are drawn each below its name, but for masks of what is
    missing.

    Args:
        model: A `GAN`.
        samples: Samples of it.
        columns: As for `grid`.
    """
    vocabulary = getattr(model, "text_vocabulary", None)
    if isinstance(samples, dict):
        shown = {k: x for k, x in samples.items() if k != PRESENT and is_drawable(np.shape(x)[1:])}
        return stacked({name: samples_picture(model, x, columns) for name, x in shown.items()})
    if vocabulary is not None and np.shape(samples)[2:] == (vocabulary.size,):
        return words(vocabulary.decode(samples), columns)
    return grid(_displayed(model, samples), columns)


def _check(model: Any, conditions: Any) -> None:
    if reason := obstacle_to_drawing(model, conditions):
        raise ValueError(f"No picture: {reason}.")


def _conditions(model: Any, rows: int, seed: int, conditions: Any) -> Any:
    """Returns raw conditions of `rows` samples, or None if the model takes none."""
    if model.conditions is None:
        return None
    if conditions is None and isinstance(model.conditions, Label):
        conditions = np.arange(rows) % model.conditions.classes
    elif conditions is None:
        conditions = tree.map_structure(ops.convert_to_numpy, model.sample_conditions(rows, seed))
    return model.conditions.broadcast(conditions, rows)


def _displayed(owner: Any, samples: Any) -> Any:
    """Returns images and videos as uint8, from the range of a model or a condition."""
    return tree.map_structure(
        lambda x: to_uint8(x, value_range=owner.value_range) if np.ndim(x) > 3 else x, samples
    )


def _middle_frame(samples: np.ndarray) -> np.ndarray:
    """Returns the middle frame of videos, and other samples unchanged."""
    return samples[:, samples.shape[1] // 2] if samples.ndim == 5 else samples
