"""Recipes that are another recipe with other defaults, and the names that a recipe takes."""

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
    """Makes a recipe of a function that passes its `**hyperparameters` on to `parent`.

    The signature shows all that the recipe takes, the parent's hyperparameters too, so that what
    reads signatures, such as the trainers' `--set`, sees them. Where `**hyperparameters` are typed
    by `Unpack` of a `TypedDict` (see `recipes.hyperparameters`), these are the parent's that it
    names, else all of them. The model is named after the recipe.

    Args:
        parent: The recipe, or `recipes.build_gan`, that the function calls.
        drop: Hyperparameters of the parent that the recipe sets itself.
        **defaults: Those of the parent's hyperparameters that differ.

    Raises:
        ValueError: a name that the parent does not take, with the nearest.

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
        own = inspect.signature(recipe).parameters
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
            if name not in own and name not in drop and (typed is None or name in typed)
        ]
        named = [parameter for parameter in own.values() if parameter.kind is not _KEYWORDS]
        shown = sorted([*named, *passed_on], key=lambda parameter: parameter.kind)
        vars(variant)["__signature__"] = inspect.Signature(shown)
        return typing.cast("Recipe", refuse_unknown(variant))

    return decorate


def refuse_unknown(recipe: Recipe) -> Recipe:
    """The recipe, which refuses names that its signature lacks before it builds anything.

    Raises:
        TypeError: when called, names the recipe, what is unknown, what it takes, the nearest.

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
    shown = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]

    @functools.wraps(recipe)
    def checked(*args: Any, **hyperparameters: Any) -> Any:
        for name in hyperparameters:
            if name not in by_name:
                error = unknown_name(f"hyperparameter of {_name(recipe)}", name, shown)
                raise TypeError(str(error))
        return recipe(*args, **hyperparameters)

    return typing.cast("Recipe", checked)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", str(function))


def _typed_hyperparameters(recipe: Callable[..., Any]) -> set[str] | None:
    """Keys of the `TypedDict` that types `**hyperparameters`; None where they are not typed so."""
    for parameter in inspect.signature(recipe).parameters.values():
        hint = parameter.annotation
        if isinstance(hint, str) and "Unpack[" in hint:
            hint = eval(hint, vars(sys.modules[recipe.__module__]))
        if parameter.kind is _KEYWORDS and typing.get_origin(hint) is typing.Unpack:
            return set(typing.get_args(hint)[0].__annotations__)
    return None
