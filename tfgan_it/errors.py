"""One-line errors for names that are not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown_name(what: str, name: object, allowed: Iterable[str]) -> ValueError:
    """The error to raise: names the value, what is allowed, and the nearest of it.

    Example:

    >>> print(unknown_name("recipe", "DCGAM", ["dcgan", "infogan"]))
    Unknown recipe 'DCGAM': use one of dcgan, infogan (nearest: dcgan).
    """
    allowed = sorted(allowed)
    return ValueError(
        f"Unknown {what} {name!r}: use one of {', '.join(allowed)} "
        f"(nearest: {nearest_names(name, allowed)[0]})."
    )


def nearest_names(name: object, allowed: Iterable[str], n: int = 1) -> list[str]:
    """The `n` allowed names that are most like `name`, the nearest first.

    Example:

    >>> nearest_names("DCGAM", ["dcgan", "infogan"])
    ['dcgan']
    """
    return difflib.get_close_matches(str(name).lower(), list(allowed), n=n, cutoff=0)
