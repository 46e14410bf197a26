"""What the networks of a run are told of each sample: nothing, or its label."""

from __future__ import annotations

import inspect
from typing import Any

from tfgan_it import datasets, recipes

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


def labels_as_conditions(data: Data, condition: str | None) -> tuple[Any, Any]:
    """Labels of the training and of the test samples; None where networks are told nothing.

    Raises:
        ValueError: the data set has no labels, or all are one.
    """
    if condition is None:
        return None, None
    if data.train_labels is None or data.test_labels is None or (data.num_classes or 0) < 2:
        raise ValueError(f"--condition={condition}: {data!r} has no classes to tell apart.")
    return data.train_labels, data.test_labels
