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

from typing import Any

import numpy as np
from absl import flags

from tfgan_it import datasets, metrics, visualization
from tfgan_it.files import local_path, write_json
from tfgan_it.metrics.sample_quality import Features, Measurement
from trainers import command_line
from trainers.run_directory import provenance
from trainers.sample_features import HELP, chosen_features
from trainers.sample_sources import CachedFeatures, SampleSource, sample_source

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(command_line)
flags.DEFINE_list("metrics", None, "Names of measures, such as frechet_distance; by default all.")
flags.DEFINE_integer("samples", 5000, "Largest number of samples of each side.", lower_bound=20)
flags.DEFINE_string("features", "supervised", HELP)
flags.DEFINE_integer("feature_steps", 3000, "Training steps of the features.", lower_bound=1)
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.")
flags.DEFINE_integer("seed", 0, "Seed of samples, and of the features.", lower_bound=0)
flags.DEFINE_string("cache_dir", None, "Folder in which features are kept, by content; none.")
flags.DEFINE_string("out", None, "JSON file of the numbers and their protocol; none.")
flags.DEFINE_string(
    "picture",
    None,
    "PNG file of the generated samples that are nearest to a training sample, beside it; none.",
)

POSITIONAL = ("SAMPLES", "REFERENCE")


def main(arguments: list[str]) -> None:
    """Prints a table of all measures; with `--out`, also writes them."""
    _, name, reference_name = arguments
    common = {"seed": FLAGS.seed, "files_dir": FLAGS.files_dir}
    reference = sample_source(reference_name, FLAGS.samples, test=True, **common)
    generated = sample_source(name, FLAGS.samples, **common)
    if generated.samples.shape[1:] != reference.samples.shape[1:]:
        raise ValueError(
            f"{name} has samples of {generated.samples.shape[1:]}, {reference_name} of "
            f"{reference.samples.shape[1:]}: give both one shape."
        )
    generated = generated.stored_as(reference)
    chosen = chosen_features(
        FLAGS.features,
        reference_name,
        reference.training if reference.training is not None else reference.samples,
        reference.training_labels,
        steps=FLAGS.feature_steps,
        seed=FLAGS.seed,
    )
    features = CachedFeatures(chosen, FLAGS.cache_dir)
    measured = metrics.compare(
        reference.samples,
        generated.samples,
        features=features,
        measures=FLAGS.metrics,
        training=reference.training,
    )
    print(f"{generated.description}\nagainst {reference.description}, features {features.name}")
    print(table(measured))
    if FLAGS.picture:
        visualization.save_picture(
            nearest_pairs(reference, generated, features), local_path(FLAGS.picture, "picture")
        )
    if FLAGS.out:
        record = {
            "generated": generated.description,
            "real": reference.description,
            "features": features.name,
            "measures": {key: value.as_dict() for key, value in measured.items()},
        }
        write_json(local_path(FLAGS.out, "out"), {**record, **provenance()})


def nearest_pairs(
    reference: SampleSource, generated: SampleSource, features: Features, count: int = 32
) -> np.ndarray:
    """Draws the generated samples that are nearest to a training sample, each above it.

    Raises:
        ValueError: If the reference has no training split.
    """
    if reference.training is None:
        raise ValueError("--picture shows training samples, which the reference does not have.")
    distances, indices = metrics.nearest_training(
        features(reference.training), features(generated.samples)
    )
    closest = np.argsort(distances, kind="stable")[:count]
    to_uint8 = datasets.images.to_uint8
    upper, lower = generated.samples[closest], reference.training[indices[closest]]
    return visualization.pairs(to_uint8(upper), to_uint8(lower), columns=16)


def table(measured: dict[str, Measurement]) -> str:
    """Formats a row for each measure: value, standard error, floor, ratio to the floor.

    Example:

    >>> print(table({"mind": Measurement("mind", 3.0, 0.5, 100, 100, floor=1.5)}))
    measure                       value    std error  real samples   ratio
    mind                              3          0.5           1.5       2
    """
    rows: list[tuple[str, ...]] = [("measure", "value", "std error", "real samples", "ratio")]
    for name, score in measured.items():
        numbers: list[Any] = [score.value, score.standard_error, score.floor, score.ratio]
        texts = ("" if number is None else f"{number:.4g}" for number in numbers)
        rows.append((name, *texts))
    return "\n".join(f"{a:<22}{b:>13}{c:>13}{d:>14}{e:>8}" for a, b, c, d, e in rows)


if __name__ == "__main__":
    command_line.run(main, POSITIONAL)
