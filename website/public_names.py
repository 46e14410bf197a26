"""The public names of the package, room by room."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import types
from typing import Any

import tfgan_it

# Rooms without `__all__`, and what is public of them besides what they define.
_MODULES = ("tfgan_it.terms", "tfgan_it.step", "tfgan_it.seeds", "tfgan_it.logits")
_MORE = ("tfgan_it.export", "tfgan_it.model_files", *_MODULES)


def rooms() -> dict[str, types.ModuleType]:
    """Returns the public modules by their names without `tfgan_it.`, in alphabetical order."""
    modules = {name: getattr(tfgan_it, name) for name in tfgan_it.__all__ if name[0] != "_"}
    modules |= {name.partition(".")[2]: importlib.import_module(name) for name in _MORE}
    return dict(sorted(modules.items()))


def names_of(module: types.ModuleType) -> list[str]:
    """Returns the public names of a room: classes first, then functions, each by alphabet.

    Example:

    >>> names_of(tfgan_it.conditions)[:2]
    ['Condition', 'ConditionDict']
    """
    listed = getattr(module, "__all__", None)
    if listed is None:
        listed = [
            name
            for name, value in vars(module).items()
            if name[0] != "_" and getattr(value, "__module__", None) == module.__name__
        ]
    named = [name for name in listed if callable(getattr(module, name))]
    return sorted(named, key=lambda name: (not inspect.isclass(getattr(module, name)), name))


def identifier(room: str, name: str) -> str:
    """Returns the path by which the reference knows a public name.

    It is the public path, except where a module has the name of what it defines.

    Example:

    >>> identifier("losses", "InfoNCE"), identifier("recipes", "began")
    ('tfgan_it.losses.InfoNCE', 'tfgan_it.recipes.began.began')
    """
    public = f"tfgan_it.{room}.{name}"
    if public not in sys.modules:
        return public
    return f"{getattr(rooms()[room], name).__module__}.{name}"


@functools.cache
def anchors() -> dict[str, str]:
    """Returns the identifier of a public name by each way of writing it, if only one is meant.

    Example:

    >>> anchors()["losses.InfoNCE"], anchors()["InfoNCE"], anchors()["ti.losses.InfoNCE"]
    ('tfgan_it.losses.InfoNCE', 'tfgan_it.losses.InfoNCE', 'tfgan_it.losses.InfoNCE')
    """
    found: dict[str, str] = {}
    short: dict[str, set[str]] = {}
    for room, module in rooms().items():
        for name in names_of(module):
            target, path = identifier(room, name), f"{room}.{name}"
            found |= {written: target for written in (path, f"ti.{path}", f"tfgan_it.{path}")}
            short.setdefault(name, set()).add(target)
    alone = {name: next(iter(targets)) for name, targets in short.items() if len(targets) == 1}
    # A word of everyday life is not a name: `grid` may be a data set.
    names = {
        name: target
        for name, target in alone.items()
        if name[0].isupper() or "_" in name or name in tfgan_it.recipes.RECIPES
    }
    return names | found


def find(name: str, room: str) -> Any:
    """Returns what a docstring of a room means by a name, or None."""
    for candidate in (f"{room}.{name}", name, f"recipes.{name}"):
        if target := anchors().get(candidate):
            module, _, attribute = target.rpartition(".")
            return getattr(sys.modules[module], attribute)
    return None
