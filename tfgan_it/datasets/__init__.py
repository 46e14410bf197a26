"""Training data by name: embedded sets, TensorFlow Datasets, folders and archives."""

from __future__ import annotations

import functools
import os
import pathlib
import re
from collections.abc import Callable
from typing import Literal, overload

from tfgan_it.datasets import outlines
from tfgan_it.datasets.archives import npz
from tfgan_it.datasets.batches import batches
from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.datasets.degradations import degraded
from tfgan_it.datasets.digit_pairs import digit_pairs, paired_by_class
from tfgan_it.datasets.digit_triples import digit_triples
from tfgan_it.datasets.digits import digits
from tfgan_it.datasets.emoji import emoji, emoji_pairs
from tfgan_it.datasets.fingerprint import fingerprint, fingerprint_difference
from tfgan_it.datasets.folders import image_folder
from tfgan_it.datasets.glyphs import SMALLEST, Glyphs, glyphs
from tfgan_it.datasets.image_files import suffixes
from tfgan_it.datasets.image_pairs import ImagePairs, are_pair_folders, folder_pairs, one_set
from tfgan_it.datasets.images import check_images, scale_images, to_uint8
from tfgan_it.datasets.imbalanced import imbalanced
from tfgan_it.datasets.information_tasks import InformationTask
from tfgan_it.datasets.labelled_samples import ImageDataset, SoundDataset, VideoDataset
from tfgan_it.datasets.mirroring import mirrored
from tfgan_it.datasets.mixtures import MIXTURES, GaussianMixture, PointDataset, grid, points, ring
from tfgan_it.datasets.modalities import ModalityDataset, hide_modalities
from tfgan_it.datasets.moving_digits import MovingDigits, moving_digits
from tfgan_it.datasets.moving_sprites import MovingSprites, moving_sprites
from tfgan_it.datasets.resizing import height_and_width, resize_dataset
from tfgan_it.datasets.spectrograms import LogMel, read_wav, save_wav
from tfgan_it.datasets.spoken_digits import spoken_digit_waves, spoken_digits
from tfgan_it.datasets.sprites import SIZES, Sprites, sprites
from tfgan_it.datasets.texts import TEXTS, TextDataset, texts, unicode_words
from tfgan_it.datasets.tfrecords import record_files, tfrecords
from tfgan_it.datasets.vocabulary import Vocabulary
from tfgan_it.errors import nearest_names
from tfgan_it.files import local_path

__all__ = [
    "CorrelatedGaussian",
    "GaussianMixture",
    "Glyphs",
    "ImageDataset",
    "ImagePairs",
    "InformationTask",
    "LogMel",
    "ModalityDataset",
    "MovingDigits",
    "MovingSprites",
    "PointDataset",
    "SoundDataset",
    "Sprites",
    "TextDataset",
    "VideoDataset",
    "Vocabulary",
    "batches",
    "check_images",
    "degraded",
    "digit_pairs",
    "digit_triples",
    "digits",
    "emoji",
    "emoji_pairs",
    "fingerprint",
    "fingerprint_difference",
    "folder_pairs",
    "glyphs",
    "grid",
    "hide_modalities",
    "image_folder",
    "imbalanced",
    "load",
    "mirrored",
    "moving_digits",
    "moving_sprites",
    "npz",
    "one_set",
    "outline",
    "paired_by_class",
    "points",
    "read_wav",
    "resize_dataset",
    "ring",
    "save_wav",
    "scale_images",
    "spoken_digit_waves",
    "spoken_digits",
    "sprites",
    "texts",
    "tfrecords",
    "to_uint8",
    "unicode_words",
]

DataSet = (
    ImageDataset
    | ImagePairs
    | ModalityDataset
    | PointDataset
    | SoundDataset
    | TextDataset
    | VideoDataset
)

_EMOJI: dict[str, Callable[..., ImageDataset | ImagePairs]] = {
    "emoji": emoji,
    "emoji_twitter": functools.partial(emoji, style="twitter"),
    "emoji_pairs": emoji_pairs,
}
_EMBEDDED = (
    "digits",
    "sprites",
    "glyphs",
    "moving_sprites",
    "moving_digits",
    "digit_pairs",
    "digit_triples",
    "spoken_digit_waves",
    *_EMOJI,
    *TEXTS,
)


@overload
def load(
    name: Literal[
        "digits", "sprites", "glyphs", "emoji", "emoji_twitter", "mnist", "fashion_mnist", "cifar10"
    ],
    *,
    files_dir: str | os.PathLike | None = None,
    data_dir: str | os.PathLike | None = None,
    image_size: int | tuple[int, int] | None = None,
    cache_dir: str | os.PathLike | None = None,
) -> ImageDataset: ...


