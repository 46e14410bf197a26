"""Draws samples of a trained model: a grid, a traversal of each code, an animated interpolation.

python -m trainers.sample --model=runs/00000-infogan-digits
python -m trainers.sample --model=infogan.keras --seeds=1,2,5-9 --out=pictures
python -m trainers.sample --model=runs/00000-infogan-digits --codes=category=3
python -m trainers.sample --model=runs/00001-acgan-digits --condition=0-9
                                                       a row of the grid for each class
python -m trainers.sample --model=saved_models/digits  an exported generator: only the grid
python -m trainers.sample --model=runs/00000-dcgan-mnist --images_dir=images --seeds=0-4999
                                                       single images, for other programs
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
from absl import flags

from tfgan_it import datasets, visualization
from tfgan_it.files import local_path
from trainers import command_line
from trainers.conditions import checked_classes
from trainers.exported_generator import ExportedGenerator, is_export
from trainers.run_directory import load_model

_BATCH = 256
FLAGS = flags.FLAGS
flags.adopt_module_key_flags(command_line)
flags.DEFINE_string(
    "model", None, "Folder of a run or of an export, or a .keras file.", required=True
)
flags.DEFINE_string(
    "seeds", None, "Seeds of the samples, such as 1,2,5-9; by default 0-63, or 0-7 for each class."
)
flags.DEFINE_string("condition", None, "Classes of the samples, such as 0-9; by default all.")
flags.DEFINE_multi_string(
    "codes", [], "A code of all samples of the grid, such as category=3; repeatable."
)
flags.DEFINE_string("out", "samples", "Folder of the pictures.")
flags.DEFINE_string(
    "images_dir", None, "Folder of single PNG files, SEED.png or CLASS-SEED.png, in place of these."
)
flags.DEFINE_integer("columns", None, "Samples in a row of the grid.", lower_bound=1)
flags.DEFINE_integer("rows", 8, "Rows of each traversal, one for each latent.", lower_bound=1)
flags.DEFINE_integer("steps", 10, "Points on the path of a continuous code.", lower_bound=2)
flags.DEFINE_integer("frames", 16, "Frames from one sample to the next.", lower_bound=1)


def main(arguments: list[str]) -> None:
    """Writes `grid.png`, and for a run `traversal-CODE.png` and `interpolation.gif`."""
    codes = command_line.values(FLAGS.codes, "codes")
    exported = is_export(FLAGS.model)
    model = ExportedGenerator(FLAGS.model) if exported else load_model(FLAGS.model)
    classes = checked_classes(
        model, FLAGS.condition and command_line.numbers(FLAGS.condition, "condition")
    )
    default = "0-63" if classes is None else "0-7"
    seeds = command_line.numbers(FLAGS.seeds or default, "seeds")
    if FLAGS.images_dir:
        folder = local_path(FLAGS.images_dir, "images_dir")
        print(f"{write_images(model, seeds, classes, codes, folder)} images  {folder}")
        return
    out = local_path(FLAGS.out, "out")
    picture = sample_grid(model, seeds, classes, codes)
    written = [visualization.save_picture(picture, out / "grid.png")]
    if not exported:
        written += draw_paths(model, seeds, classes, out)
    print("\n".join(map(str, written)))


def sample_grid(
    model: Any, seeds: list[int], classes: list[int] | None, codes: dict[str, Any]
) -> np.ndarray:
    """Draws a sample for each seed, in a row for each class if there are classes."""
    if classes is None:
        return visualization.grid(samples_of_seeds(model, seeds, None, codes), FLAGS.columns)
    labels = np.repeat(classes, len(seeds))
    samples = samples_of_seeds(model, seeds * len(classes), labels, codes)
    if not isinstance(samples, dict) and samples.ndim == 2:
        return visualization.scatter(samples, labels=labels)
    return visualization.grid(samples, FLAGS.columns or len(seeds))


def samples_of_seeds(model: Any, seeds: list[int], labels: Any, codes: dict[str, Any]) -> Any:
    """Generates the sample of each seed, as `generate(1, seed)`, with its label and these codes."""
    if isinstance(model, ExportedGenerator):
        return model.samples_of_seeds(seeds, labels, codes)
    latents = model.with_codes(model.latents_of_seeds(seeds), codes)
    return visualization.samples_from_latents(model, latents, labels)


def write_images(
    model: Any,
    seeds: list[int],
    classes: list[int] | None,
    codes: dict[str, Any],
    folder: pathlib.Path,
) -> int:
    """Writes the sample of each seed, and of each class if there are classes, as a PNG file.

    Returns:
        The number of images.

    Raises:
        ValueError: If samples are not images of 1, 3 or 4 channels.
    """
    labelled: list[int | None] = [None] if classes is None else [*classes]
    shown = [(label, seed) for label in labelled for seed in seeds]
    width = len(str(max(seeds)))
    for start in range(0, len(shown), _BATCH):
        part = shown[start : start + _BATCH]
        labels = None if classes is None else np.array([label for label, _ in part])
        samples = samples_of_seeds(model, [seed for _, seed in part], labels, codes)
        shape = sorted(samples) if isinstance(samples, dict) else samples.shape[1:]
        if len(shape) != 3 or shape[-1] not in (1, 3, 4):
            raise ValueError(f"--images_dir needs images, got samples of {shape}.")
        images = datasets.images.to_uint8(samples, value_range=_value_range(model))
        for (label, seed), image in zip(part, images, strict=True):
            name = f"{seed:0{width}d}.png" if label is None else f"{label}-{seed:0{width}d}.png"
            visualization.save_picture(image[..., 0] if shape[-1] == 1 else image, folder / name)
    return len(shown)


def _value_range(model: Any) -> tuple[float, float] | None:
    """Returns the range of a model's images; an export's are in [-1, 1]."""
    return getattr(model, "value_range", (-1.0, 1.0))


def draw_paths(
    model: Any, seeds: list[int], classes: list[int] | None, out: pathlib.Path
) -> list[pathlib.Path]:
    """Draws traversals of all codes, and an interpolation of the latents of the first seeds."""
    row_classes, frame_class = None, None
    if classes is not None:
        row_classes, frame_class = np.resize(classes, FLAGS.rows), classes[0]
    paths = visualization.code_traversal(
        model, FLAGS.rows, FLAGS.steps, seed=seeds[0], conditions=row_classes
    )
    written = [
        visualization.save_picture(picture, out / f"traversal-{name}.png")
        for name, picture in paths.items()
    ]
    if len(seeds) > 1:
        frames = visualization.interpolation(model, seeds[:8], FLAGS.frames, frame_class)
        written.append(visualization.save_animation(frames, out / "interpolation.gif"))
    return written


if __name__ == "__main__":
    command_line.run(main)
