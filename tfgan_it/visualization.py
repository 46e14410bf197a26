"""Pictures of what a generator makes: grids, traversals of codes, interpolations."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tfgan_it.datasets.images import scale_images, to_uint8

_PAPER = 255
_SHORTEST_SIDE = 40  # Pixels: 8x8 digits are shown enlarged, without smoothing.


def grid(images: Any, columns: int | None = None, gap: int = 2) -> np.ndarray:
    """Images side by side, as one uint8 picture `(height, width, 3)`; points as one `scatter`.

    Args:
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1]; of more than three
            channels the first three are shown, of two the mean. Or points `(n, dimension)`.
        columns: Images in a row; about the square root of n where None.
        gap: White pixels between images.
    """
    if np.ndim(images) == 2:
        return scatter(images)
    tiles = _enlarged(_rgb(to_uint8(images)))
    count, height, width, _ = tiles.shape
    columns = columns or max(1, int(np.ceil(np.sqrt(count))))
    rows = -(-count // columns)
    picture = np.full(
        (rows * (height + gap) + gap, columns * (width + gap) + gap, 3), _PAPER, "uint8"
    )
    for index, tile in enumerate(tiles):
        top = gap + index // columns * (height + gap)
        left = gap + index % columns * (width + gap)
        picture[top : top + height, left : left + width] = tile
    return picture


def scatter(
    points: Any, limit: float | None = None, reference: Any = None, side: int = 240
) -> np.ndarray:
    """The first two coordinates of points, as a uint8 picture `(side, side, 3)`.

    Args:
        points: `(n, dimension)`, drawn in blue.
        limit: The picture shows [-limit, limit] both ways; all points where None.
        reference: Other points, drawn in orange below them.
        side: Pixels of either side.
    """
    points = np.asarray(points, "float64")[:, :2]
    limit = limit or 1.05 * max(1e-6, float(np.abs(points[np.isfinite(points)]).max(initial=0.0)))
    picture = np.full((side, side, 3), float(_PAPER))
    for drawn, color in ((reference, (245, 160, 60)), (points, (30, 70, 190))):
        if drawn is None or not len(drawn):
            continue
        drawn = np.nan_to_num(np.asarray(drawn, "float64")[:, :2], nan=np.inf)
        counts, _, _ = np.histogram2d(
            -drawn[:, -1], drawn[:, 0], bins=side, range=[[-limit, limit]] * 2
        )
        # A dot of three pixels each way; seven points in one place are as dark as it gets.
        padded = np.pad(counts, 1)
        dots = np.sum([padded[i : i + side, j : j + side] for i in range(3) for j in range(3)], 0)
        opacity = np.clip(0.3 + dots / 10, 0, 1)[..., None] * (dots > 0)[..., None]
        picture = (1 - opacity) * picture + opacity * np.array(color)
    return picture.round().astype("uint8")


def sample_grid(model: Any, n: int = 64, seed: int = 0) -> np.ndarray:
    """`n` images of `model.generate`, as one picture; of points 40 times as many."""
    return grid(model.generate(n if len(model.sample_shape) == 3 else 40 * n, seed=seed))


def code_traversal(
    model: Any, rows: int = 8, steps: int = 10, seed: int = 0, most: int = 12
) -> dict[str, np.ndarray]:
    """One picture for each code: along a row only this code changes, down a column only the rest.

    Args:
        model: A `GAN`; one without codes shows the columns of its noise.
        rows: Latents that are varied.
        steps: Points on the path of a continuous code.
        seed: Seed of the latents.
        most: Pictures at most, of the first codes and columns.

    Returns:
        uint8 `(height, width, 3)` by the name of the path, such as `category`, `style_0`.
    """
    samples = model.sample_latents(rows, seed)
    pictures = {}
    paths = list(model.latent.traversal(samples, steps).items())
    for name, latents in paths[:most]:
        points = latents.shape[1]
        images = model.predict(latents.reshape(rows * points, -1), verbose=0)
        pictures[name] = grid(images, columns=points)
    return pictures


def reconstructions(model: Any, images: Any, columns: int = 10) -> np.ndarray:
    """Images, and below each row of them what the model makes of their encodings.

    Args:
        model: A `VariationalInfoGAN`, or what else has `reconstruct`.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        columns: Images in a row.
    """
    images, made = to_uint8(images), to_uint8(model.reconstruct(images))
    columns = min(columns, len(images))
    rows = []
    for start in range(0, len(images), columns):
        for shown in (images, made):
            row = shown[start : start + columns]
            missing = ((0, columns - len(row)), *((0, 0),) * 3)
            rows.append(np.pad(row, missing, constant_values=_PAPER))
    return grid(np.concatenate(rows), columns)


def stacked(pictures: dict[str, np.ndarray]) -> np.ndarray:
    """Titled pictures one below the other, as one picture."""
    return montage(pictures, columns=1)


def montage(pictures: dict[str, np.ndarray], columns: int) -> np.ndarray:
    """Titled pictures in rows of so many, as one picture; titles are their names."""
    title = 16
    width = max(picture.shape[1] for picture in pictures.values())
    cells = []
    for name, picture in pictures.items():
        band = Image.new("RGB", (width, title), (_PAPER,) * 3)
        ImageDraw.Draw(band).text((4, 2), name.replace("_", " "), fill=(0, 0, 0))
        padding = ((0, 0), (0, width - picture.shape[1]), (0, 0))
        padded = np.pad(picture, padding, constant_values=_PAPER)
        cells.append(np.concatenate([np.asarray(band), padded]))
    rows = []
    for start in range(0, len(cells), columns):
        row = cells[start : start + columns]
        height = max(cell.shape[0] for cell in row)
        row = [
            np.pad(c, ((0, height - c.shape[0]), (0, 0), (0, 0)), constant_values=_PAPER)
            for c in row
        ]
        missing = min(columns, len(cells)) - len(row)
        row += [np.full((height, width, 3), _PAPER, "uint8")] * missing
        rows.append(np.concatenate(row, axis=1))
    return np.concatenate(rows)


def interpolation(model: Any, seeds: list[int], frames: int = 16) -> list[np.ndarray]:
    """Frames of a walk through the latents of `seeds` and back to the first.

    Between two latents the path is a straight line, so that codes stay within their range.

    Args:
        model: A `GAN`.
        seeds: At least two; a latent is that of `model.generate(1, seed)`.
        frames: Frames from one latent to the next.

    Raises:
        ValueError: fewer than two seeds.
    """
    if len(seeds) < 2:
        raise ValueError(f"An interpolation needs at least two seeds, got {len(seeds)}.")
    stops = np.concatenate([model.sample_latents(1, seed) for seed in [*seeds, seeds[0]]])
    weights = np.arange(frames)[:, None] / frames
    path = np.concatenate(
        [start + weights * (stop - start) for start, stop in zip(stops, stops[1:], strict=False)]
    )
    images = model.predict(path.astype("float32"), verbose=0)
    if images.ndim == 2:
        return [scatter(image[None], limit=1.05 * float(np.abs(images).max())) for image in images]
    return [grid(image[None], gap=0) for image in images]


def save_picture(picture: np.ndarray, path: str | os.PathLike) -> pathlib.Path:
    """Writes a picture as PNG; makes the folder."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return path


