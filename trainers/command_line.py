"""Command-line parsing of the trainers: hyperparameters, numbers, one-line errors."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from absl import app, logging

from tfgan_it.errors import unknown_name


def run(main: Callable[[list[str]], int | None]) -> None:
    """Runs an absl program; user errors become one line on stderr and exit status 2."""

    def guarded(arguments: list[str]) -> int | None:
        logging.set_verbosity(logging.WARNING)
        try:
            if arguments[1:]:
                raise ValueError(
                    f"Unexpected argument {arguments[1]!r}: options look like --name=value."
                )
            return main(arguments)
        except (ValueError, OSError, ImportError) as error:
            print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
            return 2

    app.run(guarded)


def hyperparameters(recipe: Callable[..., Any], assignments: Iterable[str]) -> dict[str, Any]:
    """Parses `name=value` strings to arguments of a recipe.

    Values are Python literals; anything else is a string.

    Raises:
        ValueError: If a name is unknown, with the nearest, or a value has another type than the
            default.
    """
    parameters = _parameters(recipe)
    parsed = {}
    for name, text in _pairs(assignments, "set"):
        if name not in parameters:
            raise unknown_name(f"hyperparameter of {recipe.__name__}", name, parameters)
        value, parameter = _literal(text), parameters[name]
        if not _fits(value, parameter.annotation):
            kinds = {
                "int": "a whole number",
                "float": "a number",
                "str": "a name",
                "bool": "True or False",
            }
            kind = kinds.get(parameter.annotation.split(" ")[0], parameter.annotation)
            raise ValueError(
                f"--set {name}: must be {kind} such as {parameter.default}, got {text!r}."
            )
        parsed[name] = value
    return parsed


def _parameters(recipe: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    # Seed, compiler and condition have flags, the recipe sets the name, the trainer the execution;
    # objects such as layers cannot be parsed.
    return {
        name: parameter
        for name, parameter in inspect.signature(recipe).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
        and name not in _NOT_HYPERPARAMETERS
        and not _kinds(parameter.annotation).isdisjoint({"int", "float", "str", "bool", "Any"})
    }


_NOT_HYPERPARAMETERS = frozenset(
    ["seed", "name", "jit_compile", "conditions", "run_eagerly", "steps_per_execution"]
)


def _kinds(annotation: Any) -> set[str]:
    if not isinstance(annotation, str):  # A user's recipe without type hints.
        return {"Any"}
    return {kind.split("[")[0] for kind in annotation.split(" | ")}


def _fits(value: Any, annotation: Any) -> bool:
    kinds = _kinds(annotation)
    kind = "None" if value is None else type(value).__name__
    wider = {"int": "float", "dict": "Mapping"}
    return bool(kinds & {kind, "Any"}) or wider.get(kind) in kinds


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    except TypeError:  # A dict with an unhashable key.
        return object()


def values(assignments: Iterable[str], flag: str) -> dict[str, Any]:
    """Parses `name=value` strings; values are Python literals, anything else is a string.

    Raises:
        ValueError: If one has no equals sign.

    Example:

    >>> values(["category=3", "style=[0.5, 0]"], "codes")
    {'category': 3, 'style': [0.5, 0]}
    """
    return {name: _literal(text) for name, text in _pairs(assignments, flag)}


def _pairs(assignments: Iterable[str], flag: str) -> Iterator[tuple[str, str]]:
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--{flag} takes name=value, got {assignment!r}.")
        yield name, text


def numbers(text: str, flag: str) -> list[int]:
    """Parses numbers and ranges such as `"1,2,5-9"`.

    Raises:
        ValueError: If a part is neither a number nor a range.

    Example:

    >>> numbers("1,2,5-9", "seeds")
    [1, 2, 5, 6, 7, 8, 9]
    """
    parsed: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]+)(?:-([0-9]+))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last < 2**63:
            raise ValueError(f"{flag}: {part!r} is neither a number nor a range such as 5-9.")
        parsed += range(first, last + 1)
    return parsed
