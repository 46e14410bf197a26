"""Compares systems by one protocol; writes a table, pictures and a JSON record.

python -m trainers.evaluate --suite=mode_coverage            which recipes lose modes, 40 minutes
python -m trainers.evaluate --suite=mode_coverage --quick    the same in a twentieth of the steps
python -m trainers.evaluate --suite=quality --files_dir=DATA all measures of every image recipe
python -m trainers.evaluate --suite=mutual_information       losses where I is known, 30 minutes
python -m trainers.evaluate --suite=known_information        the one call, and other libraries
python -m trainers.evaluate --suite=pixels --files_dir=DATA  information of known size in images
python -m trainers.evaluate --suite=information              the claims of docs/information.md
python -m trainers.evaluate --suite=disentanglement          codes and known factors, 25 minutes
python -m trainers.evaluate --suite=clustering --dataset=mnist --files_dir=DATA
                                                             codes and classes
python -m trainers.evaluate --suite=conditional --dataset=mnist --files_dir=DATA
                                                             samples and their requested classes
python -m trainers.evaluate --suite=translation --precision=float32 --files_dir=DATA
                                                             images of images, with baselines
python -m trainers.evaluate --suite=text_to_image --precision=float32 --files_dir=DATA
                                                             emoji drawn from their names
python -m trainers.evaluate --suite=multimodal --files_dir=DATA
                                                             a shared code of pictures and sounds
python -m trainers.evaluate --suite=editing --files_dir=DATA real digits with another category
python -m trainers.evaluate --suite=waveform --files_dir=DATA
                                                             spoken digits of labels and of codes
python -m trainers.evaluate --suite=video                    codes of content and motion

A suite may be spread over machines with a common folder: `--shard=1/8` to `--shard=8/8` in eight
programs, as by a job array, and then the same command with `--merge`; or `--cluster=tcp://HOST:8786`,
a dask scheduler whose workers have one thread each.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from absl import flags

from tfgan_it.errors import missing_package, unknown_name
from tfgan_it.files import local_path

from . import command_line
from .library import import_whole
from .literals import numbers

# What each suite takes besides what all take.
SUITES: dict[str, tuple[str, ...]] = {
    "mode_coverage": (),
    "quality": ("files_dir", "precision"),
    "mutual_information": (),
    "known_information": (),
    "pixels": ("files_dir",),
    "information": (),
    "multimodal": ("files_dir",),
    "disentanglement": (),
    "clustering": ("dataset", "imbalanced", "files_dir", "precision"),
    "conditional": ("dataset", "files_dir", "precision"),
    "translation": ("files_dir", "precision"),
    "text_to_image": ("files_dir", "precision"),
    "editing": ("files_dir",),
    "waveform": ("files_dir",),
    "video": ("precision",),
}
FLAGS = flags.FlagValues()
_PROTOCOL = command_line.group(FLAGS, "protocol")
flags.DEFINE_string("suite", None, f"One of {', '.join(SUITES)}.", required=True, **_PROTOCOL)
flags.DEFINE_bool("quick", False, "Run a short test with fewer steps and one seed.", **_PROTOCOL)
flags.DEFINE_list(
    "recipes", None, "Names of systems, joined by commas; by default all.", **_PROTOCOL
)
flags.DEFINE_string(
    "seeds", "0-2", "Seeds of the runs of each system, such as 0,1,5-9.", **_PROTOCOL
)
flags.DEFINE_enum(
    "precision",
    "mixed_bfloat16",
    ["float32", "mixed_bfloat16"],
    "Keras dtype policy, for quality, clustering and conditional; float32 is faster on processors "
    "without instructions for bfloat16.",
    **_PROTOCOL,
)
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_string("dataset", "mnist", "Labelled images, for clustering and conditional.", **_DATA)
flags.DEFINE_bool("imbalanced", False, "Sample the class shares, for clustering.", **_DATA)
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.", **_DATA)
_WORKERS = command_line.group(FLAGS, "workers")
flags.DEFINE_integer(
    "workers", None, "Parallel runs; by default one per core.", lower_bound=1, **_WORKERS
)
flags.DEFINE_string(
    "shard",
    None,
    "Run only a part of the runs, such as 2/8; each shard records by itself.",
    **_WORKERS,
)
flags.DEFINE_bool(
    "merge", False, "Run nothing; make the table of what all shards have recorded.", **_WORKERS
)
flags.DEFINE_string(
    "cluster",
    None,
    "Address of a dask scheduler, whose workers run everything.",
    **_WORKERS,
)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string(
    "out", None, "Folder of the results; by default results/SUITE[-quick].", **_OUTPUT
)


def suite_module(name: str) -> ModuleType:
    """Imports a module of `experiments.suites`, which a checkout has and the wheel does not.

    Raises:
        ImportError: If there is no checkout in the search path, or no Matplotlib for its pictures.
    """
    try:
        return importlib.import_module(f"experiments.suites.{name}")
    except ModuleNotFoundError as error:
        if f"{error.name}".partition(".")[0] == "matplotlib":
            raise missing_package(f"The suite {name}", "Matplotlib", "plots") from None
        if error.name is None or error.name.split(".")[0] != "experiments":
            raise
        raise ImportError(
            "The suites are in the folder experiments/ of the repository, not in the wheel: run "
            "python -m trainers.evaluate from a checkout."
        ) from None


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Runs the suite and prints its table."""
    if values.suite not in SUITES:
        raise unknown_name("suite", values.suite, SUITES)
    name = values.suite + ("-quick" if values.quick else "")
    out = local_path(values.out or f"results/{name}", "out")
    seeds = list(dict.fromkeys(numbers(values.seeds, "seeds")))
    seeds = seeds[:1] if values.quick else seeds
    names = list(dict.fromkeys(values.recipes or ()))
    import_whole()
    engine = suite_module("engines").engine(
        values.workers, values.shard, values.cluster, values.merge
    )
    run = suite_module(f"{values.suite}_suite").run
    more = [values[flag].value for flag in SUITES[values.suite]]
    try:
        table = run(out, names or None, seeds, values.quick, engine, *more)
    except suite_module("jobs").ShardEnded as ended:
        print(ended)
        return
    print(f"{table}\nresults  {out}")


PROGRAM = command_line.Program("evaluate", __doc__, FLAGS, main)

if __name__ == "__main__":
    command_line.run(PROGRAM)
