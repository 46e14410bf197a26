"""The features with which a program measures samples: by name, trained, or from a file."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tfgan_it import metrics
from tfgan_it.files import local_path
from tfgan_it.metrics.sample_quality import FeatureNetwork, Features

from .quality_names import INCEPTION_2015, KERAS_INCEPTION, KINDS, check_features
from .run_directory import dataset_name


def chosen_features(
    choice: str,
    dataset: str,
    images: np.ndarray,
    labels: np.ndarray | None,
    *,
    steps: int,
    seed: int = 0,
) -> Features:
    """Returns the features of a name, trained where they need training.

    Args:
        choice: `pixels`, a kind of network, `inception_2015=FILE`, `keras_inception_v3` or
            `keras_inception_v3=FILE` with weights from a file, or the path of a `.keras` file.
        dataset: Name of the data set, for the name of the features.
        images: Training images `(n, height, width, channels)`.
        labels: Their labels `(n,)`, or None.
        steps: Number of training steps.
        seed: Seed of the training.

    Raises:
        ValueError: If the choice is unknown, or supervised features have no labels.
    """
    check_features(choice)
    if choice == "pixels":
        return metrics.Pixels()
    name, _, weights = choice.partition("=")
    if name == KERAS_INCEPTION:
        return metrics.KerasInception(weights or "imagenet")
    if name == INCEPTION_2015:
        return metrics.Inception2015(weights)
    if choice.endswith(".keras"):
        return FeatureNetwork.load(choice, local_path(choice).stem)
    if choice != "random":
        print(
            f"training {choice} features of {dataset}, {steps} steps; --features=FILE takes "
            "trained ones",
            flush=True,
        )
    return trained_features(choice, dataset, images, labels, steps=steps, seed=seed)


def features_width(choice: str, shape: Sequence[int]) -> int:
    """Returns the number of features of a choice, of samples of a shape, without training them.

    Raises:
        ValueError: If the choice is a file that is not one of features.
    """
    if choice == "pixels":
        return math.prod(shape)
    if choice.endswith(".keras"):
        return FeatureNetwork.load(choice).network_.output_shape[-1]
    return 4 * FeatureNetwork().width if choice in KINDS else 2048  # Those of Inception.


def trained_features(
    kind: str,
    dataset: str,
    images: np.ndarray,
    labels: np.ndarray | None,
    *,
    steps: int,
    seed: int = 0,
) -> FeatureNetwork:
    """Trains a kind of features; the arguments are those of `chosen_features`.

    Raises:
        ValueError: If supervised features have no labels, or samples are not images.
    """
    if kind == "supervised" and labels is None:
        raise ValueError(f"{dataset} has no labels: use self_supervised features.")
    network = FeatureNetwork(
        f"{dataset_name(dataset)}_{kind}_cnn", steps=0 if kind == "random" else steps, seed=seed
    )
    return network.fit(images, labels if kind == "supervised" else None)
