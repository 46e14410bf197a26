"""Pictures of the samples of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from keras import ops, tree
from PIL import Image

from tfgan_it.arguments import check_arguments
from tfgan_it.conditions import Image as ImageCondition
from tfgan_it.conditions import Label, Text
from tfgan_it.datasets.batches import in_order
from tfgan_it.datasets.images import to_uint8
from tfgan_it.datasets.modalities import PRESENT
from tfgan_it.visualization.layout import montage, stacked
from tfgan_it.visualization.samples import grid, is_drawable, pairs, rgb, scatter
from tfgan_it.visualization.sounds import joined_sounds, sounds
from tfgan_it.visualization.texts import words

_MOST_CLASSES = 20  # Most rows of a grid.
_IMAGES_OF_A_TEXT = 8


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
    one latent; points are coloured by class. An `Image` condition is shown above its sample, a
    `Text` above a row of eight.

    Args:
        model: A `GAN` with a latent.
        n: Number of samples. For points it is multiplied by 40, for videos divided by 8, for
            sounds, which are drawn by `sounds`, halved.
        seed: Seed of the latents, and of sampled conditions.
        conditions: Raw conditions of at least n samples; the first n are used. If None, they are
            sampled, except labels.

    Raises:
        ValueError: If the model's samples cannot be drawn.
    """
    check_drawable(model, conditions)
    if isinstance(model.conditions, Text) and conditions is None:
        return _images_of_texts(model, max(1, n // _IMAGES_OF_A_TEXT), seed)
    samples, columns, conditions = _grid_samples(model, n, seed, conditions)
    if columns is not None and not isinstance(samples, dict) and samples.ndim == 2:
        return scatter(samples, labels=conditions)
    if isinstance(model.conditions, ImageCondition) and model.conditions.shape[:2] == (
        *model.sample_shape[:2],
    ):
        shown = displayed(model.conditions, conditions)
        return pairs(shown, displayed(model, samples), columns=8)
    return samples_picture(model, samples, columns)


@check_arguments()
def sample_sounds(model: Any, n: int = 64, seed: int = 0, conditions: Any = None) -> np.ndarray:
    """Returns the sounds of `sample_grid`, row by row, as one waveform; see `joined_sounds`.

    Args:
        model: A `GAN` with a rate.
        n: As for `sample_grid`.
        seed: As for `sample_grid`.
        conditions: As for `sample_grid`.

    Raises:
        ValueError: If the model makes no sounds, or conditions are missing.
    """
    if model.rate is None:
        raise ValueError(
            f"sample_sounds: {model.name} has no rate: its generator must end in "
            "layers.Waveform(rate)."
        )
    check_drawable(model, conditions)
    return joined_sounds(_grid_samples(model, n, seed, conditions)[0], model.rate)


def _images_of_texts(model: Any, rows: int, seed: int) -> np.ndarray:
    """Draws images of texts from the prior, below the text, of the same latents for each."""
    latents = model.sample_latents(_IMAGES_OF_A_TEXT, seed)
    tokens = ops.convert_to_numpy(model.sample_conditions(rows, seed))
    pictures = {
        text: samples_picture(model, samples_from_latents(model, latents, row), len(latents))
        for text, row in zip(model.conditions.vocabulary.decode(tokens), tokens, strict=True)
    }
    return montage(pictures, columns=2)


def _grid_samples(model: Any, n: int, seed: int, conditions: Any) -> tuple[Any, int | None, Any]:
    """Returns the samples of `sample_grid`, the number in a row if it matters, and conditions."""
    rank = 0 if isinstance(model.sample_shape, dict) else len(model.sample_shape)
    n = 40 * n if rank == 1 else max(1, n // 8) if rank == 4 else n
    n = n if rate_of(model) is None else max(1, n // 2)
    if model.conditions is None:
        return model.generate(n, seed=seed), None, None
    if conditions is None and isinstance(model.conditions, Label):
        classes = min(model.conditions.classes, _MOST_CLASSES)
        columns = max(1, n // classes)
        latents = np.tile(model.sample_latents(columns, seed), (classes, 1))
        labels = np.repeat(np.arange(classes), columns)
        return samples_from_latents(model, latents, labels), columns, labels
    if conditions is not None:
        conditions = tree.map_structure(lambda y: np.asarray(y)[:n], conditions)
        n = len(tree.flatten(conditions)[0])
    return model.generate(n, seed=seed, conditions=conditions), None, conditions


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
    return {
        name: samples_picture(model, tree.map_structure(_middle_frame, varied), columns=points)
        for name, varied, points in traversed_samples(model, rows, steps, seed, most, conditions)
    }


def traversed_samples(
    model: Any, rows: int, steps: int, seed: int, most: int, conditions: Any
) -> Iterator[tuple[str, Any, int]]:
    """Generates name, samples and number of points in a row of each path of `code_traversal`."""
    check_drawable(model, conditions)
    samples = model.sample_latents(rows, seed)
    conditions = conditions_of_rows(model, rows, seed, conditions)
    for name, latents in list(model.latent.traversal(samples, steps).items())[:most]:
        points = latents.shape[1]
        repeated = tree.map_structure(lambda y, k=points: np.repeat(y, k, axis=0), conditions)
        flat = latents.reshape(rows * points, -1)
        yield name, samples_from_latents(model, flat, repeated), points


@check_arguments()
def reconstructions(model: Any, images: Any, columns: int = 10) -> np.ndarray:
    """Draws images, and below each row their reconstructions.

    Args:
        model: A `VariationalInfoGAN`, or another model with `reconstruct`.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        columns: Number of images in a row.
    """
    reconstructed = displayed(model, model.reconstruct(images))
    return pairs(displayed(model, images), reconstructed, columns)


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
                displayed(model, samples[source]),
                displayed(model, model.translate(samples[source], to)),
                columns,
                displayed(model, samples[to]) if model.paired else None,
            )
            for source, to in ("ab", "ba")
            if to in model.targets
        }
    )


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
    for image, queries in zip(rgb(displayed(model, images)), maps, strict=True):
        tiles.append(image)
        for query in queries:
            size = image.shape[1], image.shape[0]
            heat = Image.fromarray(query).resize(size, Image.Resampling.BILINEAR)
            heat = opacity * np.clip(np.asarray(heat), 0, 1)[..., None]
            tiles.append(((1 - heat) * image + heat * np.array([255, 0, 0])).round())
    return grid(np.asarray(tiles).astype("uint8"), columns=1 + maps.shape[1])


def samples_picture(model: Any, samples: Any, columns: int | None = None) -> np.ndarray:
    """Draws generated samples: texts as words, sounds by `sounds`, others by `grid`.

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
    if rate_of(model) is not None:
        return sounds(samples, columns)
    return grid(displayed(model, samples), columns)


def rate_of(model: Any) -> int | None:
    """Returns the samples per second of a model of sounds, else None."""
    return getattr(model, "rate", None)


def check_drawable(model: Any, conditions: Any) -> None:
    """Raises ValueError if a model's samples cannot be drawn."""
    if reason := obstacle_to_drawing(model, conditions):
        raise ValueError(f"No picture: {reason}.")


def conditions_of_rows(model: Any, rows: int, seed: int, conditions: Any) -> Any:
    """Returns raw conditions of `rows` samples, or None if the model takes none."""
    if model.conditions is None:
        return None
    if conditions is None and isinstance(model.conditions, Label):
        conditions = np.arange(rows) % model.conditions.classes
    elif conditions is None:
        conditions = tree.map_structure(ops.convert_to_numpy, model.sample_conditions(rows, seed))
    return model.conditions.broadcast(conditions, rows)


def displayed(owner: Any, samples: Any) -> Any:
    """Returns images and videos as uint8, from the range of a model or a condition."""
    return tree.map_structure(
        lambda x: to_uint8(x, value_range=owner.value_range) if np.ndim(x) > 3 else x, samples
    )


def _middle_frame(samples: np.ndarray) -> np.ndarray:
    """Returns the middle frame of videos, and other samples unchanged."""
    return samples[:, samples.shape[1] // 2] if samples.ndim == 5 else samples
