"""Measures generated samples against real ones: distances, coverage, variety, memorisation.

python -m trainers.measure runs/00000-dcgan-mnist mnist --files_dir=raw
python -m trainers.measure dcgan.keras images/ --features=self_supervised
python -m trainers.measure their_samples/ mnist --metrics=frechet_distance,coverage
                                                       samples of any other program, as images

The first argument is a run, a .keras file, an export, a folder of images, an .npz archive or a data
set; so is the second, the reference. Of a reference with a test split, samples are compared with
that, and its training split gives the floor, what real samples reach.
"""

from __future__ import annotations

from absl import flags

from . import command_line
from .library import import_whole
from .quality_names import HELP, check_features, check_measure_names

FLAGS = flags.FlagValues()
_MEASURES = command_line.group(FLAGS, "measures")
flags.DEFINE_list(
    "metrics", None, "Names of measures, such as frechet_distance; by default all.", **_MEASURES
)
flags.DEFINE_integer(
    "samples", 5000, "Largest number of samples of each side.", lower_bound=20, **_MEASURES
)
flags.DEFINE_string(
    "features",
    None,
    f"{HELP} By default supervised, without labels self_supervised, of points pixels.",
    **_MEASURES,
)
flags.DEFINE_integer(
    "feature_steps", 3000, "Training steps of the features.", lower_bound=1, **_MEASURES
)
flags.DEFINE_integer("seed", 0, "Seed of samples, and of the features.", lower_bound=0, **_MEASURES)
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.", **_DATA)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string(
    "cache_dir", None, "Folder in which features are kept, by content; none.", **_OUTPUT
)
flags.DEFINE_string("out", None, "JSON file of the numbers and their protocol; none.", **_OUTPUT)
flags.DEFINE_string(
    "picture",
    None,
    "PNG file of the generated samples that are nearest to a training sample, beside it; none.",
    **_OUTPUT,
)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Prints a table of all measures; with `--out`, also writes them."""
    check_measure_names(values.metrics)
    if values.features:
        check_features(values.features)
    import_whole()
    from .measurement import compare

    compare(values, *arguments)


PROGRAM = command_line.Program("measure", __doc__, FLAGS, main, positional=("SAMPLES", "REFERENCE"))

if __name__ == "__main__":
    command_line.run(PROGRAM)
