"""Images, videos and sounds in memory, with labels, split into a training and a test part."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.datasets.images import shape_hint
from tfgan_it.keywords import CheckedKeywords


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class _LabelledSamples(CheckedKeywords):
    """What sets of images, videos and sounds share: their arrays, and the checks of these."""

    _kind: ClassVar[str]
    _axes: ClassVar[tuple[str, ...]]
    _stored: ClassVar[str] = "uint8"
    # If nothing says how many samples there are, the class of the data when they are read.
    _uncounted: ClassVar[str | None] = None

    name: str
    train_images: np.ndarray
    test_images: np.ndarray
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    train_texts: tuple[str, ...] | None = None
    test_texts: tuple[str, ...] | None = None

    def __post_init__(self):
        _check_stored("train_images", self.train_images, self._axes, self._stored)
        _check_stored("test_images", self.test_images, self._axes, self._stored)
        if self.test_images.shape[1:] != self.sample_shape:
            raise ValueError(
                f"test_images are {_by(self.test_images.shape[1:])} but train_images are "
                f"{_by(self.sample_shape)}: both parts need one {self._kind} shape"
            )
        _check_labels("train_labels", self.train_labels, self.train_images, self.class_names)
        _check_labels("test_labels", self.test_labels, self.test_images, self.class_names)
        _check_texts("train_texts", self.train_texts, self.train_images)
        _check_texts("test_texts", self.test_texts, self.test_images)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of every sample."""
        return self.train_images.shape[1:]

    @property
    def num_classes(self) -> int | None:
        """Number of classes, or `None` without class names and labels."""
        if self.class_names is not None:
            return len(self.class_names)
        labels = [part for part in (self.train_labels, self.test_labels) if part is not None]
        return 1 + max(int(part.max()) for part in labels) if labels else None

    def __repr__(self) -> str:
        classes = "no labels" if self.num_classes is None else f"{self.num_classes} classes"
        counts = f"{len(self.train_images)} train + {len(self.test_images)} test "
        return (
            f"{self._uncounted or type(self).__name__}({self.name!r}, "
            f"{'' if self._uncounted else counts}{self._kind}s of {_by(self.sample_shape)}, "
            f"{classes})"
        )


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ImageDataset(_LabelledSamples):
    """Images in memory, split into a training and a test part.

    Args:
        name: Name of the set in records and run directories.
        train_images: uint8 array `(n, height, width, channels)`, at least one image.
        test_images: uint8 array `(m, height, width, channels)`, at least one image.
        train_labels: int64 array `(n,)` of class indices from 0, or `None`.
        test_labels: int64 array `(m,)`, or `None`.
        class_names: The name of each class index, or `None`.
        train_texts: The words of each training image, such as its name; or `None`.
        test_texts: The words of each test image, or `None`.

    Raises:
        ValueError: If an array has the wrong type, shape, dtype or length, a label is outside the
            classes, or there are fewer texts than images.

    Example:

    >>> images, labels = np.zeros((4, 8, 8, 1), "uint8"), np.array([0, 1, 2, 1])
    >>> ImageDataset("blank", images, images[:2], labels, labels[:2])
    ImageDataset('blank', 4 train + 2 test images of 8x8x1, 3 classes)
    """

    _kind = "image"
    _axes = ("height", "width", "channels")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class VideoDataset(_LabelledSamples):
    """Videos in memory, with the attributes of `ImageDataset`, so that it can take its place.

    Args:
        name: As for `ImageDataset`.
        train_images: Training videos, uint8 `(n, frames, height, width, channels)`.
        test_images: Test videos, uint8 `(m, frames, height, width, channels)`.
        train_labels: As for `ImageDataset`.
        test_labels: As for `ImageDataset`.
        class_names: As for `ImageDataset`.
        train_texts: As for `ImageDataset`.
        test_texts: As for `ImageDataset`.

    Raises:
        ValueError: As for `ImageDataset`.

    Example:

    >>> videos = np.zeros((4, 16, 8, 8, 1), "uint8")
    >>> VideoDataset("blank", videos, videos[:2])
    VideoDataset('blank', 4 train + 2 test videos of 16x8x8x1, no labels)
    """

    _kind = "video"
    _axes = ("frames", "height", "width", "channels")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SoundDataset(_LabelledSamples):
    """Waveforms in memory, with the attributes of `ImageDataset`, so that it can take its place.

    Args:
        name: As for `ImageDataset`.
        train_images: Training waveforms in [-1, 1], float32 `(n, length, channels)`.
        test_images: Test waveforms in [-1, 1], float32 `(m, length, channels)`.
        train_labels: As for `ImageDataset`.
        test_labels: As for `ImageDataset`.
        class_names: As for `ImageDataset`.
        train_texts: As for `ImageDataset`.
        test_texts: As for `ImageDataset`.
        rate: Samples per second.

    Raises:
        ValueError: As for `ImageDataset`, or if a value is outside [-1, 1], or the rate below 1.

    Example:

    >>> sounds = np.zeros((4, 8192, 1), "float32")
    >>> SoundDataset("silence", sounds, sounds[:2], rate=8000)
    SoundDataset('silence', 4 train + 2 test sounds of 8192x1, no labels)
    """

    _kind = "sound"
    _axes = ("length", "channels")
    _stored = "float32"

    rate: int = 8000

    def __post_init__(self):
        super().__post_init__()
        check_integer(self, "rate", self.rate, 1)
        for argument in ("train_images", "test_images"):
            largest = np.abs(getattr(self, argument)).max()
            if not largest <= 1:
                raise ValueError(f"{argument} must be in [-1, 1], got a largest of {largest:g}")


def _check_stored(argument: str, images: Any, axes: tuple[str, ...], dtype: str) -> None:
    if not isinstance(images, np.ndarray):
        raise ValueError(f"{argument} must be a NumPy array, got {type(images).__name__}")
    if images.ndim != 1 + len(axes):
        hint = shape_hint(images.shape, (None,) * len(axes))
        raise ValueError(
            f"{argument} has shape {images.shape}, expected (n, {', '.join(axes)}){hint}"
        )
    if images.size == 0:
        values = "pixels" if dtype == "uint8" else "samples"
        raise ValueError(f"{argument} has shape {images.shape}: it holds no {values}")
    if images.dtype != dtype:
        hint = ""
        if dtype == "uint8":
            hint = (
                ": to_uint8(images) converts from [-1, 1], (images * 255).round().astype('uint8') "
                "from [0, 1]"
            )
        raise ValueError(f"{argument} is {images.dtype}, expected {dtype}{hint}")


def _check_labels(
    argument: str, labels: Any, images: np.ndarray, class_names: tuple[str, ...] | None
) -> None:
    if labels is None:
        return
    if getattr(labels, "dtype", None) != np.int64 or labels.shape != (len(images),):
        got = f"{getattr(labels, 'dtype', type(labels).__name__)} {np.shape(labels)}"
        raise ValueError(f"{argument} must be an int64 array of shape ({len(images)},), got {got}")
    low, high = labels.min(), labels.max()
    if low < 0 or (class_names is not None and high >= len(class_names)):
        classes = "" if class_names is None else f" and below the {len(class_names)} class names"
        raise ValueError(f"{argument} lies in [{low}, {high}], must be at least 0{classes}")


def _check_texts(argument: str, texts: Any, images: np.ndarray) -> None:
    if texts is None:
        return
    if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{argument} must be a tuple of strings, got {type(texts).__name__}")
    if len(texts) != len(images):
        raise ValueError(f"{argument} are {len(texts)} for {len(images)} images: give one for each")


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
