"""Conditions of a conditional GAN, inputs of both networks: classes, vectors, images, texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfgan_it.checks import check_integer, shown
from tfgan_it.conditions.condition import Condition
from tfgan_it.conditions.condition_dict import ConditionDict
from tfgan_it.conditions.from_seeds import conditions_from_seeds
from tfgan_it.conditions.image import Image
from tfgan_it.conditions.label import Label
from tfgan_it.conditions.text import Text
from tfgan_it.conditions.vector import Vector

__all__ = [
    "Condition",
    "ConditionDict",
    "Image",
    "Label",
    "Text",
    "Vector",
    "conditions_from_seeds",
    "get",
]


def get(identifier: Condition | int | Mapping[str, Any]) -> Condition:
    """Returns the condition for an identifier.

    Args:
        identifier: A condition; an integer K, for `Label(K)`; or a dict of those by name, for a
            `ConditionDict`.

    Raises:
        ValueError: If it is anything else.

    Example:

    >>> get(10)
    Label(classes=10)
    >>> get({"digit": 10, "position": Vector(2)}).shape
    {'digit': (10,), 'position': (2,)}
    """
    if isinstance(identifier, Condition):
        return identifier
    if isinstance(identifier, Mapping):
        return ConditionDict(**{name: get(part) for name, part in identifier.items()})
    try:
        classes = check_integer("", "conditions", identifier)
    except ValueError:
        raise ValueError(
            f"conditions must be a condition such as Label(10), a number of classes, or a dict of "
            f"those by name, got {shown(identifier)}."
        ) from None
    return Label(classes)
