"""One-line errors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from tfgan_it.synonyms import synonyms

# In messages of Keras and TensorFlow: colours, nodes of graphs and operations.
NOISE = re.compile(r"\x1b\[\d*m|(?:\[\[)?\{\{.*?\}\}(?:\]\])?|\[Op:.*?\]")


def missing_package(what: str, package: str, extra: str, otherwise: str = "") -> ImportError:
    """Returns the error of a package that is not installed, with the extra that brings it.

    Args:
        what: What needs the package.
        package: Its name.
        extra: The extra of this package.
        otherwise: What else would do, such as `, or give a folder`.

    Example:

    >>> missing_package("--curves", "Matplotlib", "plots").args[0]
    "--curves needs Matplotlib: pip install 'tfgan_it[plots]'."
    """
    return ImportError(f"{what} needs {package}: pip install 'tfgan_it[{extra}]'{otherwise}.")


def one_line(message: object, length: int = 300) -> str:
    """Returns an error, or another message, in one line of at most `length` characters.

    Characters that are not printable become spaces, since names come from files. Colours and what
    TensorFlow says of nodes are left out. An error without a message becomes its kind.

    Example:

    >>> one_line(ValueError("two\\nlines"))
    'two lines'
    >>> one_line(EOFError())
    'EOFError'
    """
    text = NOISE.sub("", str(message))
    text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:length] or type(message).__name__


def unknown_name(
    what: str, name: object, allowed: Iterable[str], nearest: str | None = None
) -> ValueError:
    """Returns an error that gives the name, the allowed names and the nearest of them.

    Args:
        what: What is named.
        name: The name.
        allowed: The allowed names.
        nearest: The nearest of them, if the spelling does not tell it.

    Example:

    >>> print(unknown_name("recipe", "DCGAM", ["dcgan", "infogan"]))
    Unknown recipe 'DCGAM': use one of dcgan, infogan (nearest: dcgan).
    """
    allowed = sorted(allowed)
    shown = " ".join(repr(name).split())
    shown = shown if len(shown) <= 200 else f"{shown[:200]}..."
    if not allowed:
        return ValueError(f"Unknown {what} {shown}: there is none.")
    nearest = nearest or nearest_names(name, allowed)[0]
    return ValueError(
        f"Unknown {what} {shown}: use one of {', '.join(allowed)} (nearest: {nearest})."
    )


def nearest_names(
    name: object, allowed: Iterable[str], n: int = 1, cutoff: float = 0.0
) -> list[str]:
    """Returns the `n` allowed names that are most like `name`, the nearest first.

    Names that mean what `name` means elsewhere (`tfgan_it.synonyms`) come before those that are
    spelt like it.

    Args:
        name: The name.
        allowed: The allowed names.
        n: The largest number of names.
        cutoff: The least likeness of spelling, in [0, 1].

    Example:

    >>> nearest_names("DCGAM", ["dcgan", "infogan"]), nearest_names("lr", ["learning_rate", "l"])
    (['dcgan'], ['learning_rate'])
    """
    plain = {each.lower(): each for each in allowed}
    spelt = difflib.get_close_matches(str(name).lower(), plain, n, cutoff)
    names = [*synonyms(name, plain.values()), *(plain[key] for key in spelt)]
    return list(dict.fromkeys(names))[:n]
