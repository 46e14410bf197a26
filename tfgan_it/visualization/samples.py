"""Drawing of samples: images, points, sequences, videos, and dicts of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from tfgan_it.arguments import check_arguments
from tfgan_it.datasets.images import to_uint8
from tfgan_it.visualization.layout import PAPER, stacked

_SHORTEST_SIDE = 40  # Pixels. Smaller images are enlarged without smoothing.
_LONGEST_SIDE = 400  # Pixels. Limit of the enlargement.
_FRAMES = 8  # Most frames shown of a video.
_ORANGE = (245, 160, 60)
# Points without labels have the first color.
_COLORS = (
    (30, 70, 190),
    (215, 60, 40),
    (40, 150, 60),
    (150, 60, 170),
    (225, 140, 30),
    (30, 160, 170),
    (120, 80, 50),
    (225, 100, 170),
    (100, 100, 100),
    (150, 160, 30),
)


def is_drawable(sample_shape: Any) -> bool:
    """Returns whether `grid` draws samples of this shape, or some shape of a dict."""
    if isinstance(sample_shape, Mapping):
        return any(map(is_drawable, sample_shape.values()))
    return 1 <= len(sample_shape) <= 4


@check_arguments()
def grid(samples: Any, columns: int | None = None, gap: int = 2) -> np.ndarray:
    """Draws samples side by side, as one uint8 picture `(height, width, 3)`.

    Args:
        samples: One of

            - images `(n, height, width, channels)`, uint8, or float in [-1, 1]; of more than three
              channels the first three are shown, of two the mean;
            - points `(n, dimension)`, all in one `scatter`;
            - sequences `(n, length, features)`, such as spectrograms and one-hot tokens, as grey
              images with time to the right and the first feature at the bottom. White is the
              largest absolute value, at least 1; black is its negative, or 0 if no value is
              negative;
            - videos `(n, frames, height, width, channels)`, each a strip of at most 8 frames;
            - a dict of these by name, each below its title. Other shapes are omitted.
        columns: Number of samples in a row. If None, about the square root of n, or 1 for videos.
        gap: Number of white pixels between samples.

    Raises:
        ValueError: If samples have another shape, are empty, or have values that are not finite.
    """
    if isinstance(samples, Mapping):
        shown = {k: x for k, x in samples.items() if is_drawable(np.shape(x)[1:])}
        return stacked({name: grid(part, columns, gap) for name, part in shown.items()})
    if not is_drawable(np.shape(samples)[1:]):
        raise ValueError(
            f"grid: samples must be points (n, dimension), sequences (n, length, features), images "
            f"(n, height, width, channels) or videos (n, frames, height, width, channels), got "
            f"shape {np.shape(samples)}."
        )
    if np.ndim(samples) == 2:
        return scatter(samples)
    if np.ndim(samples) == 5:
        columns = columns or 1
    tiles = _enlarged(_tiles(samples))
    count, height, width, _ = tiles.shape
    columns = columns or max(1, int(np.ceil(np.sqrt(count))))
    rows = -(-count // columns)
    picture = np.full(
        (rows * (height + gap) + gap, columns * (width + gap) + gap, 3), PAPER, "uint8"
    )
    for index, tile in enumerate(tiles):
        top = gap + index // columns * (height + gap)
        left = gap + index % columns * (width + gap)
        picture[top : top + height, left : left + width] = tile
    return picture


@check_arguments()
def pairs(upper: Any, lower: Any, columns: int = 10, lowest: Any = None) -> np.ndarray:
    """Draws samples, and below each row the samples paired with them, as one picture.

    Args:
        upper: Images, sequences or videos, as for `grid`.
        lower: As many samples, of the same height and width.
        columns: Number of samples in a row.
        lowest: As many samples that are drawn in a third row, or None.
    """
    parts = [_tiles(part) for part in (upper, lower, lowest) if part is not None]
    columns = min(columns, len(parts[0]))
    rows = []
    for start in range(0, len(parts[0]), columns):
        for tiles in parts:
            row = tiles[start : start + columns]
            missing = ((0, columns - len(row)), *((0, 0),) * 3)
            rows.append(np.pad(row, missing, constant_values=PAPER))
    return grid(np.concatenate(rows), columns)


@check_arguments()
def scatter(
    points: Any,
    limit: float | None = None,
    reference: Any = None,
    side: int = 240,
    labels: Any = None,
) -> np.ndarray:
    """Draws the first two coordinates of points, as a uint8 picture `(side, side, 3)`.

    Args:
        points: `(n, dimension)`, drawn in blue.
        limit: Both axes show [-limit, limit]. If None, all points are shown.
        reference: Other points, drawn in orange behind the first.
        side: Width and height in pixels.
        labels: Classes of the points, integers `(n,)` from 0. The ten colors repeat after the
            tenth class.
    """
    points = np.asarray(points, "float64")[:, :2]
    limit = limit or 1.05 * max(1e-6, float(np.abs(points[np.isfinite(points)]).max(initial=0.0)))
    picture = np.full((side, side, 3), float(PAPER))
    drawn = [(reference, _ORANGE)]
    if labels is None:
        drawn.append((points, _COLORS[0]))
    else:
        labels = np.asarray(labels)
        drawn += [(points[labels == k], _COLORS[k % len(_COLORS)]) for k in np.unique(labels)]
    for part, color in drawn:
        if part is None or not len(part):
            continue
        part = np.nan_to_num(np.asarray(part, "float64")[:, :2], nan=np.inf)
        counts, _, _ = np.histogram2d(
            -part[:, -1], part[:, 0], bins=side, range=[[-limit, limit]] * 2
        )
        # A dot of 3 x 3 pixels; seven points in one place are fully opaque.
        padded = np.pad(counts, 1)
        dots = np.sum([padded[i : i + side, j : j + side] for i in range(3) for j in range(3)], 0)
        opacity = np.clip(0.3 + dots / 10, 0, 1)[..., None] * (dots > 0)[..., None]
        picture = (1 - opacity) * picture + opacity * np.array(color)
    return picture.round().astype("uint8")


def rgb(images: Any) -> np.ndarray:
    """Converts images of any number of channels to uint8 `(..., 3)`; see `grid`."""
    images = to_uint8(images)
    channels = images.shape[-1]
    if channels == 2:
        images = images.mean(axis=-1, keepdims=True).astype("uint8")
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images[..., :3]


def _tiles(samples: Any) -> np.ndarray:
    """Converts each image, sequence or video to one uint8 image `(n, height, width, 3)`."""
    if np.ndim(samples) == 3:
        samples = _grey(ops.convert_to_numpy(samples)).transpose(0, 2, 1)[:, ::-1, :, None]
    tiles = rgb(samples)
    if tiles.ndim == 5:
        frames = np.linspace(0, tiles.shape[1] - 1, min(_FRAMES, tiles.shape[1])).round()
        tiles = np.concatenate([tiles[:, int(frame)] for frame in frames], axis=2)
    return tiles


def _grey(sequences: np.ndarray) -> np.ndarray:
    """Scales values to brightness in [-1, 1]; returns uint8 unchanged."""
    if sequences.dtype == np.uint8:
        return sequences
    scaled = sequences / max(1.0, float(np.abs(sequences).max(initial=0.0)))
    return scaled if (scaled < 0).any() else 2 * scaled - 1


def _enlarged(images: np.ndarray) -> np.ndarray:
    shortest, longest = sorted(images.shape[1:3])
    factor = max(1, min(-(-_SHORTEST_SIDE // shortest), _LONGEST_SIDE // longest))
    return images.repeat(factor, axis=1).repeat(factor, axis=2)
