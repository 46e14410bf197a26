"""Fingerprints of data sets, by which a run notices that its data have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

_PARTS = ("train_images", "train_labels", "test_images", "test_labels")
_STRINGS = {"class_names": "names", "train_texts": "texts", "test_texts": "texts"}
_SHA256 = " sha256:"


def fingerprint(dataset: Any) -> dict[str, str]:
    """Returns the shape, the dtype and the sha256 of every array of a data set.

    Two data sets have one fingerprint if and only if their samples and labels are equal, value by
    value and in order, up to collisions of sha256 cut to 128 bits. The name of the data set, the
    place of its files and the byte order of the machine do not matter.

    Args:
        dataset: An `ImageDataset`, a `PointDataset`, or anything else with some of the attributes
            `train_images`, `train_labels`, `test_images`, `test_labels`; those that are absent or
            None are left out. Also `class_names` and texts count, where there are any.

    Returns:
        A dict of strings, which JSON can store: `SHAPE DTYPE sha256:DIGEST` by attribute, and by
        `train_images/a` where an attribute is a dict of arrays.

    Example:

    >>> from tfgan_it.datasets.digits import digits
    >>> fingerprint(digits())["train_labels"]  # doctest: +ELLIPSIS
    '1437 int64 sha256:...'
    """
    parts = {part: getattr(dataset, part, None) for part in _PARTS}
    arrays = {
        part if name is None else f"{part}/{name}": array
        for part, value in parts.items()
        for name, array in (value.items() if isinstance(value, Mapping) else [(None, value)])
    }
    described = {part: _described(array) for part, array in arrays.items() if array is not None}
    for attribute, kind in _STRINGS.items():
        if strings := getattr(dataset, attribute, None):
            digest = _digest("\0".join(strings).encode())
            described[attribute] = f"{len(strings)} {kind}{_SHA256}{digest}"
    return described


def fingerprint_difference(recorded: Mapping[str, str], current: Mapping[str, str]) -> str | None:
    """Describes in one line how two fingerprints differ, or returns None if they are equal.

    Args:
        recorded: The earlier fingerprint.
        current: The present one.

    Example:

    >>> fingerprint_difference({"train_images": "9x8x8x1 uint8"}, {"train_images": "7x8x8x1 uint8"})
    'train_images were 9x8x8x1 uint8 and are 7x8x8x1 uint8'
    """
    differences = []
    for part in {**recorded, **current}:
        was, now = (values.get(part, "absent") for values in (recorded, current))
        if was == now:
            continue
        (old, *_), (new, *_) = was.split(_SHA256), now.split(_SHA256)
        differences.append(
            f"{part} hold other values" if old == new else f"{part} were {old} and are {new}"
        )
    return ", ".join(differences) or None


def _described(array: Any) -> str:
    array = np.asarray(array)
    stored = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    shape = "x".join(map(str, array.shape))
    return f"{shape} {array.dtype.name}{_SHA256}{_digest(stored.view('uint8').data)}"


def _digest(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
