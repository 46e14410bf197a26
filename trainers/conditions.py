"""Conditions of a run: none, or the labels of the samples."""

from __future__ import annotations

from typing import Any

from tfgan_it import datasets
from tfgan_it.conditions import Label

Data = datasets.DataSet


def check_labels(data: Data, condition: str | None) -> None:
    """Checks that the data set has the labels for a condition.

    Raises:
        ValueError: If it has no labels or fewer than two classes.
    """
    missing = data.train_labels is None or data.test_labels is None
    if condition and (missing or (getattr(data, "num_classes", None) or 0) < 2):
        raise ValueError(f"--condition={condition}: {data!r} has no classes to tell apart.")


def conditions_of(model: Any, data: Data) -> tuple[Any, Any]:
    """Returns conditions of training and of test samples; None if the model takes none."""
    return (None, None) if model.conditions is None else (data.train_labels, data.test_labels)


def checked_classes(model: Any, classes: list[int] | None) -> list[int] | None:
    """Returns the classes to generate, by default all of the model's; None without conditions.

    Raises:
        ValueError: If the model does not take labels or does not have such classes.
    """
    label = model.conditions
    if label is None and classes is None:
        return None
    if not isinstance(label, Label):
        takes = "takes no conditions" if label is None else f"takes {label.describe()}"
        raise ValueError(f"--condition asks for classes, but {model.name} {takes}.")
    if classes is None:
        return list(range(label.classes))
    if wrong := [number for number in classes if number >= label.classes]:
        raise ValueError(
            f"--condition={wrong[0]}: {model.name} has classes 0 to {label.classes - 1}."
        )
    return classes
