"""Programs of the command line: their flags in groups, their help, and errors in one line.

A program's flags are absl flags in a table of its own, so that programs whose flags have the same
names can be imported together. Nothing here imports Keras or TensorFlow: help and refusals come at
once, and a program imports the library when it is needed.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import pathlib
import re
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from absl import app, flags, logging

from tfgan_it.errors import NOISE

from .config_file import with_config
from .flag_errors import empty_value, with_nearest
from .invocation import program_command

_LARGEST_FLAG_FILE = 2**20
# absl's own flags, such as --pdb_post_mortem, without its help flags and those of other libraries.
_ABSL = [
    flag
    for module, defined in flags.FLAGS.flags_by_module_dict().items()
    if module in ("absl.app", "absl.logging")
    for flag in defined
]


def group(values: flags.FlagValues, title: str) -> dict[str, Any]:
    """Returns the arguments of absl's `DEFINE_...` for a flag in a group of a program's flags.

    Example:

    >>> table = flags.FlagValues()
    >>> _ = flags.DEFINE_integer("steps", 9, "Number of updates.", **group(table, "run"))
    >>> print(table.module_help("run").strip())
    run:
      --steps: Number of updates.
        (default: '9')
        (an integer)
    """
    return {"flag_values": values, "module_name": title}  # absl's help has a section a module.


COMMON = flags.FlagValues()
_COMMON = group(COMMON, "command line")
flags.DEFINE_bool("help", False, "Print this help and exit.", short_name="h", **_COMMON)
flags.DEFINE_bool("helpfull", False, "Print this help with absl's own flags, and exit.", **_COMMON)
flags.DEFINE_string(
    "config",
    None,
    "File of flags: YAML, or the options.json of a run. Flags on the command line win.",
    **_COMMON,
)
flags.DEFINE_bool("traceback", False, "Print the whole traceback of an error.", **_COMMON)


@dataclasses.dataclass(frozen=True)
class Program:
    """A program of the command line.

    Args:
        name: Its name, that of its module.
        about: What it does and examples: the docstring of its file.
        own_flags: Its own flags, in groups.
        main: Does its work. Takes the parsed flags and the other arguments; returns the exit
            status, by default 0.
        positional: Names of the arguments that are no flags, all of which are required.
        several: Whether the last of these may be given more than once.
        details: Returns what `--help` prints behind the flags, from those that are given.
    """

    name: str
    about: str
    own_flags: flags.FlagValues
    main: Callable[[flags.FlagValues, list[str]], int | None]
    positional: Sequence[str] = ()
    several: bool = False
    details: Callable[[flags.FlagValues], str] | None = None

    def new_flags(self) -> flags.FlagValues:
        """Returns all flags of the program at their defaults, with those of every program."""
        values = copy.deepcopy(self.own_flags)
        for flag in copy.deepcopy(COMMON).flags_by_module_dict()["command line"]:
            values[flag.name] = flag
            values.register_flag_by_module("command line", flag)
        for flag in _ABSL:  # Not copies: absl reads them.
            values[flag.name] = flag
            values.register_flag_by_module("absl", flag)
        return values

    def groups(self) -> list[str]:
        """Returns the titles of the groups of flags, in the order of their definition."""
        return [title for title in self.new_flags().flags_by_module_dict() if title != "absl"]


def run(program: Program, arguments: Sequence[str] | None = None) -> None:
    """Runs a program as `absl.app.run` does, and exits with its status; see `execute`.

    Args:
        program: The program.
        arguments: Its command line, by default that of this process.
    """
    parsed: list[tuple[flags.FlagValues, list[str]]] = []

    def parse(words: Sequence[str]) -> list[str]:
        parsed.append(_parsed_or_exit(program, words[1:]))
        flags.FLAGS.mark_as_parsed()
        return [*words[:1]]

    app.run(
        lambda _: _guarded(program, *parsed[0]),
        argv=None if arguments is None else [sys.argv[0], *arguments],
        flags_parser=parse,
    )


def execute(program: Program, arguments: Sequence[str]) -> int:
    """Runs a program; every error becomes one line on stderr and exit status 2.

    So does every warning, without an effect on the status.

    With `--traceback`, the traceback is printed before the line. An interrupted program ends with
    the status that a shell gives it, 130; so does one whose reader is gone, 141.

    Args:
        program: The program.
        arguments: Its command line, without its name.

    Returns:
        The exit status.

    Raises:
        SystemExit: If the flags cannot be parsed.
    """
    return _guarded(program, *_parsed_or_exit(program, arguments)) or 0


def _parsed_or_exit(
    program: Program, arguments: Sequence[str]
) -> tuple[flags.FlagValues, list[str]]:
    values = program.new_flags()
    try:
        check_flag_files(arguments)
        given = values.read_flags_from_files(arguments, force_gnu=False)
        return values, values([program.name, *with_config(values, given)])[1:]
    except (flags.Error, ValueError, OSError) as error:  # --flagfile reads a file.
        if values["help"].value or values["helpfull"].value:  # Help needs no required flag.
            values.mark_as_parsed()
            return values, []
        sys.exit(_ended_by(with_nearest(error, values), bool(values["traceback"].value)))


def _guarded(program: Program, values: flags.FlagValues, arguments: list[str]) -> int | None:
    logging.set_verbosity(logging.WARNING)
    warnings.showwarning = _print_warning
    try:
        if values.help or values.helpfull:
            print(help_text(program, values))
            sys.stdout.flush()
            return 0
        names = _names_of(program, arguments)
        given = [name for name in values if values[name].present]
        _check_not_empty({f"--{name}": values[name].value for name in given})
        for name, argument in zip(names, arguments, strict=True):
            _check_not_empty({name: argument})
        status = program.main(values, arguments)
        sys.stdout.flush()  # A full disk or a closed pipe is noticed here, not at exit.
        return status
    except (Exception, KeyboardInterrupt) as error:
        return _ended_by(error, values.traceback)


def help_text(program: Program, values: flags.FlagValues) -> str:
    """Returns what `--help` prints: what the program does, its flags in groups, and details."""
    command = program_command(program.name, sys.argv)
    parts = [program.about.strip().replace(f"python -m trainers.{program.name}", command)]
    titles = program.groups() + ["absl"] * values.helpfull
    parts += [values.module_help(title).strip("\n") for title in titles]
    if program.details:
        parts.append(program.details(values))
    return "\n\n".join(filter(None, parts))


def _names_of(program: Program, arguments: Sequence[str]) -> Sequence[str]:
    """Returns the names of the arguments that are no flags.

    Raises:
        ValueError: If one is missing, or the program does not take so many.
    """
    names = list(program.positional)
    if len(arguments) < len(names):
        wanted = " ".join(names) + " ..." * program.several
        raise ValueError(f"Give {wanted}; {names[len(arguments)]} is missing.")
    if len(arguments) > len(names) and not program.several:
        unexpected = arguments[len(names)]
        raise ValueError(f"Unexpected argument {unexpected!r}: options look like --name=value.")
    return names + names[-1:] * (len(arguments) - len(names))


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
            raise empty_value(name)


def _print_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """As `warnings.showwarning`, in one line and without the line of code that warns."""
    print(f"warning: {' '.join(str(message).split())}", file=sys.stderr)


def _ended_by(error: BaseException, with_traceback: bool) -> int:
    """Prints the error, and returns the exit status."""
    if isinstance(error, BrokenPipeError) and error.filename is None:
        with open(os.devnull, "w") as devnull:  # Nobody reads what is still to be written.
            os.dup2(devnull.fileno(), sys.stdout.fileno())
        return 141
    if with_traceback:
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
    kinds = {kind.__name__ for kind in type(error).__mro__}
    # TensorFlow's text has the graph's nodes as well. Its classes are not imported for this.
    text = str(getattr(error, "message", error)) if "OpError" in kinds else str(error)
    # Nodes, colours and what else is not for reading; names may come from a file.
    text = "".join(c if c.isprintable() else " " for c in NOISE.sub("", text))
    text = textwrap.shorten(text, 1000, placeholder=" ...")
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if kinds & {"MemoryError", "ResourceExhaustedError"}:
        advice = "use a smaller batch, smaller samples or smaller networks."
        return f"Not enough memory: {f'{text}; ' if text else ''}{advice}"
    if isinstance(error, RecursionError):
        return "An argument or a file is nested too deeply."
    if isinstance(error, ValueError | OSError | ImportError | flags.Error) and text:
        return text
    kind = type(error)
    name = f"{kind.__module__}.error" if kind.__name__ == "error" else kind.__name__
    return f"{name}: {text or 'no message'} (--traceback shows where)."
