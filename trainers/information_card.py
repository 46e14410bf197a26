"""The information card of a run or of a `.keras` file, as a table, a picture and a record."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

from absl import flags

from tfgan_it import datasets, estimators, metrics, visualization
from tfgan_it.files import local_path, write_json
from tfgan_it.metrics.information_card import check_card

from .conditions import conditions_of
from .reports.findings import loaded_data
from .run_directory import RunDirectory, load_model, provenance
from .training import label_classifier


def print_card(values: flags.FlagValues, path: pathlib.Path) -> None:
    """Prints the card; with `--out` and `--picture`, also writes it.

    Args:
        values: Flags of `trainers.card`.
        path: Folder of a run, or a `.keras` file.

    Raises:
        FileNotFoundError: If there is no such file or data set.
        ValueError: If the data are others than in training, or the model has no card, see
            `metrics.information_card`.
    """
    if values.dataset is None:
        data = loaded_data(RunDirectory(path))
    else:
        data = datasets.load(values.dataset, files_dir=values.files_dir)
    model = load_model(path)
    if isinstance(data, datasets.TextDataset):
        raise ValueError(
            f"{data.name} is of texts: the card measures images, videos, sounds and points."
        )
    conditions = conditions_of(model, data)[1]
    check_card(model, data.test_images, conditions)
    # Not of several modalities.
    several = isinstance(data.train_images, Mapping)
    classifier, protocol = (None, {}) if several else label_classifier(data)
    card = metrics.information_card(
        model,
        data.test_images,
        classifier=classifier,
        conditions=conditions,
        samples=values.samples,
        probe=estimators.DensityRatioEstimator(steps=values.probe_steps, seed=values.seed),
        gilbo_samples=values.gilbo_samples,
        gilbo_steps=values.gilbo_steps,
        seed=values.seed,
    )
    print(f"{path}, step {card.protocol['step']}, beside the test split of {data.name}")
    print(card)
    if values.picture:
        visualization.save_picture(card.picture(), local_path(values.picture, "picture"))
    if values.out:
        record = {"source": str(path), "dataset": data.name, "split": "test", **card.as_dict()}
        record["protocol"] = {**record["protocol"], **protocol}
        write_json(local_path(values.out, "out"), {**record, **provenance()})
