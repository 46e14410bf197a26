"""Trains the features of a data set with which samples are measured, and writes them to a file.

python -m trainers.features mnist --files_dir=raw            features/mnist_supervised_cnn.keras
python -m trainers.features images/ --kind=self_supervised   without labels
python -m trainers.measure samples/ mnist --features=features/mnist_supervised_cnn.keras

With the same file, numbers of different runs and programs are comparable: its name and the hash of
its weights are part of each.
"""

from __future__ import annotations

from absl import flags

from tfgan_it import datasets
from tfgan_it.checks import check_choice
from tfgan_it.files import local_path
from trainers import command_line
from trainers.sample_features import KINDS, trained_features

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(command_line)
flags.DEFINE_string(
    "kind",
    "supervised",
    "supervised, which learns the labels; self_supervised, which learns the information that two "
    "views of an image share; or random, a control with random weights.",
)
flags.DEFINE_integer("steps", 3000, "Number of training steps.", lower_bound=1)
flags.DEFINE_integer("seed", 0, "Seed of weights, views and order.", lower_bound=0)
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.")
flags.DEFINE_string("out", None, "File; by default features/DATASET_KIND_cnn.keras.")

POSITIONAL = ("DATASET",)


def main(arguments: list[str]) -> None:
    """Trains and writes the features."""
    _, dataset = arguments
    check_choice("kind", FLAGS.kind, KINDS)
    data = datasets.load(dataset, files_dir=FLAGS.files_dir)
    network = trained_features(
        FLAGS.kind,
        dataset,
        data.train_images,
        data.train_labels,
        steps=FLAGS.steps,
        seed=FLAGS.seed,
    )
    path = local_path(FLAGS.out or f"features/{network.label}.keras", "out")
    network.save(path)
    print(f"{network.name}\n{path}")


if __name__ == "__main__":
    command_line.run(main, POSITIONAL)
