"""Command-line parsing of the trainers: hyperparameters, numbers, one-line errors."""

from __future__ import annotations

import ast
import inspect
import os
import pathlib
import re
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import tensorflow as tf
from absl import app, flags, logging

from tfgan_it.errors import NOISE, unknown_name

FLAGS = flags.FLAGS
flags.DEFINE_bool("traceback", False, "Print the whole traceback of an error, not only its line.")
_LARGEST_FLAG_FILE = 2**20
_MOST_NUMBERS = 1_000_000  # In one range; each of them is a sample or a run.


def run(main: Callable[[list[str]], int | None], positional: Sequence[str] = ()) -> None:
    """Runs an absl program; every error becomes one line on stderr and exit status 2.

    So does every warning, without an effect on the status.

    With `--traceback`, the traceback is printed before the line. An interrupted program ends with
    the status that a shell gives it, 130; so does one whose reader is gone, 141.

    Args:
        main: Function of the command line without its flags: the program and its arguments.
        positional: Names of the arguments that are no flags, all of which are required.
    """

    def parsed(arguments: list[str]) -> list[str]:
        try:
            check_flag_files(arguments[1:])
            return FLAGS(arguments)
        except (flags.Error, ValueError, OSError) as error:  # --flagfile reads a file.
            sys.exit(_ended_by(error))

    def guarded(arguments: list[str]) -> int | None:
        logging.set_verbosity(logging.WARNING)
        warnings.showwarning = _print_warning
        try:
            unexpected = arguments[1 + len(positional) :]
            if unexpected:
                raise ValueError(
                    f"Unexpected argument {unexpected[0]!r}: options look like --name=value."
                )
            if len(arguments) <= len(positional):
                raise ValueError(
                    f"Give {' '.join(positional)}; {positional[len(arguments) - 1]} is missing."
                )
            given = [name for name in FLAGS if FLAGS[name].present]
            _check_not_empty({f"--{name}": FLAGS[name].value for name in given})
            _check_not_empty(dict(zip(positional, arguments[1:], strict=True)))
            status = main(arguments)
            sys.stdout.flush()  # A full disk or a closed pipe is noticed here, not at exit.
            return status
        except (Exception, KeyboardInterrupt) as error:
            return _ended_by(error)

    app.run(guarded, flags_parser=parsed)


def check_flag_files(arguments: Sequence[str], within: tuple[pathlib.Path, ...] = ()) -> None:
    """Checks that every `--flagfile` is a file, which ends; absl would read a device for ever.

    Raises:
        ValueError: If one, or one that it names, is anything else or has more than 1 MiB.
    """
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        match = re.fullmatch(r"--?flagfile(?:=(.*))?", argument.strip())
        path = pathlib.Path(os.path.expanduser((match[1] or following) if match else ""))
        if argument == "--":
            return
        if not match or not path.exists() or path in within:  # Which absl sees to.
            continue
        if not path.is_file() or path.stat().st_size > _LARGEST_FLAG_FILE:
            raise ValueError(f"--flagfile={path} must be a file of at most 1 MiB.")
        check_flag_files(path.read_text(errors="replace").splitlines(), (*within, path))


def _check_not_empty(values: Mapping[str, Any]) -> None:
    """Refuses an empty value: as a path, it would be the current folder."""
    for name, value in values.items():
        if value in ("", []):
            raise ValueError(f"{name} is empty: give a value, or leave it out.")


def _print_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """As `warnings.showwarning`, in one line and without the line of code that warns."""
    print(f"warning: {' '.join(str(message).split())}", file=sys.stderr)


def _ended_by(error: BaseException) -> int:
    """Prints the error, and returns the exit status."""
    if isinstance(error, BrokenPipeError) and error.filename is None:
        with open(os.devnull, "w") as devnull:  # Nobody reads what is still to be written.
            os.dup2(devnull.fileno(), sys.stdout.fileno())
        return 141
    if FLAGS.is_parsed() and FLAGS.traceback:
        traceback.print_exception(error)
    print(f"error: {error_line(error)}", file=sys.stderr)
    return 130 if isinstance(error, KeyboardInterrupt) else 2


def error_line(error: BaseException) -> str:
    """Returns one printable line that says what is wrong.

    Example:

    >>> error_line(MemoryError())
    'Not enough memory: use a smaller batch, smaller samples or smaller networks.'
    >>> error_line(KeyError("codes"))
    "KeyError: 'codes' (--traceback shows where)."
    """
    text = error.message if isinstance(error, tf.errors.OpError) else str(error)
    # The graph's nodes, colours and what else is not for reading; names may come from a file.
    text = "".join(c if c.isprintable() else " " for c in NOISE.sub("", text))
    text = textwrap.shorten(text, 1000, placeholder=" ...")
    match error:
        case KeyboardInterrupt():
            return "Interrupted."
        case MemoryError() | tf.errors.ResourceExhaustedError():
            advice = "use a smaller batch, smaller samples or smaller networks."
            return f"Not enough memory: {f'{text}; ' if text else ''}{advice}"
        case RecursionError():
            return "An argument or a file is nested too deeply."
        case ValueError() | OSError() | ImportError() | flags.Error() if text:
            return text
    kind = type(error)
    name = f"{kind.__module__}.error" if kind.__name__ == "error" else kind.__name__
    return f"{name}: {text or 'no message'} (--traceback shows where)."


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
                "int": ("a whole number", 1),
                "float": ("a number", 1.0),
                "str": ("a name", None),
                "bool": ("True or False", None),
            }
            first = parameter.annotation.split(" ")[0]
            kind, example = kinds.get(first, (parameter.annotation, None))
            example = example if parameter.default is None else parameter.default
            such = "" if example is None else f" such as {example}"
            raise ValueError(f"--set {name}: must be {kind}{such}, got {text!r}.")
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
    except (RecursionError, MemoryError):
        raise ValueError(f"A value is nested too deeply to be read: {text[:40]!r}...") from None


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
        ValueError: If a part is neither a number nor a range, or the range is too long.

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
        if last - first >= _MOST_NUMBERS:
            raise ValueError(f"{flag}: {part!r} has more than {_MOST_NUMBERS} numbers.")
        parsed += range(first, last + 1)
    return parsed
