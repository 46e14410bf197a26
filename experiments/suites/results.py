"""What a suite leaves: its record, its table, and the features that its runs share."""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Callable
from typing import Any

from experiments.suites.jobs import PLACES
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.files import lock, replace_text, write_json
from tfgan_it.metrics.sample_quality import FeatureNetwork
from trainers.run_directory import provenance
from trainers.sample_features import trained_features

_SECONDS = 5.0  # Between two looks at whether another program has written the features.


def finished(out: pathlib.Path, summary: dict[str, Any], table: str) -> str:
    """Writes `results.json` and `table.md` to `out`.

    Args:
        out: Folder of the results.
        summary: What the suite found; versions and command are added, and the folders of this
            machine leave the jobs of `runs`.
        table: The table, in Markdown.

    Returns:
        The table.
    """
    summary = {**summary, **provenance()}
    if "runs" in summary:
        summary["runs"] = [_without_places(record) for record in summary["runs"]]
    write_json(out / "results.json", summary)
    replace_text(out / "table.md", table + "\n")
    return table


def features_file(
    out: pathlib.Path, name: str, load: Callable[[str], ImageDataset], steps: int
) -> str:
    """Returns the file of the features of a data set, those of a classifier of its labels.

    Args:
        out: Folder of the results.
        name: Name of the data set.
        load: Function from the name to the data set.
        steps: Steps of the classifier whose features they are.
    """

    def train() -> FeatureNetwork:
        data = load(name)
        arguments = name, data.train_images, data.train_labels
        return trained_features("supervised", *arguments, steps=steps)

    return stored_features(out, f"{name}_supervised_cnn", train)


def stored_features(out: pathlib.Path, name: str, train: Callable[[], FeatureNetwork]) -> str:
    """Returns the file of features, which are trained and written if it is not there.

    Of several programs, shards, one trains the features while the others wait for it.

    Args:
        out: Folder of the results.
        name: Name of the features.
        train: Function that trains them.
    """
    path = out / "features" / f"{name}.keras"
    path.parent.mkdir(parents=True, exist_ok=True)
    while not path.is_file():
        try:
            descriptor = lock(path.parent)
        except BlockingIOError:
            time.sleep(_SECONDS)
            continue
        try:
            if not path.is_file():
                train().save(path)
        finally:
            os.close(descriptor)
    return str(path)


def _without_places(record: dict[str, Any]) -> dict[str, Any]:
    if "job" not in record:
        return record
    job = {name: value for name, value in record["job"].items() if name not in PLACES}
    return {**record, "job": job}
