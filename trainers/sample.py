"""Draws samples of a trained model: a grid, a traversal of each code, an animated interpolation.

python -m trainers.sample --model=runs/00000-infogan-digits
python -m trainers.sample --model=infogan.keras --seeds=1,2,5-9 --out=pictures
python -m trainers.sample --model=runs/00000-infogan-digits --codes=category=3
python -m trainers.sample --model=runs/00001-acgan-digits --condition=0-9
                                                       a row of the grid for each class
python -m trainers.sample --model=saved_models/digits  an exported generator: only the grid
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
from absl import flags

from tfgan_it import visualization
from tfgan_it.files import local_path
from trainers import command_line
from trainers.conditions import checked_classes
from trainers.exported_generator import ExportedGenerator, is_export
from trainers.run_directory import load_model

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
