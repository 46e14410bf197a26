"""Trains the features of a data set with which samples are measured, and writes them to a file.

python -m trainers.features mnist --files_dir=raw            features/mnist_supervised_cnn.keras
python -m trainers.features images/ --kind=self_supervised   without labels
python -m trainers.measure samples/ mnist --features=features/mnist_supervised_cnn.keras

With the same file, numbers of different runs and programs are comparable: its name and the hash of
its weights are part of each.
"""

from __future__ import annotations

from absl import flags

from tfgan_it.files import local_path

from . import command_line
from .library import import_whole
from .quality_names import KINDS

FLAGS = flags.FlagValues()
_TRAINING = command_line.group(FLAGS, "training")
flags.DEFINE_enum(
    "kind",
    "supervised",
    KINDS,
    "supervised, which learns the labels; self_supervised, which learns the information that two "
    "views of an image share; or random, a control with random weights.",
    **_TRAINING,
)
flags.DEFINE_integer("steps", 3000, "Number of training steps.", lower_bound=1, **_TRAINING)
flags.DEFINE_integer("seed", 0, "Seed of weights, views and order.", lower_bound=0, **_TRAINING)
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.", **_DATA)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string("out", None, "File; by default features/DATASET_KIND_cnn.keras.", **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Trains and writes the features."""
    [dataset] = arguments
    import_whole()
    from tfgan_it import datasets

    from .sample_features import trained_features

    data = datasets.one_set(datasets.load(dataset, files_dir=values.files_dir))
    network = trained_features(
        values.kind,
        dataset,
        data.train_images,
        data.train_labels,
        steps=values.steps,
        seed=values.seed,
    )
    path = local_path(values.out or f"features/{network.label}.keras", "out")
    network.save(path)
    print(f"{network.name}\n{path}")


PROGRAM = command_line.Program("features", __doc__, FLAGS, main, positional=("DATASET",))

if __name__ == "__main__":
    command_line.run(PROGRAM)
