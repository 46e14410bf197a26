"""The reference: a page for each room of the package, with every public name."""

from __future__ import annotations

import inspect

from website.public_names import identifier, names_of, rooms

# Of a class that is used by its methods, those that it inherits count.
_INHERITED = ("models",)


def pages() -> dict[str, str]:
    """Returns the Markdown of each page by its file; mkdocstrings puts the docstrings in."""
    found = {}
    for room, module in rooms().items():
        about = (inspect.getdoc(module) or "").splitlines()[0]
        parts = [f"# tfgan_it.{room}", about]
        for name in names_of(module):
            parts.append(f"::: {identifier(room, name)}")
            if room in _INHERITED and inspect.isclass(getattr(module, name)):
                parts[-1] += "\n    options:\n      inherited_members: true"
        found[f"reference/{room}.md"] = "\n\n".join(parts) + "\n"
    return found