@overload
def load(
    name: str | os.PathLike,
    *,
    files_dir: str | os.PathLike | None = None,
    data_dir: str | os.PathLike | None = None,
    image_size: int | tuple[int, int] | None = None,
    cache_dir: str | os.PathLike | None = None,
) -> DataSet: ...


def load(
    name: str | os.PathLike,
    *,
    files_dir: str | os.PathLike | None = None,
    data_dir: str | os.PathLike | None = None,
    image_size: int | tuple[int, int] | None = None,
    cache_dir: str | os.PathLike | None = None,
) -> DataSet:
    """Loads a data set by its name or path.

    Args:
        name: `digits`, the embedded set; `sprites`, figures of known factors, drawn at 32 or 64
            pixels; `glyphs`, characters of known factors, drawn at any size; `moving_sprites` or
            `moving_digits`, videos of 16 frames of 32 or 64 pixels, of MNIST's digits with
            `files_dir`; `ring` or `grid`, points in two dimensions; `spoken_digit`, sounds as
            pictures, and `spoken_digit_waves`, as waveforms; `digit_pairs`, a written and a spoken
            digit, and `digit_triples`, with its word; `emoji` or `emoji_twitter`, emoji in one of
            two drawing styles, and `emoji_pairs`, in both; `unicode_words` or `emoji_names`,
            texts; the path of a `.txt` file of texts, of an `.npz` archive, of a folder of images,
            of a folder with `trainA`, `trainB`, `testA` and `testB`, or of TFRecord files; or a
            builder of TensorFlow Datasets, such as `mnist`. If a bare word names both a builder
            and a folder, it means the builder: write `./mnist` for the folder.
        files_dir: Folder of raw files to prepare TensorFlow Datasets from, without a network; see
            `tfgan_it.datasets.tensorflow_datasets.from_tfds`. Sounds are read only from there.
        data_dir: Folder of prepared TensorFlow Datasets.
        image_size: One side of a square, or `(height, width)`. Images are cropped at the centre and
            resized to it; `None` leaves them unchanged. What is drawn is drawn at this size, if it
            can be.
        cache_dir: Folder in which the decoded images of a folder, of TFRecord files or of a builder
            stay, for data larger than memory: they are written there once, and read from there as
            needed. None keeps them in memory. Batches are the same.

    Raises:
        FileNotFoundError: If `name` looks like a path that does not exist, or if raw files are
            missing.
        ImportError: If `glyphs` finds no fonts, because matplotlib is not installed.
        ValueError: If `name` is unknown or a URL, or the data are corrupt or not images.

    Example:

    >>> load("digits", image_size=16).sample_shape
    (16, 16, 1)
    """
    return _found(name, files_dir, data_dir, image_size, cache_dir)


def outline(
    name: str | os.PathLike,
    *,
    files_dir: str | os.PathLike | None = None,
    data_dir: str | os.PathLike | None = None,
    image_size: int | tuple[int, int] | None = None,
) -> DataSet:
    """Returns a data set like that of `load`, with black images, without reading all of it.

    Shapes, classes and what is missing are known at once: of a folder a hundred images are decoded,
    of TFRecord files the first is read, and of TensorFlow Datasets nothing. Embedded sets are
    complete.

    Args:
        name: As for `load`.
        files_dir: As for `load`.
        data_dir: As for `load`.
        image_size: As for `load`.

    Raises:
        FileNotFoundError: As for `load`.
        ImportError: As for `load`.
        ValueError: As for `load`, of what is looked at.

    Example:

    >>> outline("digits", image_size=16)
    ImageDataset('digits', 1437 train + 360 test images of 16x16x1, 10 classes)
    """
    return _found(name, files_dir, data_dir, image_size, None, whole=False)


