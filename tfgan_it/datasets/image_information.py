"""Pairs of images, or of images and sounds, whose information is known."""

from __future__ import annotations

import math

import numpy as np

from tfgan_it.checks import check_in_range, check_integer
from tfgan_it.datasets.information_tasks import InformationTask
from tfgan_it.datasets.labelled_samples import ImageDataset


def same_class_images(
    data: ImageDataset,
    sources: int,
    flip: float,
    *,
    other: ImageDataset | None = None,
    classes: tuple[int, int] = (0, 1),
    background: np.ndarray | None = None,
    nuisance: float = 0.0,
    test: bool = False,
) -> InformationTask:
    """Pairs of images that share noisy bits, and nothing else.

        I(x; y) = sources (ln 2 - H(flip)),    H(p) = -p ln p - (1 - p) ln(1 - p)

    A source is a fair bit, and a picture of the class of that bit in x; with the probability `flip`
    the bit is another in y, which has a picture of its own. x and y are squares of such pictures
    beside each other, with black ones where there are no sources. The information is exact where a
    picture determines its class, and else less than that. Backgrounds of x and y are drawn
    independently; near a `nuisance` of 1, bright ones hide some pictures.

    Args:
        data: Labelled images of x, uint8 `(h, w, c)`.
        sources: Number of bits, at least 1.
        flip: Probability in [0, 1/2] that a bit of y is another than that of x.
        other: Labelled images of y, of other sizes if you like, such as spectrograms of spoken
            digits; those of x by default.
        classes: The two classes.
        background: Images `(n, h, w, c)` uint8, of the size of x and y, or None.
        nuisance: Brightness in [0, 1] of the background, on which pictures are drawn by the
            maximum.
        test: Whether pictures are those of the test split.

    Returns:
        The task, whose samples are uint8 `(n, H, W, c)`.

    Raises:
        ValueError: If an argument is out of range, images have no labels, or a class has no images.

    Source: Lee and Rhee, 2024, "A Benchmark Suite for Evaluating Neural Mutual Information
    Estimators on Unstructured Datasets". Departures: a nuisance is behind the pictures, which
    are drawn by the maximum.
    """
    check_integer("same_class_images", "sources", sources, 1)
    check_in_range("same_class_images", "flip", flip, 0, 0.5, "[]")
    check_in_range("same_class_images", "nuisance", nuisance, 0, 1, "[]")
    first = _of_classes(data, classes, test)
    second = first if other is None else _of_classes(other, classes, test)
    name = f"images_{sources}_{flip:.3g}" + f"_nuisance_{nuisance:g}" * (nuisance > 0)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        bits = random.integers(2, size=(n, sources))
        flipped = bits ^ (random.random((n, sources)) < flip)
        x, y = _squares(first, bits, random), _squares(second, flipped, random)
        if background is None or not nuisance:
            return x, y
        return tuple(_before(part, background, nuisance, random) for part in (x, y))  # type: ignore[return-value]

    return InformationTask(name, information_of(flip, sources), draw)


def information_of(flip: float, sources: int) -> float:
    """Returns the information in nats that so many bits carry through a symmetric channel.

    Args:
        flip: Probability in [0, 1] that a bit is received as the other.
        sources: Number of bits.

    Example:

    >>> information_of(0.5, 10), round(information_of(0.0, 10), 3)
    (0.0, 6.931)
    """
    return sources * (math.log(2) - sum(-p * math.log(p) for p in (flip, 1 - flip) if p > 0))


def flip_of(information: float, sources: int) -> float:
    """Returns the probability of a flip at which so many sources carry so much information.

    Args:
        information: Nats, from 0 to `sources` ln 2.
        sources: Number of bits.

    Raises:
        ValueError: If the information is out of range.

    Example: noiseless bits, and none.

    >>> flip_of(10 * math.log(2), 10), round(flip_of(0.0, 10), 6)
    (0.0, 0.5)
    """
    check_in_range("flip_of", "information", information, 0, sources * math.log(2), "[]")
    low, high = 0.0, 0.5
    for _ in range(60):
        middle = (low + high) / 2
        more = information_of(middle, sources) > information
        low, high = (middle, high) if more else (low, middle)
    return low


def _of_classes(data: ImageDataset, classes: tuple[int, int], test: bool) -> list[np.ndarray]:
    images, labels = (
        (data.test_images, data.test_labels) if test else (data.train_images, data.train_labels)
    )
    if labels is None:
        raise ValueError("same_class_images: the images have no labels: give labelled ones.")
    found = [np.asarray(images)[np.asarray(labels) == label] for label in classes]
    for label, part in zip(classes, found, strict=True):
        if not len(part):
            raise ValueError(f"same_class_images: no image has the class {label}.")
    return found


def _squares(
    pictures: list[np.ndarray], bits: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Returns images in which source i has a random picture of the class of bit i."""
    n, sources = bits.shape
    h, w, c = pictures[0].shape[1:]
    side = math.ceil(math.sqrt(sources))
    cells = np.zeros((n, side * side, h, w, c), "uint8")
    for bit, of_class in enumerate(pictures):
        rows, columns = np.nonzero(bits == bit)
        cells[rows, columns] = of_class[random.integers(len(of_class), size=len(rows))]
    grid = cells.reshape(n, side, side, h, w, c).transpose(0, 1, 3, 2, 4, 5)
    return grid.reshape(n, side * h, side * w, c)


def _before(
    images: np.ndarray, background: np.ndarray, nuisance: float, random: np.random.Generator
) -> np.ndarray:
    if background.shape[1:] != images.shape[1:]:
        raise ValueError(
            f"same_class_images: backgrounds must be {images.shape[1:]}, got "
            f"{background.shape[1:]}."
        )
    drawn = background[random.integers(len(background), size=len(images))]
    return np.maximum(images, (nuisance * drawn).astype("uint8"))
