"""Draws samples of a trained model: a grid, a traversal of each code, an animated interpolation.

python -m trainers.sample --model=runs/00000-infogan-digits
python -m trainers.sample --model=infogan.keras --seeds=1,2,5-9 --out=pictures
python -m trainers.sample --model=runs/00000-infogan-digits --codes=category=3
python -m trainers.sample --model=runs/00001-acgan-digits --condition=0-9
                                                       a row of the grid for each class
python -m trainers.sample --model=runs/00002-text_to_image-emoji --text="red heart"
python -m trainers.sample --model=saved_models/digits  an exported generator: only the grid
python -m trainers.sample --model=runs/00000-pix2pix-emoji_pairs --images=FOLDER
                                                       pictures of a folder, translated
python -m trainers.sample --model=runs/00000-dcgan-mnist --images_dir=images --seeds=0-4999
                                                       single images, for other programs
"""

from __future__ import annotations

from absl import flags

from . import command_line
from .library import import_whole
from .literals import numbers
from .literals import values as values_by_name
from .run_files import model_path

FLAGS = flags.FlagValues()
_MODEL = command_line.group(FLAGS, "model")
flags.DEFINE_string(
    "model", None, "Folder of a run or of an export, or a .keras file.", required=True, **_MODEL
)
_SAMPLES = command_line.group(FLAGS, "samples")
flags.DEFINE_string(
    "seeds",
    None,
    "Seeds of the samples, such as 1,2,5-9; by default 0-63, or 0-7 for each class.",
    **_SAMPLES,
)
flags.DEFINE_string(
    "condition", None, "Classes of the samples, such as 0-9; by default all.", **_SAMPLES
)
flags.DEFINE_multi_string(
    "text", [], "A text to draw, of a model that draws texts; repeatable.", **_SAMPLES
)
flags.DEFINE_multi_string(
    "codes",
    [],
    "A code of all samples of the grid, such as category=3; repeatable.",
    **_SAMPLES,
)
flags.DEFINE_string(
    "images",
    None,
    "Folder of pictures to translate, for a model that translates.",
    **_SAMPLES,
)
flags.DEFINE_enum(
    "to", "b", ["a", "b"], "Domain to translate to, for a model of both directions.", **_SAMPLES
)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string("out", "samples", "Folder of the pictures.", **_OUTPUT)
flags.DEFINE_string(
    "images_dir",
    None,
    "Folder of single PNG files in place of these: SEED.png, CLASS-SEED.png, or the names of "
    "--images.",
    **_OUTPUT,
)
flags.DEFINE_integer("columns", None, "Samples in a row of the grid.", lower_bound=1, **_OUTPUT)
flags.DEFINE_integer(
    "rows", 8, "Rows of each traversal, one for each latent.", lower_bound=1, **_OUTPUT
)
flags.DEFINE_integer(
    "steps", 10, "Points on the path of a continuous code.", lower_bound=2, **_OUTPUT
)
flags.DEFINE_integer("frames", 16, "Frames from one sample to the next.", lower_bound=1, **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Writes `grid.png`, and for a run `traversal-CODE.png` and `interpolation.gif`."""
    codes = values_by_name(values.codes, "codes")
    classes = numbers(values.condition, "condition") if values.condition else None
    if values.seeds:
        numbers(values.seeds, "seeds")
    model_path(values.model)
    import_whole()
    from .sampling import draw

    print(draw(values, codes, classes))


PROGRAM = command_line.Program("sample", __doc__, FLAGS, main)

if __name__ == "__main__":
    command_line.run(PROGRAM)
