"""Recipes that are another recipe with other defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Recipe = TypeVar("Recipe", bound=Callable[..., Any])


def variant_of(parent: Callable[..., Any]) -> Callable[[Recipe], Recipe]:
    """Shows the parent's hyperparameters in the signature of a recipe that passes them on.

    What reads signatures, such as the trainers' `--set`, then sees all of them.
    """

    def decorate(recipe: Recipe) -> Recipe:
        own = inspect.signature(recipe).parameters
        passed_on = [p for p in inspect.signature(parent).parameters.values() if p.name not in own]
        named = [p for p in own.values() if p.kind is not p.VAR_KEYWORD]
        recipe.__signature__ = inspect.Signature(
            sorted([*named, *passed_on], key=lambda parameter: parameter.kind)
        )
        return recipe

    return decorate
