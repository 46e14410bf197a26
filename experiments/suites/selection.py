"""What of a suite is run: the names that a user gives, or all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tfgan_it.errors import unknown_name


def selected(names: Sequence[str] | None, known: Iterable[str], what: str = "system") -> list[str]:
    """Returns those of the known names, in their order, that are given; all if none is.

    Args:
        names: The names that are given.
        known: The names that there are.
        what: What they name.

    Raises:
        ValueError: If a name is unknown; the message names the nearest.

    Example:

    >>> selected(["labels"], ["real_sounds", "labels", "codes"])
    ['labels']
    """
    known = list(known)
    for name in names or ():
        if name not in known:
            raise unknown_name(what, name, known)
    return [name for name in known if not names or name in names]


def selected_pairs(
    names: Sequence[str] | None, known: Iterable[tuple[str, str]], what: str
) -> list[tuple[str, str]]:
    """Returns those of the known pairs, in their order, that are named; all if none is.

    A name is `FIRST/SECOND`, or one of the two, which names all pairs that have it.

    Args:
        names: The names that are given.
        known: The pairs that there are.
        what: What either of a pair is.

    Raises:
        ValueError: If a name is unknown; the message names the nearest.

    Example:

    >>> selected_pairs(["x4"], [("noise", "pix2pix"), ("x4", "pix2pix")], "task or system")
    [('x4', 'pix2pix')]
    """
    keys = {pair: {*pair, "/".join(pair)} for pair in known}
    selected(names, sorted(set().union(*keys.values())), what)
    return [pair for pair, own in keys.items() if not names or own.intersection(names)]
