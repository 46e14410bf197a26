"""Compares systems: many runs by one protocol, a table, the pictures and a JSON record.

python -m trainers.evaluate --suite=mode_coverage            which recipes lose modes, 40 minutes
python -m trainers.evaluate --suite=mode_coverage --quick    the same in a twentieth of the steps
python -m trainers.evaluate --suite=images --files_dir=DATA  sample grids of every recipe
python -m trainers.evaluate --suite=mutual_information       estimators of a known I, 30 minutes
python -m trainers.evaluate --suite=information              the claims of docs/information.md
python -m trainers.evaluate --suite=disentanglement          codes and known factors, 25 minutes
python -m trainers.evaluate --suite=clustering --dataset=mnist --files_dir=DATA
                                                             whether the code is the class
python -m trainers.evaluate --suite=multimodal --files_dir=DATA
                                                             one code of a picture and a sound
"""

from __future__ import annotations

import pathlib

from absl import flags

from tfgan_it.names import unknown
from trainers import command_line
from trainers.suites import (
    clustering,
    disentanglement,
    images,
    information,
    jobs,
    mode_coverage,
    multimodal,
    mutual_information,
)

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "suite",
    None,
    "mode_coverage, images, mutual_information, information, disentanglement, clustering or "
    "multimodal.",
    required=True,
)
flags.DEFINE_bool("quick", False, "Fewer steps and one seed: to see that all works.")
flags.DEFINE_list("recipes", None, "Names, joined by commas; all that apply where left out.")
flags.DEFINE_string("seeds", "0-2", "One run of each system for each, such as 0,1,5-9.")
flags.DEFINE_integer("workers", jobs.usable_cores(), "Runs at a time.", lower_bound=1)
flags.DEFINE_string("dataset", "mnist", "Of the suite clustering: images with labels.")
flags.DEFINE_bool("imbalanced", False, "Of the suite clustering: draw the shares of classes.")
flags.DEFINE_string("files_dir", None, "Raw files of TensorFlow Datasets already on disk.")
flags.DEFINE_string("out", None, "Where results go; results/SUITE, with -quick where it is quick.")

SUITES = {
    "mode_coverage": mode_coverage.run,
    "images": lambda *arguments: images.run(*arguments, FLAGS.files_dir),
    "mutual_information": mutual_information.run,
    "information": information.run,
    "multimodal": lambda *arguments: multimodal.run(*arguments, FLAGS.files_dir),
    "disentanglement": disentanglement.run,
    "clustering": lambda *arguments: clustering.run(
        *arguments, FLAGS.dataset, FLAGS.imbalanced, FLAGS.files_dir
    ),
}


def main(arguments: list[str]) -> None:
    """Runs the suite and prints its table."""
    if FLAGS.suite not in SUITES:
        raise unknown("suite", FLAGS.suite, SUITES)
    name = FLAGS.suite + ("-quick" if FLAGS.quick else "")
    out = pathlib.Path(FLAGS.out or f"results/{name}")
    seeds = list(dict.fromkeys(command_line.seeds(FLAGS.seeds)))
    seeds = seeds[:1] if FLAGS.quick else seeds
    names = list(dict.fromkeys(FLAGS.recipes or ()))
    table = SUITES[FLAGS.suite](out, names or None, seeds, FLAGS.quick, FLAGS.workers)
    print(f"{table}\nresults  {out}")


if __name__ == "__main__":
    command_line.run(main)
