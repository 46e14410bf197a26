"""Recipes as variants of other recipes, and checks of the names of hyperparameters."""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tfgan_it.errors import unknown_name

Recipe = TypeVar("Recipe", bound=Callable[..., Any])
_KEYWORDS = inspect.Parameter.VAR_KEYWORD


def variant_of(
    parent: Callable[..., Any], *, drop: Sequence[str] = (), **defaults: Any
) -> Callable[[Recipe], Recipe]:
    """Decorates a recipe that passes its `**hyperparameters` to `parent`.

    The recipe's signature includes the parent's hyperparameters, for tools that read signatures,
    such as the trainers' `--set`. If `**hyperparameters` are typed by `Unpack` of a `TypedDict`
    (see `recipes.hyperparameters`), only the names in it are included. The model is named after
    the recipe.

    Args:
        parent: Recipe, or `recipes.build_gan`, that the function calls.
        drop: Hyperparameters of the parent that the recipe sets.
        **defaults: Defaults that differ from the parent's.

    Raises:
        ValueError: If the parent does not take a name; the message names the nearest.

    Example:

    >>> def shout(text, *, times=1, name="shout"):
    ...     return f"{name}: {text * times}"
    >>> @variant_of(shout, times=2)
    ... def yell(text, *, end="!", **hyperparameters):
    ...     return shout(text + end, **hyperparameters)
    >>> yell("a"), str(inspect.signature(yell))
    ('yell: a!a!', "(text, *, end='!', times=2, name='yell')")
    """
    inherited = inspect.signature(parent).parameters

    def decorate(recipe: Recipe) -> Recipe:
        parameters = inspect.signature(recipe).parameters
        typed = _typed_hyperparameters(recipe)
        for name in [*defaults, *drop, *(typed or ())]:
            if name not in inherited:
                raise unknown_name(f"hyperparameter of {_name(parent)}", name, inherited)
        changed = {**defaults, "name": _name(recipe)}

        @functools.wraps(recipe)
        def variant(*args: Any, **hyperparameters: Any) -> Any:
            return recipe(*args, **{**changed, **hyperparameters})

        passed_on = [
            parameter.replace(default=changed.get(name, parameter.default))
            for name, parameter in inherited.items()
            if name not in parameters and name not in drop and (typed is None or name in typed)
        ]
        named = [parameter for parameter in parameters.values() if parameter.kind is not _KEYWORDS]
        merged = sorted([*named, *passed_on], key=lambda parameter: parameter.kind)
        vars(variant)["__signature__"] = inspect.Signature(merged)
        return typing.cast("Recipe", refuse_unknown(variant))

    return decorate


def refuse_unknown(recipe: Recipe) -> Recipe:
    """Decorates a recipe to refuse names that are not in its signature, before it builds a model.

    Raises:
        TypeError: When called, if a name is unknown; the message lists the names and the nearest.

    Example:

    >>> @refuse_unknown
    ... def toy(shape, *, width=4, depth=2):
    ...     return shape
    >>> toy((2,), widht=8)
    Traceback (most recent call last):
    TypeError: Unknown hyperparameter of toy 'widht': use one of depth, width (nearest: width).
    """
    parameters = inspect.signature(recipe).parameters.values()
    if any(parameter.kind is _KEYWORDS for parameter in parameters):
        return recipe
    by_name = [p.name for p in parameters if p.kind is not inspect.Parameter.POSITIONAL_ONLY]
    keyword_only = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]

    @functools.wraps(recipe)
    def checked(*args: Any, **hyperparameters: Any) -> Any:
        for name in hyperparameters:
            if name not in by_name:
                error = unknown_name(f"hyperparameter of {_name(recipe)}", name, keyword_only)
                raise TypeError(str(error))
        return recipe(*args, **hyperparameters)

    return typing.cast("Recipe", checked)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", str(function))


def _typed_hyperparameters(recipe: Callable[..., Any]) -> set[str] | None:
    """Keys of the `TypedDict` of `**hyperparameters`; None if they are not typed by one."""
    for parameter in inspect.signature(recipe).parameters.values():
        hint = parameter.annotation
        if isinstance(hint, str) and "Unpack[" in hint:
            hint = eval(hint, vars(sys.modules[recipe.__module__]))
        if parameter.kind is _KEYWORDS and typing.get_origin(hint) is typing.Unpack:
            return set(typing.get_args(hint)[0].__annotations__)
    return None
