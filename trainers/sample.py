"""Draws from a trained model: a grid, a traversal of each code, an animated interpolation.

python -m trainers.sample --model=runs/00000-infogan-digits
python -m trainers.sample --model=infogan.keras --seeds=1,2,5-9 --out=pictures
"""

from __future__ import annotations

import pathlib

from absl import flags

from tfgan_it import visualization
from trainers import command_line
from trainers.run_directory import load_model

FLAGS = flags.FLAGS
flags.DEFINE_string("model", None, "The folder of a run, or a .keras file.", required=True)
flags.DEFINE_string("seeds", "0-63", "One image for each, such as 1,2,5-9.")
flags.DEFINE_string("out", "samples", "Where the pictures go.")
flags.DEFINE_integer("columns", None, "Images in a row of the grid.", lower_bound=1)
flags.DEFINE_integer("rows", 8, "Latents that each traversal varies.", lower_bound=1)
flags.DEFINE_integer("steps", 10, "Points on the path of a continuous code.", lower_bound=2)
flags.DEFINE_integer("frames", 16, "Frames from one image to the next.", lower_bound=1)


def main(arguments: list[str]) -> None:
    """Writes `grid.png`, `traversal-CODE.png` and `interpolation.gif`."""
    seeds = command_line.seeds(FLAGS.seeds)
    model = load_model(FLAGS.model)
    out = pathlib.Path(FLAGS.out)
    images = model.predict(model.latents_of_seeds(seeds), verbose=0)
    written = [
        visualization.save_picture(visualization.grid(images, FLAGS.columns), out / "grid.png")
    ]
    paths = visualization.code_traversal(model, FLAGS.rows, FLAGS.steps, seed=seeds[0])
    for name, picture in paths.items():
        written.append(visualization.save_picture(picture, out / f"traversal-{name}.png"))
    if len(seeds) > 1:
        frames = visualization.interpolation(model, seeds[:8], FLAGS.frames)
        written.append(visualization.save_animation(frames, out / "interpolation.gif"))
    print("\n".join(map(str, written)))


if __name__ == "__main__":
    command_line.run(main)
