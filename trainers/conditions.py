"""What the networks of a run are told of each sample: nothing, or its label."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from tfgan_it import datasets, recipes
from tfgan_it.conditions import Label

Data = datasets.ImageDataset | datasets.PointDataset


def implied_condition(recipe: str) -> str | None:
    """`label` for a recipe whose networks take a condition, else None.

    Example:

    >>> implied_condition("acgan"), implied_condition("dcgan")
    ('label', None)
    """
    takes_some = "conditions" in inspect.signature(recipes.get(recipe)).parameters
    return "label" if takes_some else None


def check_condition(recipe: str, condition: str | None) -> None:
    """Refuses a condition that the networks of a recipe do not take.

    Raises:
        ValueError: names the recipes that take one.
    """
    if condition and implied_condition(recipe) is None:
        able = ", ".join(sorted(filter(implied_condition, recipes.RECIPES)))
        raise ValueError(
            f"--condition={condition}: the recipe {recipe} takes none; use one of {able}."
        )


def check_labels(data: Data, condition: str | None) -> None:
    """Refuses data without the labels that networks are to be told.

    Raises:
        ValueError: the data set has no labels, or all are one.
    """
    missing = data.train_labels is None or data.test_labels is None
    if condition and (missing or (getattr(data, "num_classes", None) or 0) < 2):
        raise ValueError(f"--condition={condition}: {data!r} has no classes to tell apart.")


def checked_classes(model: Any, classes: list[int] | None) -> list[int] | None:
    """The classes that a model is asked for, all of its where None are given; None without labels.

    Raises:
        ValueError: classes of a model that takes no label, or that it does not have; conditions
            that are not labels.
    """
    label = model.conditions
    if label is None and classes is None:
        return None
    if not isinstance(label, Label):
        takes = "takes no conditions" if label is None else f"takes {label.describe()}"
        raise ValueError(f"--condition asks for classes, but {model.name} {takes}.")
    if classes is None:
        return list(range(label.classes))
    label.check(np.array(classes), len(classes))
    return classes
