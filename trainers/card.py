"""Prints the information card of a model: all that is measured of it in nats, beside real samples.

python -m trainers.card runs/00000-infogan-digits
python -m trainers.card infogan --out=card.json --picture=card.png
                                        the only run in runs/ with that in its name
python -m trainers.card infogan.keras --dataset=digits

KL, reverse KL and JS of generated from real samples; what samples tell of codes, of latents and of
labels; their entropy; and how much codes depend on each other. Each has a 95 % interval, and stands
beside what one half of the real samples gives against the other. Real samples are those of the test
split. What cannot be said of the model is said in a line.
"""

from __future__ import annotations

import pathlib

from absl import flags

from tfgan_it.files import local_path

from . import command_line
from .library import import_whole
from .run_names import find_run

FLAGS = flags.FlagValues()
_MEASURES = command_line.group(FLAGS, "measures")
flags.DEFINE_integer(
    "samples", 1000, "Largest number of samples of each side.", lower_bound=20, **_MEASURES
)
flags.DEFINE_integer(
    "probe_steps", 3000, "Training steps of the density ratio.", lower_bound=1, **_MEASURES
)
flags.DEFINE_integer(
    "gilbo_samples",
    20_000,
    "Generated samples that train GILBO's encoder.",
    lower_bound=20,
    **_MEASURES,
)
flags.DEFINE_integer(
    "gilbo_steps", 3000, "Its training steps; 0 leaves GILBO out.", lower_bound=0, **_MEASURES
)
flags.DEFINE_integer("seed", 0, "Seed of samples and networks.", lower_bound=0, **_MEASURES)
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_string("dataset", None, "Data set of real samples; that of the run.", **_DATA)
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.", **_DATA)
flags.DEFINE_string("run_dir", "runs", "Folder in which a run is looked for by its name.", **_DATA)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string("out", None, "JSON file of the numbers and their protocol; none.", **_OUTPUT)
flags.DEFINE_string("picture", None, "PNG file of the card; none.", **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Prints the card; with `--out` and `--picture`, also writes it."""
    path = pathlib.Path(arguments[0])
    if path.suffix != ".keras":
        path = find_run(arguments[0], local_path(values.run_dir, "run_dir"))
    elif values.dataset is None:
        raise ValueError(f"{path} does not tell its data: give them by --dataset=NAME.")
    import_whole()
    from .information_card import print_card

    print_card(values, path)


PROGRAM = command_line.Program("card", __doc__, FLAGS, main, positional=("RUN",))

if __name__ == "__main__":
    command_line.run(PROGRAM)
