"""Hyperparameters of a recipe on the command line: `--set name=value`, and their help."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from tfgan_it.errors import nearest_names, unknown_name
from tfgan_it.synonyms import synonyms

from .literals import literal, pairs
from .recipe_table import Hyperparameter, Recipe, recipe_table
from .source_names import names_in_source

# Seed, compiler and condition have flags, the recipe sets the name, the trainer the execution.
_NOT_HYPERPARAMETERS = frozenset(
    ["seed", "name", "jit_compile", "conditions", "run_eagerly", "steps_per_execution"]
)
_KINDS = {
    "int": ("a whole number", 1),
    "float": ("a number", 1.0),
    "str": ("a name", None),
    "bool": ("True or False", None),
}
# File of the library, its names of a hyperparameter, and others that the library itself answers.
_CHOICES: dict[str, tuple[str, ...]] = {
    "augmentation": ("augmentation/registry.py", "AUGMENTATIONS"),
    "divergence": ("information/f_divergences.py", "DIVERGENCES"),
    "encoder": ("networks/infogan.py", "ENCODERS"),
    "latent": ("recipes/composition.py", "LATENTS"),
    "loss": ("losses/games/registry.py", "ADVERSARIAL_LOSSES", "ALIASES", "NEAREST"),
    "prior": ("recipes/infogan.py", "PRIORS"),
    "reduce_dtype": ("models/compilation.py", "REDUCE_DTYPES"),
    "schedule": ("recipes/optimizers.py", "SCHEDULES"),
    "views_of": ("recipes/regularized_infogan.py", "VIEWS_OF"),
}
# What a text can give, in the annotation of a hyperparameter that also takes objects.
_OF_TEXTS = frozenset([*_KINDS, "None", "Mapping", "Sequence"])


def get_recipe(name: str) -> Recipe:
    """Returns the recipe of that name.

    Raises:
        ValueError: If the name is unknown; the message names the nearest.
    """
    recipes = recipe_table()
    if name not in recipes:
        raise unknown_name("recipe", name, recipes)
    return recipes[name]


def settable(recipe: Recipe) -> dict[str, Hyperparameter]:
    """Returns the hyperparameters that a text can give; objects such as layers it cannot."""
    return {
        name: parameter
        for name, parameter in recipe.parameters.items()
        if name not in _NOT_HYPERPARAMETERS
        and not _kinds(parameter.annotation).isdisjoint([*_KINDS, "Any"])
    }


def hyperparameters(recipe: Recipe, assignments: Iterable[str]) -> dict[str, Any]:
    """Parses `name=value` strings to arguments of a recipe.

    Values are Python literals; anything else is a string.

    Raises:
        ValueError: If a name is unknown, with the nearest, or a value has another type than the
            default.

    Example:

    >>> hyperparameters(recipe_table()["wgan"], ["limit=0.1", "latent=normal"])
    {'limit': 0.1, 'latent': 'normal'}
    """
    parameters = settable(recipe)
    parsed = {}
    for name, text in pairs(assignments, "set"):
        if name not in parameters:
            what = f"hyperparameter of {recipe.name}"
            raise unknown_name(what, name, parameters, _nearest(name, parameters))
        value, parameter = literal(text), parameters[name]
        if not _fits(value, parameter.annotation):
            first = parameter.annotation.split(" ")[0]
            kind, example = _KINDS.get(first, (parameter.annotation, None))
            example = example if parameter.default is None else parameter.default
            such = "" if example is None else f" such as {example}"
            raise ValueError(f"--set {name}: must be {kind}{such}, got {text!r}.")
        _check_choice(name, value)
        parsed[name] = value
    return parsed


def _nearest(name: str, parameters: Iterable[str]) -> str | None:
    """Returns the hyperparameter that is like a name, else the flag of training that it means."""
    from .train_flags import FLAGS  # Which has the names of all recipes.

    near = nearest_names(name, parameters, cutoff=0.65)
    return next(iter([*near, *(f"--{flag}" for flag in synonyms(name, FLAGS))]), None)


def list_recipes() -> str:
    """Returns a line for each recipe: its name, what it is, its source."""
    recipes = recipe_table()
    width = max(map(len, recipes))
    return "\n".join(
        f"{name:<{width}}  {recipe.summary} ({recipe.source})"
        for name, recipe in sorted(recipes.items())
    )


def describe(recipe: Recipe) -> str:
    """Returns the hyperparameters of a recipe with defaults and meaning, as help."""
    lines = [
        f"{recipe.name}: {recipe.summary} ({recipe.source})",
        f"\nhyperparameters of {recipe.name}, each given as --set NAME=VALUE:",
    ]
    for name, parameter in settable(recipe).items():
        takes = [kind for kind in parameter.annotation.split(" | ") if _kinds(kind) & _OF_TEXTS]
        takes = [", ".join(choices(name)) if kind == "str" else kind for kind in takes]
        takes = [kind or "str" for kind in takes]  # No list of names.
        about = [f"default: {parameter.default!r}", *filter(None, [" or ".join(takes)])]
        for text, indent in (
            (f"{name}: {parameter.meaning.replace('`', '')}", "  "),
            (f"({'; '.join(about)})", "    "),
        ):
            lines += textwrap.wrap(text, 80, initial_indent=indent, subsequent_indent="    ")
    return "\n".join(lines)


def choices(name: str) -> tuple[str, ...]:
    """Returns the names that a hyperparameter takes; empty if the library has no list of them.

    Example:

    >>> choices("prior")
    ('uniform', 'learned', 'gumbel_softmax')
    """
    return names_in_source(*_CHOICES[name][:2]) if name in _CHOICES else ()


def _check_choice(name: str, value: Any) -> None:
    if not isinstance(value, str) or name not in _CHOICES:
        return
    aliases = names_in_source(_CHOICES[name][0], *_CHOICES[name][2:])
    if _plain(value) not in map(_plain, [*choices(name), *aliases]):
        raise unknown_name(name, value, choices(name))


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _kinds(annotation: str) -> set[str]:
    return {kind.split("[")[0] for kind in annotation.split(" | ")}


def _fits(value: Any, annotation: str) -> bool:
    kinds = _kinds(annotation)
    kind = "None" if value is None else type(value).__name__
    wider = {"int": "float", "dict": "Mapping"}
    return bool(kinds & {kind, "Any"}) or wider.get(kind) in kinds
