"""The pictures of the suite on pixels: pairs of known information, and how many are misread."""

from __future__ import annotations

import functools
import io
import pathlib
import re
import tarfile
from typing import Any

import numpy as np
from PIL import Image

from tfgan_it import datasets
from tfgan_it.datasets.image_information import flip_of, same_class_images
from tfgan_it.datasets.information_tasks import InformationTask
from tfgan_it.metrics import LabelClassifier

SOURCES = 10
# Pictures of x and of y, and the brightness of what is behind them.
TASKS: dict[str, dict[str, Any]] = {
    "mnist": {"x": "mnist"},
    "fashion_mnist": {"x": "fashion_mnist"},
    "cifar10_jpeg": {"x": "cifar10_jpeg"},
    "image_sound": {"x": "mnist", "y": "spoken_digit"},
    "mnist_nuisance_0.8": {"x": "mnist", "nuisance": 0.8},
    "mnist_nuisance_1.0": {"x": "mnist", "nuisance": 1.0},
}
BACKGROUND, SIDE = "cifar10_jpeg", 16
_EVERY = 10  # Of the pictures of the background, one in so many is taken.
READ = 20_000  # Training pictures of a class, for a classifier.


def task(name: str, nats: float, files_dir: str | None, *, test: bool) -> InformationTask:
    """Returns pairs of training or test pictures with so much information."""
    return _of_classes(name, files_dir, SOURCES, flip_of(nats, SOURCES), (0, 1), test)


@functools.lru_cache(maxsize=4)
def misread(name: str, files_dir: str | None, *, side: int, steps: int, seed: int) -> float:
    """Returns the share of test pictures of one side that a classifier of single squares misreads.

    Args:
        name: Name of the task.
        files_dir: Folder of raw files of TensorFlow Datasets.
        side: 0 for x, 1 for y.
        steps: Largest number of training steps.
        seed: Seed of pictures and classifier.
    """
    parts = []
    for test, count in ((False, READ), (True, READ // 4)):
        pictures = [
            _of_classes(name, files_dir, 1, 0.0, (label, label), test).sample(count, seed)[side]
            for label in (0, 1)
        ]
        parts.append((np.concatenate(pictures), np.repeat([0, 1], count)))
    (x, labels), (new_x, truth) = parts
    classifier = LabelClassifier(steps=steps, seed=seed).fit(x, labels)
    return float((np.argmax(classifier(new_x), axis=-1) != truth).mean())


def _of_classes(
    name: str,
    files_dir: str | None,
    sources: int,
    flip: float,
    classes: tuple[int, int],
    test: bool,
) -> InformationTask:
    options = TASKS[name]
    data = loaded(options["x"], files_dir)
    other = loaded(options["y"], files_dir) if "y" in options else None
    background, nuisance = None, options.get("nuisance", 0.0)
    if nuisance:
        source = loaded(BACKGROUND, files_dir, 4 * SIDE)
        images = (source.test_images if test else source.train_images)[::_EVERY]
        background = np.round(images.mean(axis=-1, keepdims=True)).astype("uint8")
        if sources == 1:  # What is behind one square of sixteen.
            squares = background.reshape(-1, 4, SIDE, 4, SIDE, 1).swapaxes(2, 3)
            background = squares.reshape(-1, SIDE, SIDE, 1)
    return same_class_images(
        data,
        sources,
        flip,
        other=other,
        classes=classes,
        background=background,
        nuisance=nuisance,
        test=test,
    )


@functools.lru_cache(maxsize=4)
def loaded(name: str, files_dir: str | None, side: int = SIDE) -> datasets.ImageDataset:
    """Loads labelled pictures, of 16x16 pixels by default."""
    if name == "cifar10_jpeg":
        return cifar10_jpeg(files_dir, side)
    data = datasets.load(name, files_dir=files_dir, image_size=side)
    assert isinstance(data, datasets.ImageDataset)
    return data


def cifar10_jpeg(files_dir: str | None, side: int) -> datasets.ImageDataset:
    """Reads `cifar10_jpeg/cifar10-jpeg.tar.xz`, files `PART/CLASS/NUMBER.jpg` of 32x32 pixels.

    Raises:
        FileNotFoundError: If there is no such archive.
    """
    path = pathlib.Path(files_dir or ".") / "cifar10_jpeg" / "cifar10-jpeg.tar.xz"
    found: dict[str, list[tuple[str, np.ndarray]]] = {"train": [], "test": []}
    with tarfile.open(path) as files:
        for member in files:
            match = re.search(r"(train|test)/(\w+)/\d+\.jpg$", member.name)
            content = files.extractfile(member) if match and member.isreg() else None
            if match and content is not None:
                with Image.open(io.BytesIO(content.read()), formats=("JPEG",)) as picture:
                    resized = picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
                    found[match[1]].append((match[2], np.asarray(resized)))
    names = sorted({name for name, _ in found["train"]})
    images = {part: np.stack([image for _, image in rows]) for part, rows in found.items()}
    labels = {part: np.array([names.index(n) for n, _ in rows]) for part, rows in found.items()}
    return datasets.ImageDataset(
        "cifar10_jpeg",
        images["train"],
        images["test"],
        labels["train"],
        labels["test"],
        class_names=tuple(names),
    )
