"""Recipes as variants of other recipes, and checks of their hyperparameters."""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tfgan_it.arguments import check_arguments
from tfgan_it.citations import find_citations, source_of
from tfgan_it.errors import unknown_name
from tfgan_it.models import GAN
from tfgan_it.recipes.optimizers import SETTINGS, check_settings, has_settings

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
            defaults = changed
            if has_settings(hyperparameters.get("optimizer")):
                defaults = {key: v for key, v in changed.items() if key not in SETTINGS}
            return recipe(*args, **{**defaults, **hyperparameters})

        passed_on = [
            parameter.replace(default=changed.get(name, parameter.default))
            for name, parameter in inherited.items()
            if name not in parameters and name not in drop and (typed is None or name in typed)
        ]
        named = [parameter for parameter in parameters.values() if parameter.kind is not _KEYWORDS]
        merged = sorted([*named, *passed_on], key=lambda parameter: parameter.kind)
        vars(variant)["__signature__"] = inspect.Signature(merged)
        return typing.cast("Recipe", checked_recipe(variant))

    return decorate


def checked_recipe(recipe: Recipe) -> Recipe:
    """Decorates a recipe to check its hyperparameters before anything is built.

    Names and values are checked by `tfgan_it.arguments`, and an optimiser object refuses settings
    that it has itself. The model gets the sources of the recipe, before those of what it varies.
    """
    citations = [str(citation) for citation in find_citations(source_of(recipe.__doc__))]

    @functools.wraps(recipe)
    def checked(*args: Any, **hyperparameters: Any) -> Any:
        check_settings(_name(recipe), hyperparameters)
        model = recipe(*args, **hyperparameters)
        if isinstance(model, GAN):
            model.citations = tuple(dict.fromkeys([*citations, *model.citations]))
        return model

    return check_arguments("hyperparameter")(typing.cast("Recipe", checked))


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
