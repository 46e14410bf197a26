"""Pairs for restoration: degraded images, and the images themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_in_range, check_type
from tfgan_it.datasets.image_pairs import ImagePairs
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.errors import unknown_name

_CHUNK = 1024  # Images at once: float64 of a whole set would take eight times its memory.
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601.


class Degradation(NamedTuple):
    """How images are degraded.

    Attributes:
        apply: Function of uint8 images, an amount and a NumPy random state.
        amount: The amount by default; None if there is none to choose.
        low: Least amount.
        high: Largest amount.
    """

    apply: Callable[[np.ndarray, float, np.random.RandomState], np.ndarray]
    amount: float | None
    low: float = 0.0
    high: float = 1.0


def _noise(images: np.ndarray, amount: float, random: np.random.RandomState) -> np.ndarray:
    noisy = np.empty_like(images)
    for start in range(0, len(images), _CHUNK):
        part = images[start : start + _CHUNK]
        part = part + 255 * amount * random.standard_normal(part.shape)
        noisy[start : start + _CHUNK] = np.rint(part.clip(0, 255))
    return noisy


def _downsample(images: np.ndarray, amount: float, random: np.random.RandomState) -> np.ndarray:
    factor = int(amount)
    height, width = images.shape[1:3]
    if factor != amount or height % factor or width % factor:
        raise ValueError(
            f"downsample: the factor must be a whole number that divides {height} and {width}, "
            f"got {amount:g}"
        )
    small = (width // factor, height // factor)

    def resized(channel: np.ndarray) -> np.ndarray:
        image = Image.fromarray(channel).resize(small, Image.Resampling.BICUBIC)
        return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))

    channels = np.moveaxis(images, -1, 1).reshape(-1, height, width)
    shape = (len(images), images.shape[-1], height, width)
    return np.moveaxis(np.stack([resized(c) for c in channels]).reshape(shape), 1, -1).copy()


def _mask(images: np.ndarray, amount: float, random: np.random.RandomState) -> np.ndarray:
    masked = images.copy()
    sides = [max(1, round(amount * size)) for size in images.shape[1:3]]
    ends = [size - side + 1 for size, side in zip(images.shape[1:3], sides, strict=True)]
    tops, lefts = (random.randint(0, end, len(images)) for end in ends)
    for image, top, left in zip(masked, tops, lefts, strict=True):
        image[top : top + sides[0], left : left + sides[1]] = 128
    return masked


def _grey(images: np.ndarray, amount: float, random: np.random.RandomState) -> np.ndarray:
    if images.shape[-1] != 3:
        raise ValueError(f"grey: images must have 3 channels, got {images.shape[-1]}")
    return np.rint(images @ _LUMA).astype("uint8")[..., None]


DEGRADATIONS = {
    "noise": Degradation(_noise, 0.3, 0.0, 10.0),
    "downsample": Degradation(_downsample, 4, 2, 64),
    "mask": Degradation(_mask, 0.5, 0.0, 1.0),
    "grey": Degradation(_grey, None),
}


@check_arguments()
def degraded(
    dataset: ImageDataset, kind: str = "noise", amount: float | None = None, seed: int = 0
) -> ImagePairs:
    """Returns pairs for restoration: a, the degraded image, and b, the image itself.

    | kind | a |
    | --- | --- |
    | `noise` | b + amount N(0, 1) where pixels are 0..1, rounded and clipped to uint8; .3 |
    | `downsample` | b shrunk and enlarged again, both bicubic with antialiasing, by a factor of 4 |
    | `mask` | b with a grey rectangle of this share of each side, .5, somewhere in it |
    | `grey` | the luminance of ITU-R BT.601, in one channel |

    Args:
        dataset: Images.
        kind: One of these.
        amount: Standard deviation, factor or share; None for the numbers above.
        seed: Seed of the noise and of the places of masks. Training and test images differ in it.

    Raises:
        ValueError: If these are not images of one set, the kind is unknown, the amount is out of
            range, or the images do not suit it.

    Example:

    >>> from tfgan_it.datasets.digits import digits
    >>> degraded(digits(), "downsample", 2)
    ImagePairs('digits-downsample-2', 1437 train + 360 test pairs, a of 8x8x1, b of 8x8x1)
    """
    check_type("degraded", "dataset", dataset, [ImageDataset])
    if kind not in tuple(DEGRADATIONS):
        raise unknown_name("degradation", kind, DEGRADATIONS)
    degradation = DEGRADATIONS[kind]
    if degradation.amount is None and amount is not None:
        raise ValueError(f"degraded: {kind} takes no amount, got {amount:g}.")
    amount = degradation.amount if amount is None else amount
    suffix = "" if amount is None else f"-{amount:g}"
    if amount is not None:
        check_in_range("degraded", "amount", amount, degradation.low, degradation.high, "[]")
    parts: dict[str, Any] = {}
    for index, part in enumerate(("train", "test")):
        images = getattr(dataset, f"{part}_images")
        # NumPy promises that the stream of RandomState never changes.
        random = np.random.RandomState([seed % 2**32, index])
        worse = degradation.apply(np.asarray(images), amount or 0.0, random)
        parts[f"{part}_images"] = {"a": worse, "b": images}
    same = {
        field.name: getattr(dataset, field.name)
        for field in dataclasses.fields(dataset)
        if not field.name.endswith("_images") and field.name != "name"
    }
    return ImagePairs(f"{dataset.name}-{kind}{suffix}", **parts, **same)
