"""Names that the library lists, read from its source, which takes no import of Keras."""

from __future__ import annotations

import ast
import functools

from . import library


@functools.cache
def names_in_source(file: str, *constants: str) -> tuple[str, ...]:
    """Returns the keys of dicts, or the items of tuples, that a file of the library assigns.

    Args:
        file: Path of the file below `tfgan_it`.
        *constants: Names of the dicts and tuples.

    Raises:
        LookupError: If the file does not assign them.

    Example:

    >>> names_in_source("networks/infogan.py", "ENCODERS")
    ('shared', 'separate')
    >>> names_in_source("recipes/composition.py", "LATENTS")
    ('normal', 'uniform')
    """
    assigned: dict[str, list[str]] = {}
    for node in ast.parse((library.folder() / file).read_text()).body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if isinstance(value, ast.Dict | ast.Tuple):
                items = value.keys if isinstance(value, ast.Dict) else value.elts
                assigned[name] = [
                    str(each.value) for each in items if isinstance(each, ast.Constant)
                ]
    missing = [name for name in constants if name not in assigned]
    if missing:
        raise LookupError(f"{file} does not list {', '.join(missing)}.")
    return tuple(name for constant in constants for name in assigned[constant])
