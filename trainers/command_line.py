"""What the trainers share on the command line: hyperparameters, seeds, errors in one line."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any

from absl import app, logging

from tfgan_it.names import unknown


def run(main: Callable[[list[str]], int | None]) -> None:
    """Runs an absl program whose user errors are one line on stderr and exit status 2."""

    def guarded(arguments: list[str]) -> int | None:
        logging.set_verbosity(logging.WARNING)
        try:
            if arguments[1:]:
                raise ValueError(
                    f"Unexpected argument {arguments[1]!r}: options look like --name=value."
                )
            return main(arguments)
        except (ValueError, OSError) as error:
            print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
            return 2

    app.run(guarded)


def hyperparameters(recipe: Callable[..., Any], assignments: Iterable[str]) -> dict[str, Any]:
    """`name=value` strings as arguments of a recipe.

    Values are Python literals; anything else is a string.

    Raises:
        ValueError: an unknown name with the nearest, or a value of another type than the default.
    """
    known = _parameters(recipe)
    parsed = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--set takes name=value, got {assignment!r}.")
        if name not in known:
            raise unknown(f"hyperparameter of {recipe.__name__}", name, known)
        value, default = _literal(text), known[name]
        number = isinstance(default, (int, float))
        if number and (isinstance(value, str) or isinstance(default, int) and value != int(value)):
            kind = "a whole number" if isinstance(default, int) else "a number"
            raise ValueError(f"--set {name}: must be {kind} such as {default}, got {text!r}.")
        parsed[name] = value
    return parsed


def _parameters(recipe: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(recipe).parameters.values()
    known = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    # The seed is a flag of its own, and the recipe names its model.
    return {name: default for name, default in known.items() if name not in ("seed", "name")}


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def seeds(text: str) -> list[int]:
    """`"1,2,5-9"` as [1, 2, 5, 6, 7, 8, 9].

    Raises:
        ValueError: names the part that is no seed.

    Example:

    >>> seeds("1,2,5-9")
    [1, 2, 5, 6, 7, 8, 9]
    """
    found = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()) or int(last or first) < int(first):
            raise ValueError(f"seeds: {part!r} is neither a number nor a range such as 5-9.")
        found += range(int(first), int(last or first) + 1)
    return found
