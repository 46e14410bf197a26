"""One-line errors for names that are not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(what: str, name: object, allowed: Iterable[str]) -> ValueError:
    """The error to raise: names the value, what is allowed, and the nearest of it.

    Example:

    >>> print(unknown("recipe", "DCGAM", ["dcgan", "infogan"]))
    Unknown recipe 'DCGAM': use one of dcgan, infogan (nearest: dcgan).
    """
    allowed = sorted(allowed)
    nearest = difflib.get_close_matches(str(name).lower(), allowed, n=1, cutoff=0)[0]
    return ValueError(
        f"Unknown {what} {name!r}: use one of {', '.join(allowed)} (nearest: {nearest})."
    )
