"""Some real images of the data that a model was trained on, to be shown beside its samples."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np

from tfgan_it import datasets
from tfgan_it.errors import one_line

from .run_directory import RunDirectory

_EMBEDDED = ("digits", "sprites", "glyphs")
_LARGEST = 6_000_000  # Bytes: a page is for a phone as well.

RealImages = dict[str, Any]


def real_images(
    path: pathlib.Path, description: dict[str, Any], count: int
) -> tuple[RealImages | None, str]:
    """Loads random images of the test split of a run's data set.

    Args:
        path: Folder of a run, or of something else.
        description: What the export of the model says of it.
        count: Largest number of images.

    Returns:
        `images`, uint8 `(n, height, width, channels)`, their `labels` or None, the `classes`, names
        or None, and the name of the `dataset`; or None, and why there are none.
    """
    shape = description["sample_shape"]
    if not count or not isinstance(shape, list) or len(shape) != 3:
        return None, "" if not count else "the samples are no images"
    try:
        options = _options(path, description)
        data = datasets.load(
            options["dataset"],
            files_dir=options.get("files_dir"),
            data_dir=options.get("data_dir"),
            image_size=options.get("image_size"),
        )
        recorded = (description.get("run") or {}).get("data") or {}
        current = datasets.fingerprint(data)
        if recorded.get("test_images", current["test_images"]) != current["test_images"]:
            return None, "the data set is not the one of the training"
        return _chosen(data, shape, min(count, _LARGEST // max(1, int(np.prod(shape)))))
    except Exception as error:  # Whatever data lack, the page does without them.
        return None, one_line(str(error)) or type(error).__name__


def _options(path: pathlib.Path, description: dict[str, Any]) -> dict[str, Any]:
    """Returns where the data are: by the options of a run; of others, only embedded ones."""
    if (path / "options.json").is_file():
        return RunDirectory(path).options
    name = (description.get("run") or {}).get("dataset")
    if name not in _EMBEDDED:
        raise ValueError("only a run tells where its data are")
    return {"dataset": name}


def _chosen(data: Any, shape: list[int], count: int) -> tuple[RealImages | None, str]:
    if isinstance(data.test_images, dict) or list(data.test_images.shape[1:]) != shape:
        return None, "the data set has samples of another shape"
    rows = np.sort(np.random.default_rng(0).permutation(len(data.test_images))[:count])
    labels = None if data.test_labels is None else np.asarray(data.test_labels)[rows].tolist()
    return {
        "images": datasets.to_uint8(np.asarray(data.test_images[rows])),
        "labels": labels,
        "classes": None if data.class_names is None else list(data.class_names),
        "dataset": data.name,
    }, ""
