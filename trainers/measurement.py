"""Comparison of generated samples with real ones, as a table, a picture and a record."""

from __future__ import annotations

import numpy as np
from absl import flags

from tfgan_it import datasets, metrics, visualization
from tfgan_it.files import local_path, write_json
from tfgan_it.metrics.sample_quality import (
    Features,
    Measurement,
    SampleComparison,
    check_sample_numbers,
)

from .run_directory import provenance
from .sample_features import chosen_features, features_width
from .sample_sources import CachedFeatures, SampleSource, sample_source


def compare(values: flags.FlagValues, name: str, reference_name: str) -> None:
    """Prints a table of all measures; with `--out`, also writes them.

    Args:
        values: Flags of `trainers.measure`.
        name: Source of the samples.
        reference_name: Source of the real samples.

    Raises:
        ValueError: If their samples have different shapes, or are too few for a measure of
            `--metrics`.
    """
    common = {"seed": values.seed, "files_dir": values.files_dir}
    reference = sample_source(reference_name, values.samples, test=True, **common)
    generated = sample_source(name, values.samples, **common)
    if generated.samples.shape[1:] != reference.samples.shape[1:]:
        raise ValueError(
            f"{name} has samples of {generated.samples.shape[1:]}, {reference_name} of "
            f"{reference.samples.shape[1:]}: give both one shape."
        )
    generated = generated.stored_as(reference)
    choice = values.features or _features_for(reference)
    if values.metrics:
        numbers = {"real": len(reference.samples), "generated": len(generated.samples)}
        if reference.training is not None:
            numbers["training"] = min(len(reference.training), len(generated.samples))
        width = features_width(choice, reference.samples.shape[1:])
        check_sample_numbers(values.metrics, width, numbers)
    chosen = chosen_features(
        choice,
        reference_name,
        reference.training if reference.training is not None else reference.samples,
        reference.training_labels,
        steps=values.feature_steps,
        seed=values.seed,
    )
    features = CachedFeatures(chosen, values.cache_dir)
    comparison = SampleComparison(
        reference.samples,
        features=features,
        measures=values.metrics,
        training=reference.training,
    )
    measured = comparison(generated.samples)
    print(f"{generated.description}\nagainst {reference.description}, features {features.name}")
    print(table(measured))
    for line in comparison.incomplete():
        print(line)
    if values.picture:
        visualization.save_picture(
            nearest_pairs(reference, generated, features), local_path(values.picture, "picture")
        )
    if values.out:
        record = {
            "generated": generated.description,
            "real": reference.description,
            "features": features.name,
            "measures": {key: value.as_dict() for key, value in measured.items()},
            "left_out": comparison.left_out,
            "without_floor": comparison.without_floor,
        }
        write_json(local_path(values.out, "out"), {**record, **provenance()})


def _features_for(reference: SampleSource) -> str:
    """Returns the features of samples for which none are asked: those that they allow."""
    labels, rank = reference.training_labels, reference.samples.ndim
    if rank == 4:
        return "self_supervised" if labels is None else "supervised"
    return "supervised" if rank == 3 and labels is not None else "pixels"


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

    The number of samples of a floor is shown if it is another than that of generated samples, and
    `-` for a ratio to a floor that may be 0.

    Example:

    >>> print(table({"mind": Measurement("mind", 3.0, 0.5, 100, 100, floor=1.5)}))
    measure                       value    std error        real samples   ratio
    mind                              3          0.5                 1.5       2
    """
    rows: list[tuple[str, ...]] = [("measure", "value", "std error", "real samples", "ratio")]
    for name, score in measured.items():
        numbers: list[float | None] = [score.value, score.standard_error, score.floor, score.ratio]
        value, error, floor, ratio = (
            "" if number is None else f"{number:.4g}" for number in numbers
        )
        if score.other_n_floor is not None:
            floor += f" (n={score.n_floor})"
        if floor:
            ratio = ratio or "-"
        rows.append((name, value, error, floor, ratio))
    return "\n".join(f"{a:<22}{b:>13}{c:>13}{d:>20}{e:>8}" for a, b, c, d, e in rows)
