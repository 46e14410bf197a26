"""Pictures of the samples of a trained model."""

from __future__ import annotations

import itertools
import pathlib
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from absl import flags
from keras import tree

from tfgan_it import datasets, visualization
from tfgan_it.datasets.image_files import read_images
from tfgan_it.datasets.image_listing import list_images, reasons
from tfgan_it.files import local_path
from tfgan_it.models.translator import OTHER, Translator

from .conditions import asked_conditions
from .exported_generator import ExportedGenerator, is_export
from .literals import numbers
from .run_directory import load_model

_BATCH = 256
_MILLISECONDS = 100  # A frame of a video.
_LONGEST = 100  # Characters of a text in the name of a file.


def draw(values: flags.FlagValues, codes: dict[str, Any], classes: list[int] | None) -> str:
    """Writes what the flags of `trainers.sample` ask for.

    Args:
        values: The flags.
        codes: Value of each code that is set.
        classes: Classes of the samples, or None for all.

    Returns:
        What was written, for a reader.
    """
    exported = is_export(values.model)
    model = ExportedGenerator(values.model) if exported else load_model(values.model)
    if getattr(model, "latent", True) is None or values.images:
        return translate(model, values)
    asked = asked_conditions(model, classes, values.text)
    seeds = numbers(values.seeds or ("0-63" if asked is None else "0-7"), "seeds")
    if values.images_dir:
        folder = local_path(values.images_dir, "images_dir")
        return f"{write_images(model, seeds, asked, codes, folder)} images  {folder}"
    out = local_path(values.out, "out")
    picture, texts = sample_grid(model, seeds, asked, codes, values.columns)
    written = [*texts, visualization.save_picture(picture, out / "grid.png")]
    if model.rate is not None:
        written += write_sounds(model, seeds, asked, codes, out / "sounds")
    if not exported:
        lengths = {"rows": values.rows, "steps": values.steps, "frames": values.frames}
        written += draw_paths(model, seeds, asked, out, **lengths)
    return "\n".join(map(str, written))


def translate(model: Any, values: flags.FlagValues) -> str:
    """Translates the pictures in the folder `--images`.

    It draws a grid of them with their translations, or PNG files of their names in `--images_dir`.

    Returns:
        What was written, for a reader.

    Raises:
        FileNotFoundError: If there is no picture.
        ValueError: If the model does not translate, no folder is given, or a file would be written
            over a picture or over another one.
    """
    if not isinstance(model, Translator):
        raise ValueError(f"--images are translated, and {model.name} does not translate.")
    if not values.images:
        raise ValueError(f"{model.name} translates: give --images=FOLDER, whose pictures it takes.")
    if values.to not in model.targets:
        raise ValueError(f"--to={values.to}: {model.name} translates only to {model.targets[0]}.")
    folder, shape = local_path(values.images, "images"), model.domains[OTHER[values.to]]
    if not folder.is_dir():
        raise FileNotFoundError(f"--images: no folder {folder}")
    found = list_images(folder)
    files = found.train.files + (found.test.files if found.test else [])
    if found.left_out:
        warnings.warn(f"images of {folder}: {reasons(found.left_out)}", stacklevel=2)
    written = _names(files, folder, values.images_dir) if values.images_dir else {}
    images, _ = read_images(files, (shape[0], shape[1]))
    if images.shape[-1] == 1:  # A folder of grey pictures is read in one channel.
        images = np.repeat(images, shape[-1], axis=-1)
    made = datasets.to_uint8(model.translate(images, values.to), value_range=model.value_range)
    if not values.images_dir:
        shown = 4 * (values.columns or 10)
        picture = visualization.pairs(images[:shown], made[:shown], values.columns or 10)
        return str(visualization.save_picture(picture, local_path(values.out, "out") / "grid.png"))
    for path, picture in zip(written, made, strict=True):
        visualization.save_picture(picture[..., 0] if picture.shape[-1] == 1 else picture, path)
    return f"{len(made)} images  {local_path(values.images_dir)}"


def _names(
    files: list[pathlib.Path], folder: pathlib.Path, images_dir: str
) -> dict[pathlib.Path, pathlib.Path]:
    """Returns each file by the path of its translation.

    Raises:
        ValueError: If two have one, or one is that of a file.
    """
    out = local_path(images_dir, "images_dir")
    given = {file.resolve() for file in files}
    written: dict[pathlib.Path, pathlib.Path] = {}
    for file in files:
        path = (out / file.relative_to(folder)).with_suffix(".png")
        if path.resolve() in given:
            raise ValueError(f"--images_dir={out} would replace {path}: give another folder.")
        if (other := written.setdefault(path, file)) is not file:
            raise ValueError(f"{other} and {file} would both become {path}: rename one of them.")
    return written


