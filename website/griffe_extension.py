"""What griffe is told beyond the source: complete docstrings, and the signatures of recipes."""

from __future__ import annotations

import inspect
import pydoc
from typing import Any

import griffe

from website.docstrings import completed
from website.public_names import names_of, rooms


def _runtime_objects() -> dict[str, Any]:
    """Returns the public classes and functions by the place where they are defined."""
    found = {}
    for module in rooms().values():
        for name in names_of(module):
            value = getattr(module, name)
            found[f"{value.__module__}.{value.__qualname__}"] = value
    return found


class CompleteDocstrings(griffe.Extension):
    """Writes complete docstrings, and the hyperparameters of recipes into their signatures."""

    def __init__(self) -> None:
        self._objects = _runtime_objects()

    def on_class(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Completes the docstring of a class."""
        self._complete(cls)

    def on_function(self, *, func: griffe.Function, **kwargs: Any) -> None:
        """Completes the docstring of a function or method, and the signature of a recipe."""
        self._complete(func)
        recipe = self._objects.get(func.path)
        if recipe is None or not func.path.startswith("tfgan_it.recipes."):
            return
        known = {parameter.name: parameter.annotation for parameter in func.parameters}
        parameters = inspect.signature(recipe).parameters.values()
        func.parameters = griffe.Parameters(
            *(
                griffe.Parameter(
                    p.name,
                    annotation=known.get(p.name, None if p.annotation is p.empty else p.annotation),
                    kind=griffe.ParameterKind[p.kind.name.lower()],
                    default=None if p.default is p.empty else repr(p.default),
                )
                for p in parameters
            )
        )

    def _complete(self, obj: griffe.Object) -> None:
        if obj.docstring is None:
            return
        value = self._objects.get(obj.path)
        if value is None and obj.parent is not None:
            # Classes that are not public have methods of those that are.
            owner = self._objects.get(obj.parent.path) or pydoc.locate(obj.parent.path)
            value = getattr(owner, obj.name, None)
        if value is not None:
            obj.docstring.value = completed(value, inspect.cleandoc(obj.docstring.value))
