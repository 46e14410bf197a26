"""The features with which a program measures samples: by name, trained, or from a file."""

from __future__ import annotations

import numpy as np

from tfgan_it import metrics
from tfgan_it.errors import unknown_name
from tfgan_it.files import local_path
from tfgan_it.metrics.sample_quality import FeatureNetwork, Features
from trainers.run_directory import dataset_name

KINDS = ("supervised", "self_supervised", "random")
INCEPTION = "keras_inception_v3"


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
        choice: `pixels`, one of `KINDS`, `keras_inception_v3` or `keras_inception_v3=FILE` with
            weights from a file, or the path of a `.keras` file.
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
    if choice.partition("=")[0] == INCEPTION:
        return metrics.KerasInception(choice.partition("=")[2] or "imagenet")
    if choice.endswith(".keras"):
        return FeatureNetwork.load(choice, local_path(choice).stem)
    return trained_features(choice, dataset, images, labels, steps=steps, seed=seed)


def check_features(choice: str) -> None:
    """Checks the name of features, or that their file exists.

    Raises:
        ValueError: If the name is unknown; names the nearest.
        FileNotFoundError: If there is no such file.
    """
    if choice.endswith(".keras"):
        if not local_path(choice).is_file():
            raise FileNotFoundError(f"No features in {choice}: there is no such file.")
    elif choice.partition("=")[0] not in (*KINDS, "pixels", INCEPTION):
        names = [*KINDS, "pixels", INCEPTION, f"{INCEPTION}=FILE", "FILE.keras"]
        raise unknown_name("features", choice, names)


def trained_features(
    kind: str,
    dataset: str,
    images: np.ndarray,
    labels: np.ndarray | None,
    *,
    steps: int,
    seed: int = 0,
) -> FeatureNetwork:
    """Trains features of one of `KINDS`; the arguments are those of `chosen_features`.

    Raises:
        ValueError: If supervised features have no labels, or samples are not images.
    """
    if kind == "supervised" and labels is None:
        raise ValueError(f"{dataset} has no labels: use self_supervised features.")
    network = FeatureNetwork(
        f"{dataset_name(dataset)}_{kind}_cnn", steps=0 if kind == "random" else steps, seed=seed
    )
    return network.fit(images, labels if kind == "supervised" else None)
