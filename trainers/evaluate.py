"""Compares systems by one protocol; writes a table, pictures and a JSON record.

python -m trainers.evaluate --suite=mode_coverage            which recipes lose modes, 40 minutes
python -m trainers.evaluate --suite=mode_coverage --quick    the same in a twentieth of the steps
python -m trainers.evaluate --suite=images --files_dir=DATA  sample grids of every recipe
python -m trainers.evaluate --suite=quality --files_dir=DATA all measures of every image recipe
python -m trainers.evaluate --suite=mutual_information       estimators where I is known, 30 minutes
python -m trainers.evaluate --suite=information              the claims of docs/information.md
python -m trainers.evaluate --suite=disentanglement          codes and known factors, 25 minutes
python -m trainers.evaluate --suite=clustering --dataset=mnist --files_dir=DATA
                                                             codes and classes
python -m trainers.evaluate --suite=conditional --dataset=mnist --files_dir=DATA
                                                             samples and their requested classes
python -m trainers.evaluate --suite=multimodal --files_dir=DATA
                                                             a shared code of pictures and sounds

A suite may be spread over machines with a common folder: `--shard=1/8` to `--shard=8/8` in eight
programs, as by a job array, and then the same command with `--merge`; or `--cluster=tcp://HOST:8786`,
a dask scheduler whose workers have one thread each.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from absl import flags

from tfgan_it.errors import unknown_name
from tfgan_it.files import local_path
from trainers import command_line

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(command_line)
flags.DEFINE_string(
    "suite",
    None,
    "mode_coverage, images, quality, mutual_information, information, disentanglement, clustering, "
    "conditional or multimodal.",
    required=True,
)
flags.DEFINE_bool("quick", False, "Run a short test with fewer steps and one seed.")
flags.DEFINE_list("recipes", None, "Names of systems, joined by commas; by default all.")
flags.DEFINE_string("seeds", "0-2", "Seeds of the runs of each system, such as 0,1,5-9.")
flags.DEFINE_integer("workers", None, "Parallel runs; by default one per core.", lower_bound=1)
flags.DEFINE_string(
    "shard", None, "Run only a part of the runs, such as 2/8; each shard records by itself."
)
flags.DEFINE_bool("merge", False, "Run nothing; make the table of what all shards have recorded.")
flags.DEFINE_string("cluster", None, "Address of a dask scheduler, whose workers run everything.")
flags.DEFINE_string("dataset", "mnist", "Labelled images, for clustering and conditional.")
flags.DEFINE_bool("imbalanced", False, "Sample the class shares, for clustering.")
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.")
flags.DEFINE_string("out", None, "Folder of the results; by default results/SUITE[-quick].")


def suite_module(name: str) -> ModuleType:
    """Imports a module of `experiments.suites`, which a checkout has and the wheel does not.

    Raises:
        ImportError: If there is no checkout in the search path.
    """
    try:
        return importlib.import_module(f"experiments.suites.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "experiments":
            raise
        raise ImportError(
            "The suites are in the folder experiments/ of the repository, not in the wheel: run "
            "python -m trainers.evaluate from a checkout."
        ) from None


def _suite(name: str, *more: str) -> Callable[..., str]:
    """Returns `run` of a suite, which takes the flags `more` after those of all suites."""

    def run(*arguments: Any) -> str:
        values = [FLAGS[flag].value for flag in more]
        return suite_module(f"{name}_suite").run(*arguments, *values)

    return run


SUITES: dict[str, Callable[..., str]] = {
    "mode_coverage": _suite("mode_coverage"),
    "images": _suite("images", "files_dir"),
    "quality": _suite("quality", "files_dir"),
    "mutual_information": _suite("mutual_information"),
    "information": _suite("information"),
    "multimodal": _suite("multimodal", "files_dir"),
    "disentanglement": _suite("disentanglement"),
    "clustering": _suite("clustering", "dataset", "imbalanced", "files_dir"),
    "conditional": _suite("conditional", "dataset", "files_dir"),
}


def main(arguments: list[str]) -> None:
    """Runs the suite and prints its table."""
    if FLAGS.suite not in SUITES:
        raise unknown_name("suite", FLAGS.suite, SUITES)
    name = FLAGS.suite + ("-quick" if FLAGS.quick else "")
    out = local_path(FLAGS.out or f"results/{name}", "out")
    seeds = list(dict.fromkeys(command_line.numbers(FLAGS.seeds, "seeds")))
    seeds = seeds[:1] if FLAGS.quick else seeds
    names = list(dict.fromkeys(FLAGS.recipes or ()))
    engine = suite_module("engines").engine(FLAGS.workers, FLAGS.shard, FLAGS.cluster, FLAGS.merge)
    try:
        table = SUITES[FLAGS.suite](out, names or None, seeds, FLAGS.quick, engine)
    except suite_module("jobs").ShardEnded as ended:
        print(ended)
        return
    print(f"{table}\nresults  {out}")


if __name__ == "__main__":
    command_line.run(main)