def _found(
    name: str | os.PathLike,
    files_dir: str | os.PathLike | None,
    data_dir: str | os.PathLike | None,
    image_size: int | tuple[int, int] | None,
    cache_dir: str | os.PathLike | None,
    whole: bool = True,
) -> DataSet:
    path = local_path(name, "the data set")
    for argument, folder in (
        ("files_dir", files_dir),
        ("data_dir", data_dir),
        ("cache_dir", cache_dir),
    ):
        if folder is not None:  # Refused also where the data set does not need it.
            local_path(folder, argument)
    if name == "digits":
        return _resized(digits(), image_size)
    if name == "sprites":
        if image_size is None or image_size in SIZES:
            return sprites(image_size or SIZES[0])
        return _resized(sprites(SIZES[-1]), image_size)
    if name == "glyphs":
        side = 32 if image_size is None else max(*height_and_width(image_size), SMALLEST)
        return _resized(glyphs(side), image_size)
    if name == "moving_sprites":
        return moving_sprites(image_size=_side(image_size))
    if name == "moving_digits":
        return moving_digits(files_dir, data_dir, image_size=_side(image_size))
    if name in TEXTS or path.suffix == ".txt":
        if image_size is not None:
            raise ValueError(f"{name} holds texts, which have no image_size.")
        return texts(name, files_dir=files_dir)
    if name in MIXTURES:
        if image_size is not None:
            raise ValueError(f"{name} holds points, which have no image_size.")
        return points(name)
    if name == "spoken_digit_waves":
        if image_size is not None:
            raise ValueError(f"{name} holds sounds, which have no image_size.")
        return spoken_digit_waves(files_dir)
    if name == "spoken_digit":
        return _resized(spoken_digits(files_dir), image_size)
    if name == "digit_pairs":
        return _resized(digit_pairs(files_dir, data_dir), image_size)
    if name == "digit_triples":
        if image_size is not None:
            raise ValueError(f"{name} holds pictures, sounds and words, which have no image_size.")
        return digit_triples(files_dir, data_dir)
    if name in _EMOJI:
        return _EMOJI[name](files_dir, image_size=32 if image_size is None else image_size)
    if _is_explicit_path(name):
        return _from_path(path, image_size, cache_dir, whole)

    from tfgan_it.datasets import tensorflow_datasets  # slow to import, and needed from here on

    builders = tensorflow_datasets.builder_names()
    if re.split("[/:]", str(name))[0] in builders:
        if not whole:
            return outlines.of_builder(str(name), files_dir, data_dir, image_size)
        return tensorflow_datasets.from_tfds(
            str(name),
            files_dir=files_dir,
            data_dir=data_dir,
            image_size=image_size,
            cache_dir=cache_dir,
        )
    if path.exists() or len(path.parts) > 1:
        return _from_path(path, image_size, cache_dir, whole)
    known = [*_EMBEDDED, *MIXTURES, *builders, *_beside(path, folders=True)]
    names = ", ".join(nearest_names(name, known, n=3))
    raise ValueError(
        f"no data set {name!r}: the nearest names are {names}; the path of a folder or of an .npz "
        "archive is allowed too"
    )


def _is_explicit_path(name: str | os.PathLike) -> bool:
    return (
        not isinstance(name, str)
        or name.startswith((".", "/", "~"))
        or name.endswith((".npz", "/"))
    )


def _beside(path: pathlib.Path, folders: bool = False) -> list[str]:
    """Returns the names of what is in the folder of a path that does not exist."""
    if not path.parent.is_dir():
        return []
    return [other.name for other in path.parent.iterdir() if not folders or other.is_dir()]


def _from_path(
    path: pathlib.Path,
    image_size: int | tuple[int, int] | None,
    cache_dir: str | os.PathLike | None,
    whole: bool,
) -> ImageDataset | ImagePairs:
    if record_files(path):
        if not whole:
            return outlines.of_records(path, image_size)
        return tfrecords(path, image_size, cache_dir=cache_dir)
    if path.is_dir() and are_pair_folders(path):
        return folder_pairs(path, image_size)
    if path.is_dir():
        if not whole:
            return outlines.of_folder(path, image_size)
        return image_folder(path, image_size, cache_dir=cache_dir)
    if path.is_file() and path.suffix.lower() in suffixes():
        raise ValueError(f"{path} is one image: give its folder, {path.parent}")
    if path.is_file():
        if not whole:
            return outlines.of_archive(path, image_size)
        return _resized(npz(path), image_size)
    nearest = "".join(f" (nearest: {name})" for name in nearest_names(path.name, _beside(path)))
    raise FileNotFoundError(f"no folder and no .npz archive {path}{nearest}")


def _resized(dataset: ImageDataset, image_size: int | tuple[int, int] | None) -> ImageDataset:
    return dataset if image_size is None else resize_dataset(dataset, image_size)


def _side(image_size: int | tuple[int, int] | None) -> int:
    """Returns the side of a square video, 32 pixels by default."""
    if image_size is None:
        return 32
    height, width = height_and_width(image_size)
    if height != width:
        raise ValueError(f"videos are square: image_size must be 32 or 64, got {image_size!r}")
    return height
