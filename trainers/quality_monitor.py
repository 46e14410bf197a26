"""Measures of sample quality while a run trains."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import keras

from tfgan_it import callbacks, datasets, distribution
from tfgan_it.files import local_path
from tfgan_it.metrics.sample_quality import FeatureNetwork, Features, check_sample_numbers

from .conditions import Data, conditions_of
from .quality_names import KINDS
from .run_directory import RunDirectory
from .sample_features import chosen_features, features_width


def feature_choice(options: Mapping[str, Any], data: Data) -> str:
    """Returns the choice of features for a data set, see `chosen_features`.

    Raises:
        ValueError: If the data set has no labels for supervised features, or is not of images.
    """
    choice, images = options["features"], len(data.sample_shape) == 3
    sounds = isinstance(data, datasets.SoundDataset)
    if choice is None:
        network = "self_supervised" if data.train_labels is None else "supervised"
        return network if images or (sounds and network == "supervised") else "pixels"
    if choice == "supervised" and data.train_labels is None:
        raise ValueError(f"--features=supervised: {data!r} has no labels; use self_supervised.")
    if choice in KINDS and not images and not (sounds and choice != "self_supervised"):
        raise ValueError(f"--features={choice} are of images: use --features=pixels for {data!r}.")
    return choice


def check_quality(options: Mapping[str, Any], data: Data) -> None:
    """Checks that the measures of the options can be computed, before a run is there.

    Raises:
        ValueError: As for `feature_choice`, or if there are too few samples for a measure.
    """
    n, data = options["metrics_samples"], datasets.one_set(data)
    real, training = (min(n, len(part)) for part in (data.test_images, data.train_images))
    check_sample_numbers(
        options["metrics"],
        features_width(feature_choice(options, data), data.sample_shape),
        {"real": real, "generated": n, "training": training},
    )


def quality_monitors(
    model: keras.Model,
    data: Data,
    options: Mapping[str, Any],
    run: RunDirectory,
    *,
    record: Callable[[dict[str, Any]], None],
    print_fn: Callable[[str], None],
) -> tuple[callbacks.SampleQuality | None, callbacks.StopOnPlateau | None]:
    """Builds the callbacks that measure sample quality on the test split, and end the run by it.

    Args:
        model: Compiled model.
        data: Data set of the run.
        options: Options of the run.
        run: Folder of the run, which keeps the features.
        record: As for `callbacks.SampleQuality`.
        print_fn: As for `callbacks.SampleQuality`.

    Returns:
        Each of them, or None without the option `metrics` or `patience`.
    """
    if not options["metrics"]:
        return None, None
    strategy = model.distribute_strategy
    quality = callbacks.SampleQuality(
        options["metrics_every"],
        data.test_images,
        features=run_features(data, options, run) if distribution.is_chief(strategy) else None,
        measures=options["metrics"],
        training=data.train_images,
        samples=options["metrics_samples"],
        conditions=conditions_of(model, data)[1],
        record=record,
        print_fn=print_fn,
        protocol={"split": "test"},
    )
    quality.done_at = run.last_recorded_step("sample_quality", model.trained_steps)
    if not options["patience"]:
        return quality, None
    # Of the first worker, whose folder others may not have: all must stop at the same step.
    state = run.checkpoint_metadata().get("plateau")
    state = json.loads(distribution.gather_texts(strategy, json.dumps(state))[0])
    plateau = callbacks.StopOnPlateau(
        options["keep_best"], options["patience"], print_fn=print_fn, state=state
    )
    return quality, plateau


def run_features(data: Data, options: Mapping[str, Any], run: RunDirectory) -> Features:
    """Returns the features of a run: those in its folder, or new ones, which are put there.

    A network that is trained again may differ in its last digits, and with it all measures. So a
    resumed run takes the network that it began with.
    """
    data = datasets.one_set(data)
    for path in sorted(run.features.glob("*.keras")):
        return FeatureNetwork.load(path, path.stem)
    features = chosen_features(
        feature_choice(options, data),
        options["dataset"],
        data.train_images,
        data.train_labels,
        steps=options["feature_steps"],
    )
    if isinstance(features, FeatureNetwork):
        features.save(local_path(run.features / f"{features.label}.keras"))
    return features


def last_quality(run: RunDirectory) -> dict[str, Any]:
    """Returns `{"sample_quality": RECORD}`, the last record of a run, or an empty dict."""
    records = run.records_of("sample_quality")
    return {"sample_quality": records[-1]} if records else {}
