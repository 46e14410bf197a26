"""Images of two domains, a and b, paired or not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfgan_it.datasets.image_files import read_images
from tfgan_it.datasets.image_listing import list_images
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.modalities import ModalityDataset
from tfgan_it.files import local_path
from tfgan_it.keywords import CheckedKeywords

DOMAINS = ("a", "b")
# The four folders of CycleGAN's data sets.
_FOLDERS = {
    part: {domain: f"{part}{domain.upper()}" for domain in DOMAINS} for part in ("train", "test")
}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ImagePairs(CheckedKeywords):
    """Images of the domains a and b, split into a training and a test part.

    Args:
        name: Name of the set in records and run directories.
        train_images: `{"a": ..., "b": ...}`, uint8 arrays `(n, height, width, channels)`.
        test_images: The same of the test part.
        train_labels: int64 array `(n,)` of the classes of the pairs, or `None`.
        test_labels: int64 array `(m,)`, or `None`.
        class_names: The name of each class index, or `None`.
        train_texts: The words of each training pair, or `None`.
        test_texts: The words of each test pair, or `None`.
        paired: Whether the i-th image of a belongs to the i-th of b. If not, numbers of images may
            differ, and there are neither labels nor texts.

    Raises:
        ValueError: If a domain is missing, numbers of pairs differ, or `ImageDataset` refuses the
            arrays.

    Example:

    >>> images = np.zeros((4, 8, 8, 3), "uint8")
    >>> both = {"a": images[..., :1], "b": images}
    >>> ImagePairs("blank", both, both)
    ImagePairs('blank', 4 train + 4 test pairs, a of 8x8x1, b of 8x8x3)
    """

    name: str
    train_images: Mapping[str, np.ndarray]
    test_images: Mapping[str, np.ndarray]
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    train_texts: tuple[str, ...] | None = None
    test_texts: tuple[str, ...] | None = None
    paired: bool = True

    def __post_init__(self):
        for part in ("train_images", "test_images"):
            if sorted(getattr(self, part)) != list(DOMAINS):
                raise ValueError(
                    f"{part} must have the domains a and b, got {getattr(self, part)!r:.80}"
                )
        described = (self.train_labels, self.test_labels, self.train_texts, self.test_texts)
        if not self.paired and any(part is not None for part in described):
            raise ValueError("images that are not paired have neither labels nor texts")
        for domain in DOMAINS:
            self.domain(domain)
        for part in ("train_images", "test_images"):
            counts = {domain: len(images) for domain, images in getattr(self, part).items()}
            if self.paired and len(set(counts.values())) > 1:
                raise ValueError(
                    f"{part}: pairs need as many images of a as of b, got {counts['a']} and "
                    f"{counts['b']}: paired=False is for images without partners"
                )

    @property
    def sample_shape(self) -> dict[str, tuple[int, int, int]]:
        """`{"a": (height, width, channels), "b": ...}`."""
        return {domain: self.train_images[domain].shape[1:] for domain in DOMAINS}

    @property
    def num_classes(self) -> int | None:
        """Number of classes, or `None` without class names and labels."""
        return self.domain("b").num_classes

    def domain(self, name: str) -> ImageDataset:
        """Returns the images of one domain as a data set of their own."""
        return ImageDataset(
            f"{self.name}-{name}",
            self.train_images[name],
            self.test_images[name],
            self.train_labels,
            self.test_labels,
            self.class_names,
            self.train_texts,
            self.test_texts,
        )

    def __repr__(self) -> str:
        shapes = ", ".join(
            f"{domain} of {'x'.join(map(str, shape))}"
            for domain, shape in self.sample_shape.items()
        )
        sizes = [
            " and ".join(map(str, dict.fromkeys(len(x) for x in part.values())))
            for part in (self.train_images, self.test_images)
        ]
        kind = "pairs" if self.paired else "unpaired images"
        return f"ImagePairs({self.name!r}, {sizes[0]} train + {sizes[1]} test {kind}, {shapes})"


def one_set(dataset: Any) -> Any:
    """Returns a data set whose samples are of one kind.

    Raises:
        ValueError: If it holds images of two domains, or several modalities.
    """
    if isinstance(dataset, ImagePairs):
        raise ValueError(
            f"{dataset!r} has images of two domains, where one set is needed: "
            "emoji and emoji_twitter are the parts of emoji_pairs"
        )
    if isinstance(dataset, ModalityDataset):
        raise ValueError(f"{dataset!r} has several modalities, where one set is needed")
    return dataset


def are_pair_folders(path: str | os.PathLike) -> bool:
    """Returns whether a folder has the subfolders `trainA` and `trainB`."""
    folder = local_path(path)
    return all((folder / name).is_dir() for name in _FOLDERS["train"].values())


def folder_pairs(
    path: str | os.PathLike, image_size: int | tuple[int, int] | None = None
) -> ImagePairs:
    """Reads `trainA`, `trainB`, `testA` and `testB` in a folder, the layout of CycleGAN's data.

    They are pairs if the files of A and B have the same names, as in the layout of pix2pix's parts.

    Args:
        path: The folder.
        image_size: As for `image_folder`.

    Raises:
        FileNotFoundError: If one of the four folders is missing or has no images.
        ValueError: If images are not readable, or differ in size.
    """
    folder = local_path(path)
    parts: dict[str, dict[str, np.ndarray]] = {part: {} for part in _FOLDERS}
    names: dict[str, list[str]] = {}
    for domain in DOMAINS:
        roots = {part: folder / _FOLDERS[part][domain] for part in _FOLDERS}
        for root in roots.values():
            if not root.is_dir():
                raise FileNotFoundError(f"no folder {root}: give trainA, trainB, testA and testB")
        files = {part: list_images(root)[0].files for part, root in roots.items()}
        # Together: whether images have one channel or three is a property of the domain.
        images, _ = read_images(files["train"] + files["test"], image_size)
        count = len(files["train"])
        parts["train"][domain], parts["test"][domain] = images[:count], images[count:]
        names[domain] = [
            f"{part}/{file.relative_to(root).with_suffix('')}"
            for part, root in roots.items()
            for file in files[part]
        ]
    paired = names["a"] == names["b"]
    return ImagePairs(folder.resolve().name, parts["train"], parts["test"], paired=paired)