def save_animation(
    pictures: list[np.ndarray], path: str | os.PathLike, milliseconds: int = 60
) -> pathlib.Path:
    """Writes pictures as an animated GIF that loops; makes the folder."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = [Image.fromarray(picture) for picture in pictures]
    first.save(path, save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return path


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
    shown = _rgb(to_uint8(images))
    tiles = []
    for image, queries in zip(shown, maps, strict=True):
        tiles.append(image)
        for query in queries:
            size = image.shape[1], image.shape[0]
            heat = Image.fromarray(query).resize(size, Image.Resampling.BILINEAR)
            heat = opacity * np.clip(np.asarray(heat), 0, 1)[..., None]
            tiles.append(((1 - heat) * image + heat * np.array([255, 0, 0])).round())
    return grid(np.asarray(tiles).astype("uint8"), columns=1 + maps.shape[1])


def _rgb(images: np.ndarray) -> np.ndarray:
    channels = images.shape[-1]
    if channels == 2:
        images = images.mean(axis=-1, keepdims=True).astype("uint8")
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images[..., :3]


def _enlarged(images: np.ndarray) -> np.ndarray:
    factor = -(-_SHORTEST_SIDE // min(images.shape[1:3]))
    return images.repeat(factor, axis=1).repeat(factor, axis=2)
