"""Image data sets of TensorFlow Datasets (TFDS), from the network or from raw files."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import tempfile

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from tfgan_it.datasets.archives import from_arrays, read_npz, write_npz
from tfgan_it.datasets.disk_cache import Allocate, Parts, cached, in_memory
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.raw_files import RawFiles
from tfgan_it.datasets.resizing import crop_and_resize, height_and_width
from tfgan_it.errors import nearest_names, one_line
from tfgan_it.files import in_turn, local_path, reading

_READ_BATCH = 4096


def builder_names() -> list[str]:
    """Returns the names of the data sets that the installed TFDS can build, without a network."""
    return tfds.list_builders(with_community_datasets=False)


def from_tfds(
    name: str,
    *,
    files_dir: str | os.PathLike | None = None,
    data_dir: str | os.PathLike | None = None,
    image_size: int | tuple[int, int] | None = None,
    cache_dir: str | os.PathLike | None = None,
) -> ImageDataset:
    """Loads an image data set of TFDS, and prepares it on first use.

    The training part is the split `train`. The test part is `test`, else `validation`, else the
    fixed tenth of `train` that `hold_out` selects. Labels are those of the feature `label`, or of
    the only class label; a split with withheld labels (-1) has none. Binary images that TFDS stores
    as 0 and 1 become 0 and 255.

    The arrays are cached as an `.npz` archive beside the records of TFDS. Later loads read only the
    archive, which takes a fraction of a second for MNIST instead of seconds.

    Args:
        name: `builder`, `builder/config` or `builder:version`, such as `mnist`.
        files_dir: Folder of raw files, one subfolder per builder
            (`files_dir/mnist/train-images-idx3-ubyte.gz`). If given, nothing is downloaded: each
            file must lie there, with the size and sha256 that TFDS records. If `None`, TFDS
            downloads missing files.
        data_dir: Folder of prepared data. `None` is the default of TFDS, `~/tensorflow_datasets`.
        image_size: One side of a square, or `(height, width)`. Images are cropped at the centre and
            resized to it. Required if the images of a set differ in size.
        cache_dir: Folder in which the decoded images stay, for data larger than memory: they are
            written there once, and read from there as needed. None keeps them in memory.

    Raises:
        FileNotFoundError: If raw files are missing from `files_dir`; the message names them.
        ValueError: If a raw or prepared file is damaged; if there is no such builder, config or
            version; if the set has no uint8 images or no split `train`; or if its images differ in
            size and `image_size` is `None`.
        ImportError: If TFDS needs a package that is not installed.
    """
    builder, _, class_names = described(name, files_dir, data_dir, image_size)
    image, label = _feature_names(builder)
    size = None if image_size is None else height_and_width(image_size)
    if cache_dir is not None:

        def read(allocate: Allocate) -> Parts:
            arrays = _read(_prepared(builder, name, files_dir), image, label, size, allocate)
            test_images, test_labels = arrays.get("x_test"), arrays.get("y_test")
            labels = arrays.get("y_train")
            return Parts(arrays["x_train"], labels, test_images, test_labels, class_names)

        identity = {"builder": builder.info.full_name, "image_size": size}
        return cached(cache_dir, name, identity, read)
    stem = "images" if size is None else f"images-{size[0]}x{size[1]}"
    archive = pathlib.Path(builder.data_dir) / f"{stem}.npz"
    if archive.exists():
        arrays = read_npz(archive)
    else:
        arrays = _read(_prepared(builder, name, files_dir), image, label, size, in_memory)
        with contextlib.suppress(OSError):  # The cache is optional: without it loads are slower.
            write_npz(archive, arrays)
    return from_arrays(name, arrays, class_names)


def described(
    name: str,
    files_dir: str | os.PathLike | None,
    data_dir: str | os.PathLike | None,
    image_size: int | tuple[int, int] | None,
) -> tuple[tfds.core.DatasetBuilder, tuple[int, ...], tuple[str, ...] | None]:
    """Returns the builder, the shape of an image and the names of the classes, or None.

    Nothing is read or prepared. The arguments are those of `from_tfds`.

    Raises:
        FileNotFoundError: If `files_dir` is not a folder.
        ValueError: As for `from_tfds`, of what is known of the set before it is read.
    """
    if files_dir is not None and not local_path(files_dir, "files_dir").is_dir():
        raise FileNotFoundError(f"files_dir must be a folder, got {str(files_dir)!r}.")
    builder = _builder(name, data_dir)
    image, label = _feature_names(builder)
    shape = builder.info.features[image].shape
    if image_size is not None:
        shape = (*height_and_width(image_size), shape[2])
    if None in shape:
        raise ValueError(f"images of {name} differ in size: give an image_size")
    return builder, shape, None if label is None else tuple(builder.info.features[label].names)


def check_raw_folder(builder: tfds.core.DatasetBuilder, folder: pathlib.Path) -> None:
    """Checks that there is a folder of raw files.

    Raises:
        FileNotFoundError: If there is none.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}, where raw files of {builder.name} belong")


