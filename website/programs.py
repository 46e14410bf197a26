"""The reference of the programs: what each does, and its flags, read from their definitions."""

from __future__ import annotations

import ast
import contextlib
from typing import Any

from website.records import ROOT

PROGRAMS = ("train", "measure", "features", "sample", "export", "evaluate", "benchmark")


def flags(program: str) -> list[tuple[str, str, str]]:
    """Returns name, default and meaning of each flag that a program defines.

    Example:

    >>> flags("export")[0][0]
    'model'
    """
    found = []
    tree = _parsed(program)
    known = _constants(program)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr.startswith("DEFINE_") and len(node.args) > 2:
            name, default, *choices, text = (_value(argument, known) for argument in node.args)
            if choices:
                text = f"{text} One of {', '.join(map(str, choices[0]))}."
            found.append((str(name), "" if default in (None, "", []) else str(default), str(text)))
    return found


def _parsed(module: str) -> ast.Module:
    path = ROOT / "trainers" / f"{module.replace('.', '/')}.py"
    return ast.parse(path.read_text() if path.is_file() else "")  # A package has no constants.


def _constants(module: str) -> dict[str, Any]:
    """Returns the constants of a file of trainers/, and those that it imports from another."""
    found: dict[str, Any] = {}
    for node in _parsed(module).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trainers."):
            theirs = _constants((node.module or "").partition(".")[2])
            names = [alias.name for alias in node.names]
            found |= {name: value for name, value in theirs.items() if name in names}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with contextlib.suppress(ValueError):
                found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    """Returns the value of an argument: a constant, or a text with constants in it."""
    try:
        return eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}}, known)
    except (NameError, TypeError):  # Something that is known at run time alone.
        return ast.unparse(node)


def pages() -> dict[str, str]:
    """Returns the Markdown of the page by its file."""
    parts = ["# Programs", "Each flag is given as `--name=value`; `--help` prints them as well."]
    for program in PROGRAMS:
        about, _, examples = (ast.get_docstring(_parsed(program)) or "").partition("\n\n")
        parts += [f"## trainers.{program}", about, f"```text\n{examples}\n```"]
        parts += [
            "\n".join(
                f"- `--{name}{f'={default}' if default else ''}`: {meaning}"
                for name, default, meaning in flags(program)
            )
        ]
    return {"reference/programs.md": "\n\n".join(parts) + "\n"}
