"""Recipes that are another recipe with other defaults."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Recipe = TypeVar("Recipe", bound=Callable[..., Any])


def variant_of(
    parent: Callable[..., Any], *, drop: Sequence[str] = (), **defaults: Any
) -> Callable[[Recipe], Recipe]:
    """Makes a recipe of a function that passes its `**hyperparameters` on to `parent`.

    `defaults` are those of the parent's hyperparameters that differ, `drop` names those that
    the recipe sets itself. The signature shows all that are left, the parent's too, so that what
    reads signatures, such as the trainers' `--set`, sees them. The model is named after the recipe.

    Example:

    >>> def shout(text, *, times=1, name="shout"):
    ...     return f"{name}: {text * times}"
    >>> @variant_of(shout, times=2)
    ... def yell(text, *, end="!", **hyperparameters):
    ...     return shout(text + end, **hyperparameters)
    >>> yell("a"), str(inspect.signature(yell))
    ('yell: a!a!', "(text, *, end='!', times=2, name='yell')")
    """

    def decorate(recipe: Recipe) -> Recipe:
        own = inspect.signature(recipe).parameters
        inherited = inspect.signature(parent).parameters
        assert inherited.keys() >= {*defaults, *drop}, "not a hyperparameter of the parent"
        changed = {**defaults, "name": recipe.__name__}

        @functools.wraps(recipe)
        def variant(*args: Any, **hyperparameters: Any) -> Any:
            return recipe(*args, **{**changed, **hyperparameters})

        passed_on = [
            parameter.replace(default=changed.get(name, parameter.default))
            for name, parameter in inherited.items()
            if name not in own and name not in drop
        ]
        named = [parameter for parameter in own.values() if parameter.kind is not _KEYWORDS]
        variant.__signature__ = inspect.Signature(
            sorted([*named, *passed_on], key=lambda parameter: parameter.kind)
        )
        return variant

    return decorate


_KEYWORDS = inspect.Parameter.VAR_KEYWORD
