"""Values in texts of the command line: literals by name, numbers and ranges."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

_MOST_NUMBERS = 1_000_000  # In one range; each of them is a sample or a run.


def literal(text: str) -> Any:
    """Returns the value of a Python literal; of any other text, the text.

    Raises:
        ValueError: If it is nested too deeply to be read.
    """
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    except TypeError:  # A dict with an unhashable key.
        return object()
    except (RecursionError, MemoryError):
        raise ValueError(f"A value is nested too deeply to be read: {text[:40]!r}...") from None


def pairs(assignments: Iterable[str], flag: str) -> Iterator[tuple[str, str]]:
    """Yields name and text of each `name=value`.

    Raises:
        ValueError: If one has no equals sign.
    """
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--{flag} takes name=value, got {assignment!r}.")
        yield name, text


def values(assignments: Iterable[str], flag: str) -> dict[str, Any]:
    """Parses `name=value` strings; values are Python literals, anything else is a string.

    Raises:
        ValueError: If one has no equals sign.

    Example:

    >>> values(["category=3", "style=[0.5, 0]"], "codes")
    {'category': 3, 'style': [0.5, 0]}
    """
    return {name: literal(text) for name, text in pairs(assignments, flag)}


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
            raise ValueError(f"--{flag} takes numbers from 0 and ranges such as 5-9, got {part!r}.")
        if last - first >= _MOST_NUMBERS:
            raise ValueError(f"--{flag}: {part!r} has more than {_MOST_NUMBERS} numbers.")
        parsed += range(first, last + 1)
    return parsed