def _builder(name: str, data_dir: str | os.PathLike | None) -> tfds.core.DatasetBuilder:
    base, candidates = re.split("[/:]", name)[0], builder_names()
    folder = None if data_dir is None else local_path(data_dir, "data_dir")
    if base in candidates:
        try:
            return tfds.builder(name, data_dir=folder)
        except Exception as error:
            if name == base or not isinstance(error, ValueError | AssertionError):
                where = f"{folder or 'the data_dir of TFDS'}: {base}"
                raise ValueError(f"{where} cannot be read by TFDS: {one_line(error)}") from None
            configs = tfds.builder_cls(base).builder_configs  # The config or version is unknown.
            candidates = [f"{base}/{config}" for config in configs] or [base]
    names = ", ".join(nearest_names(name, candidates, n=3))
    raise ValueError(f"TFDS cannot build {name!r}; the nearest it can are {names}")


def _feature_names(builder: tfds.core.DatasetBuilder) -> tuple[str, str | None]:
    """Returns the names of the image feature and of the label feature."""

    def pick(usual: str, candidates: list[str]) -> str | None:
        if usual in candidates:
            return usual
        return candidates[0] if len(candidates) == 1 else None

    features = dict(builder.info.features)
    # Exact types: a subclass of Image is a mask, not a picture.
    image = pick(
        "image",
        [
            key
            for key, feature in features.items()
            if type(feature) is tfds.features.Image and feature.np_dtype == np.uint8
        ],
    )
    label = pick("label", [k for k, f in features.items() if type(f) is tfds.features.ClassLabel])
    if image is None:
        raise ValueError(
            f"{builder.name} has no single uint8 image feature, its features are "
            f"{', '.join(features)}"
        )
    return image, label


def _prepared(
    builder: tfds.core.DatasetBuilder, name: str, files_dir: str | os.PathLike | None
) -> tfds.core.DatasetBuilder:
    """Returns the builder of a set that is prepared, by this or by another process."""
    if builder.is_prepared():
        return builder
    root = pathlib.Path(builder.data_dir_root)
    # TFDS fails where several processes, such as workers of a suite, prepare one set.
    with in_turn(root):
        builder = _builder(name, root)
        if not builder.is_prepared():
            _prepare(builder, files_dir)
    return builder


def _prepare(builder: tfds.core.DatasetBuilder, files_dir: str | os.PathLike | None) -> None:
    try:
        if files_dir is None:
            builder.download_and_prepare()
        else:
            _prepare_from_files(builder, local_path(files_dir, "files_dir") / builder.name)
    except ImportError as error:
        raise ImportError(
            f"TFDS needs the package {error.name or error} to prepare {builder.name}: install it"
        ) from error
    except Exception as error:
        if isinstance(error, ValueError | OSError) and "\n" not in str(error):
            raise
        raise ValueError(f"TFDS cannot prepare {builder.name}: {one_line(error)}") from error


def _prepare_from_files(builder: tfds.core.DatasetBuilder, folder: pathlib.Path) -> None:
    check_raw_folder(builder, folder)
    root = pathlib.Path(builder.data_dir_root)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix="extracted-") as scratch:
        manager = RawFiles(builder, folder, pathlib.Path(scratch))
        # TFDS has no public way to set a download manager.
        builder._make_download_manager = lambda **_: manager
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(try_download_gcs=False)
        )


def _read(
    builder: tfds.core.DatasetBuilder,
    image: str,
    label: str | None,
    size: tuple[int, int] | None,
    allocate: Allocate,
) -> dict[str, np.ndarray]:
    """Reads the splits as arrays with the names of `from_arrays`."""
    splits = builder.info.splits
    if "train" not in splits:
        raise ValueError(f"{builder.name} has no split train, only {', '.join(splits)}")
    test = next((split for split in ("test", "validation") if split in splits), None)
    arrays = {}
    for part, split in [("train", "train")] + ([("test", test)] if test else []):
        images, labels = _read_split(builder, split, image, label, size, allocate)
        arrays[f"x_{part}"] = images
        if labels is not None:
            arrays[f"y_{part}"] = labels
    return arrays


def _read_split(
    builder: tfds.core.DatasetBuilder,
    split: str,
    image: str,
    label: str | None,
    size: tuple[int, int] | None,
    allocate: Allocate,
) -> tuple[np.ndarray, np.ndarray | None]:
    features = {key: True for key in (image, label) if key is not None}
    examples = builder.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding(features),
        read_config=tfds.ReadConfig(try_autocache=False),
    )
    if size is not None:
        examples = examples.map(
            lambda example: {**example, image: crop_and_resize(example[image], size)},
            num_parallel_calls=tf.data.AUTOTUNE,
        )
    with reading(builder.data_dir, "a readable data set of TFDS"):
        count, brightest = builder.info.splits[split].num_examples, 0
        images, labels = None, None if label is None else np.empty(count, "int64")
        done = 0
        for batch in examples.batch(_READ_BATCH).as_numpy_iterator():
            if images is None:
                images = allocate(f"{builder.name}/{split}", (count, *batch[image].shape[1:]))
            rows = slice(done, done + len(batch[image]))
            images[rows], brightest = batch[image], max(brightest, int(batch[image].max()))
            if labels is not None:
                labels[rows] = batch[label]
            done = rows.stop
        if images is None or done != count:
            raise ValueError(f"the split {split} has {done} examples, not {count}")
    if brightest == 1:
        for start in range(0, count, _READ_BATCH):
            images[start : start + _READ_BATCH] *= 255
    if labels is not None and labels.min() < 0:
        labels = None
    return images, labels
