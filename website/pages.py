"""All that the site has beside docs/: pages that are made, and copies of other files."""

from __future__ import annotations

import pathlib

from website import gallery, programs, reference, results, systems
from website.links import OUTSIDE
from website.records import ROOT


def pages() -> dict[str, str]:
    """Returns the Markdown of each page that is made, by its place on the site."""
    found: dict[str, str] = {}
    for source in (reference, programs, systems, results, gallery):
        found |= source.pages()
    return found | {uri: (ROOT / path).read_text() for path, uri in OUTSIDE.items()}


def attachments() -> dict[str, pathlib.Path]:
    """Returns the records and pictures that pages show, by their place on the site."""
    results = [p for p in (ROOT / "results").rglob("*") if p.suffix in (".png", ".json", ".wav")]
    return {path.relative_to(ROOT).as_posix(): path for path in sorted(results)}