def sample_grid(
    model: Any,
    seeds: list[int],
    asked: list[int] | list[str] | None,
    codes: dict[str, Any],
    columns: int | None = None,
) -> tuple[np.ndarray, list[str]]:
    """Draws a sample for each seed, in a row for each class or text that is asked for.

    Returns:
        The picture, and the texts that the samples are, if the model has a vocabulary.
    """
    labels, rows = None, 1
    if asked is not None:
        labels, columns = np.repeat(asked, len(seeds)), columns or len(seeds)
        rows, seeds = len(asked), seeds * len(asked)
    samples = samples_of_seeds(model, seeds, labels, codes)
    if model.vocabulary is not None:
        texts = model.vocabulary.decode(samples)
        return visualization.words(texts, columns), texts
    if model.rate is not None:
        return visualization.sounds(samples, columns), []
    if labels is not None and not isinstance(samples, dict) and samples.ndim == 2:
        return visualization.scatter(samples, labels=labels), []
    if labels is not None and labels.dtype.kind == "U":
        parts = zip(asked or (), np.split(samples, rows), strict=True)
        pictures = {f"{text}": visualization.grid(part, columns) for text, part in parts}
        return visualization.montage(pictures, columns=2), []
    return visualization.grid(samples, columns), []


def samples_of_seeds(model: Any, seeds: list[int], labels: Any, codes: dict[str, Any]) -> Any:
    """Generates the sample of each seed, as `generate(1, seed)`, with its label and these codes."""
    if isinstance(model, ExportedGenerator):
        return model.samples_of_seeds(seeds, labels, codes)
    latents = model.with_codes(model.latents_of_seeds(seeds), codes)
    return visualization.samples_from_latents(model, latents, labels)


def write_images(
    model: Any,
    seeds: list[int],
    asked: list[int] | list[str] | None,
    codes: dict[str, Any],
    folder: pathlib.Path,
) -> int:
    """Writes the sample of each seed, and of each class or text that is asked for, as a PNG file.

    Returns:
        The number of images.

    Raises:
        ValueError: If samples are not images of 1, 3 or 4 channels.
    """
    count = 0
    for name, sample in _named_samples(model, seeds, asked, codes):
        shape = sorted(sample) if isinstance(sample, dict) else sample.shape
        if len(shape) != 3 or shape[-1] not in (1, 3, 4):
            raise ValueError(f"--images_dir needs images, got samples of {shape}.")
        image = datasets.images.to_uint8(sample, value_range=_value_range(model))
        image = image[..., 0] if shape[-1] == 1 else image
        visualization.save_picture(image, folder / f"{name}.png")
        count += 1
    return count


def write_sounds(
    model: Any,
    seeds: list[int],
    asked: list[int] | list[str] | None,
    codes: dict[str, Any],
    folder: pathlib.Path,
) -> list[pathlib.Path]:
    """Writes the sound of each seed, and of each class or text that is asked for, as a WAV file."""
    return [
        datasets.save_wav(sample.mean(axis=-1), folder / f"{name}.wav", model.rate)
        for name, sample in _named_samples(model, seeds, asked, codes)
    ]


def _named_samples(
    model: Any, seeds: list[int], asked: list[int] | list[str] | None, codes: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Generates the sample of each seed, and of each class or text asked for, with its name."""
    labelled: list[Any] = [None] if asked is None else [*asked]
    shown = [(label, seed) for label in labelled for seed in seeds]
    width, files = len(str(max(seeds))), _file_names(asked or ())
    for start in range(0, len(shown), _BATCH):
        part = shown[start : start + _BATCH]
        labels = None if asked is None else np.array([label for label, _ in part])
        samples = samples_of_seeds(model, [seed for _, seed in part], labels, codes)
        for index, (label, seed) in enumerate(part):
            name = f"{seed:0{width}d}" if label is None else f"{files[label]}-{seed:0{width}d}"
            yield name, tree.map_structure(lambda x, i=index: x[i], samples)


def _file_names(asked: Iterable[int | str]) -> dict[int | str, str]:
    """Returns what each class or text is called in the names of files, no two of them alike."""
    names: dict[int | str, str] = {}
    for each in asked:
        name = re.sub(r"\W+", "_", f"{each}")[:_LONGEST] or "empty"
        same = [other for key, other in names.items() if key != each]
        numbered = (f"{name}_{number}" for number in itertools.count(2))
        names[each] = name if name not in same else next(n for n in numbered if n not in same)
    return names


def _value_range(model: Any) -> tuple[float, float] | None:
    """Returns the range of a model's images; an export's are in [-1, 1]."""
    return getattr(model, "value_range", (-1.0, 1.0))


def draw_paths(
    model: Any,
    seeds: list[int],
    asked: list[int] | list[str] | None,
    out: pathlib.Path,
    *,
    rows: int,
    steps: int,
    frames: int,
) -> list[pathlib.Path]:
    """Draws traversals of all codes, and an interpolation of the latents of the first seeds.

    Traversals of videos are drawn as their middle frames, and as animations.
    """
    row_classes, frame_class = None, None
    if asked is not None:
        row_classes, frame_class = np.resize(asked, rows), asked[0]
    paths = visualization.code_traversal(model, rows, steps, seed=seeds[0], conditions=row_classes)
    written = [
        visualization.save_picture(picture, out / f"traversal-{name}.png")
        for name, picture in paths.items()
    ]
    if not isinstance(model.sample_shape, dict) and len(model.sample_shape) == 4:
        animations = visualization.code_animation(
            model, rows, steps, seed=seeds[0], conditions=row_classes
        )
        written += [
            visualization.save_animation(pictures, out / f"traversal-{name}.gif", _MILLISECONDS)
            for name, pictures in animations.items()
        ]
    if len(seeds) > 1:
        pictures = visualization.interpolation(model, seeds[:8], frames, frame_class)
        written.append(visualization.save_animation(pictures, out / "interpolation.gif"))
    return written
